using System.Security;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Keys;

/// <summary>
/// A key of an API that was made now. It is shown this once: the key is sealed for this process, leaves it with no copy of the record, and
/// is kept nowhere.
/// </summary>
public sealed record NewApiKey : IEnvironmentRecord
{
    /// <summary>The environment.</summary>
    public string? Environment { get; init; }

    /// <summary>The secret of the environment file that says where it is kept.</summary>
    public required string Secret { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its id there.</summary>
    public required string Id { get; init; }

    /// <summary>The key; null in a copy of another session.</summary>
    public SecureString? Key { get; init; }

    /// <summary>The change's id in the journal.</summary>
    public string? Change { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <inheritdoc/>
    public override string ToString() => $"{Secret}: {Name} ({Id})";
}
