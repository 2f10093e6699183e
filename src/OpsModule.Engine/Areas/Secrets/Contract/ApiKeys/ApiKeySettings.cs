namespace OpsModule.Engine.Areas.Secrets.Contract.ApiKeys;

/// <summary>Where keys of an API are kept, and what tells who uses them.</summary>
internal sealed record ApiKeySettings
{
    /// <summary>The key's name there; what is made gets the change's id behind it.</summary>
    public required string KeyName { get; init; }

    /// <summary>What a key that is made here begins with.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>An HTTP endpoint for administrators; null where it is another one.</summary>
    public ApiKeyEndpoint? Http { get; init; }

    /// <summary>A program of the service; null where it is another one.</summary>
    public ApiKeyCommand? Command { get; init; }

    /// <summary>A table; null where it is another one.</summary>
    public ApiKeyTable? Table { get; init; }

    /// <summary>True where a variable of the service lists its keys.</summary>
    public bool IsList { get; init; }

    /// <summary>The services whose logs tell who uses which key; empty where nothing tells.</summary>
    public IReadOnlyList<string> UsageServices { get; init; } = [];

    /// <summary>What stands in a line that tells of a use, with <c>{id}</c>, <c>{name}</c> or <c>{prefix}</c>.</summary>
    public string? UsageText { get; init; }

    /// <summary>For so long nobody must have used a key before it is dropped.</summary>
    public TimeSpan UsageFor { get; init; } = TimeSpan.FromHours(24);
}
