using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Secrets;

/// <summary>A secret as it is known: never its value.</summary>
public sealed record SecretRecord : IVerdict, IEnvironmentRecord
{
    /// <summary>The environment.</summary>
    public string? Environment { get; init; }

    /// <summary>Its name in the environment file.</summary>
    public required string Name { get; init; }

    /// <summary>What it is.</summary>
    public SecretKind Kind { get; init; }

    /// <summary>How it is.</summary>
    public required SecretStatus Status { get; init; }

    /// <summary>When its last rotation ended well, UTC; null when none is known.</summary>
    public DateTimeOffset? LastFinished { get; init; }

    /// <summary>How long ago that is; null when none is known.</summary>
    public TimeSpan? Age { get; init; }

    /// <summary>How often it is to be rotated; null for never by itself.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>When it is to be rotated, UTC; null where that is not said, or not known.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>Where its value stands.</summary>
    public IReadOnlyList<string> Uses { get; init => field = PlainList.Of(value); } = [];

    /// <summary>The services that read it.</summary>
    public IReadOnlyList<string> Services { get; init => field = PlainList.Of(value); } = [];

    /// <summary>The value's fingerprint by the environment's key; null where it cannot be read, or its places differ.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>The rotation that waits or has not ended; null for none.</summary>
    public string? Change { get; init; }

    /// <summary>How it is, in a sentence.</summary>
    public string Message { get; init; } = "";

    bool IVerdict.IsBad() => Status is SecretStatus.Overdue or SecretStatus.Unfinished;

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Status}";
}
