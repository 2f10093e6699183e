namespace OpsModule.Engine.Areas.Recovery.Kits;

/// <summary>What kit to write, and where.</summary>
public sealed record RecoveryKitRequest
{
    /// <summary>The file, or a folder to make one in.</summary>
    public required string Path { get; init; }

    /// <summary>Public keys of age; those of the environment's backups when there are none.</summary>
    public IReadOnlyList<string> Recipients { get; init; } = [];

    /// <summary>The folder of the module that is put into it; null for none.</summary>
    public string? ModuleFolder { get; init; }

    /// <summary>Takes the place of a file that is there.</summary>
    public bool Replaces { get; init; }
}
