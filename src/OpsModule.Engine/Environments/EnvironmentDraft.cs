using OpsModule.Connections.Files;
using OpsModule.Connections.Platforms.Compose;

namespace OpsModule.Engine.Environments;

/// <summary>What a new environment file will say.</summary>
internal sealed record EnvironmentDraft(string Name, string? ComposeFile)
{
    public string? Project { get; init; }
    public IReadOnlyList<DraftService> Services { get; init; } = [];
    public IReadOnlyList<DraftDatabase> Databases { get; init; } = [];
    public IReadOnlyList<DraftCache> Caches { get; init; } = [];

    /// <summary>What the operator must know or do by hand.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>A service; <paramref name="SuggestedHealth"/> is a guess that is written as a comment.</summary>
internal sealed record DraftService(string Name, string? Health, string? SuggestedHealth, string? EnvFile);

/// <summary>A database; the password is a reference, never the secret.</summary>
internal sealed record DraftDatabase(string Name, string Service, string Database, string User, string? Password);

/// <summary>A cache; the password is a reference, never the secret.</summary>
internal sealed record DraftCache(string Name, string Service, string? Password);
