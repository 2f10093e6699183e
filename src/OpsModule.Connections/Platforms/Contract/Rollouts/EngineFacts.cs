namespace OpsModule.Connections.Platforms.Contract.Rollouts;

/// <summary>What the machine of the instances is.</summary>
/// <param name="Os">Its operating system: <c>linux</c>.</param>
/// <param name="Architecture">Its architecture as images name it: <c>amd64</c>.</param>
/// <param name="Folder">Where images lie; null when that is not on this machine.</param>
public sealed record EngineFacts(string Os, string Architecture, string? Folder = null);
