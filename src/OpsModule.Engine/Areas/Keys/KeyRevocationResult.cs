using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Keys;

/// <summary>Keys of an API that were revoked.</summary>
public sealed record KeyRevocationResult : IEnvironmentRecord
{
    /// <summary>The environment.</summary>
    public string? Environment { get; init; }

    /// <summary>The secret of the environment file that says where they are kept.</summary>
    public required string Secret { get; init; }

    /// <summary>Their ids.</summary>
    public IReadOnlyList<string> Ids { get; init => field = PlainList.Of(value); } = [];

    /// <summary>True where Undo-OpsChange makes them valid again.</summary>
    public bool CanBeTakenBack { get; init; }

    /// <summary>The change's id in the journal.</summary>
    public string? Change { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <inheritdoc/>
    public override string ToString() => $"{Secret}: {Ids.Count} revoked";
}
