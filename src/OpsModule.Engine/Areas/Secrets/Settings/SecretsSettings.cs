using OpsModule.Engine.Areas.Secrets.Contract;

namespace OpsModule.Engine.Areas.Secrets.Settings;

/// <summary>The section <c>secrets:</c>, bound.</summary>
internal sealed record SecretsSettings
{
    /// <summary>The secrets by name, in the file's order.</summary>
    public IReadOnlyDictionary<string, SecretEntry> Entries { get; init; } = new Dictionary<string, SecretEntry>();
}
