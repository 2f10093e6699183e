namespace OpsModule.Engine.Areas.Secrets.Contract;

/// <summary>How a value that others made is proven.</summary>
internal sealed record ValueProof
{
    /// <summary><c>sentry</c>, <c>s3</c>, <c>grafana</c>, <c>http</c>, or <c>none</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The address that is asked, for <c>grafana</c> and <c>http</c>.</summary>
    public string? Url { get; init; }

    /// <summary>The header that carries it for <c>http</c>, with <c>{value}</c>.</summary>
    public string? Header { get; init; }

    /// <summary>
    /// The store of <c>backups.stores</c> that is listed, for <c>s3</c>; the value is then ACCESSKEY:SECRETKEY or the secret alone.
    /// </summary>
    public string? Store { get; init; }

    /// <summary>The user, for <c>grafana</c>.</summary>
    public string? User { get; init; }
}
