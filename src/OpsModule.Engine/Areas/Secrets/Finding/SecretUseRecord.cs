using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Secrets.Finding;

/// <summary>A place where the value of a secret stands. It never says the value.</summary>
public sealed record SecretUseRecord : IEnvironmentRecord
{
    /// <summary>The environment.</summary>
    public string? Environment { get; init; }

    /// <summary>The secret, or the reference that was searched for.</summary>
    public required string Secret { get; init; }

    /// <summary>What it is: a file, <c>Secret api</c>, <c>container api-1</c>.</summary>
    public required string Place { get; init; }

    /// <summary>The key, the variable, or the line; null for the whole.</summary>
    public string? Key { get; init; }

    /// <summary>The service whose it is; null where that is not known.</summary>
    public string? Service { get; init; }

    /// <summary>How it stands there.</summary>
    public SecretUseForm Form { get; init; }

    /// <summary>True when the environment file names it as a use, or it comes from one.</summary>
    public bool IsDeclared { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <inheritdoc/>
    public override string ToString() => $"{Place}{(Key is null ? "" : "#" + Key)}";
}
