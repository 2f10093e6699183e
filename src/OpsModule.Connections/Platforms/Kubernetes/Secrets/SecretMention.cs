namespace OpsModule.Connections.Platforms.Kubernetes.Secrets;

/// <summary>A workload that mounts or reads a Secret.</summary>
/// <param name="Service">The service that the workload is.</param>
/// <param name="Secret">The Secret's name.</param>
/// <param name="Key">The key that it reads; null for all of them.</param>
/// <param name="Way">How: <c>variable DB_PASSWORD of app</c>, <c>volume /run/secrets of app</c>.</param>
/// <param name="Refreshes">True where running pods see a change by themselves after a while: a volume that is mounted as a whole.</param>
public sealed record SecretMention(string Service, string Secret, string? Key, string Way, bool Refreshes)
{
    /// <summary>The variable of a container that it is read as; null for a file.</summary>
    public string? Variable { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Service} reads it as {Way}";
}
