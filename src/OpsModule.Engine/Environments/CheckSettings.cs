using OpsModule.Connections.Vaults;

namespace OpsModule.Engine.Environments;

/// <summary>An HTTP endpoint and what it must answer.</summary>
public sealed record EndpointSettings
{
    /// <summary>The URL.</summary>
    public required string Url { get; init; }

    /// <summary>The status it must answer.</summary>
    public int Status { get; init; } = 200;

    /// <summary>Where in a JSON answer the value stands, for example <c>checks.db.status</c> or <c>items[0].lag</c>.</summary>
    public string? Json { get; init; }

    /// <summary>What that value must be, as text; null asks only that it is there, and neither false nor null.</summary>
    public string? Expect { get; init; }

    /// <summary>Text that the answer must contain.</summary>
    public string? Contains { get; init; }

    /// <summary>Token sent as <c>Authorization: Bearer</c>; not to other hosts that the endpoint redirects to.</summary>
    public SecretReference? Bearer { get; init; }

    /// <summary>Key sent as <c>X-API-Key</c>; not to other hosts that the endpoint redirects to.</summary>
    public SecretReference? ApiKey { get; init; }

    /// <summary>Full path of the certificate authorities that its certificate may come from; null for those of this machine.</summary>
    public string? CaFile { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Url;
}

/// <summary>What a check of the <c>checks:</c> section looks at.</summary>
public enum CheckKind
{
    /// <summary>A query of a database.</summary>
    Sql,
    /// <summary>A command of a cache.</summary>
    Redis,
    /// <summary>An HTTP endpoint.</summary>
    Http,
    /// <summary>Whether a TCP port takes connections.</summary>
    Tcp,
    /// <summary>Whether a name has addresses.</summary>
    Dns,
    /// <summary>The certificate that an endpoint serves.</summary>
    Certificate,
    /// <summary>A query of a Prometheus server.</summary>
    Prometheus,
    /// <summary>The alerts that fire in an Alertmanager.</summary>
    Alertmanager,
    /// <summary>A program that is run in a service.</summary>
    Command,
    /// <summary>Entries of logs that match a pattern.</summary>
    Log,
}

/// <summary>One entry of <c>checks:</c>: a figure of the application's own.</summary>
public sealed record CheckSettings
{
    /// <summary>The name it has in the environment file.</summary>
    public required string Name { get; init; }

    /// <summary>What it looks at.</summary>
    public required CheckKind Kind { get; init; }

    /// <summary>The query, the command, the URL, <c>host:port</c> or the name; of a program, its words with blanks between them; of logs, the pattern.</summary>
    public required string Subject { get; init; }

    /// <summary>The database or cache it asks; null when there is only one.</summary>
    public string? Source { get; init; }

    /// <summary>The program that is run in the service, and its arguments.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>The service it belongs to, for <c>-Service</c>; of a program, the one it is run in.</summary>
    public string? Service { get; init; }

    /// <summary>Where in the JSON that a program writes the value stands.</summary>
    public string? Json { get; init; }

    /// <summary>How far back logs are read; null for a day.</summary>
    public TimeSpan? Since { get; init; }

    /// <summary>Only alerts of this severity; null for all.</summary>
    public string? Severity { get; init; }

    /// <summary>Full path of the certificate authorities to believe; null for those of this machine.</summary>
    public string? CaFile { get; init; }

    /// <summary>The endpoint, when it is one; of a query of Prometheus, the server.</summary>
    public EndpointSettings? Endpoint { get; init; }

    /// <summary>What the value must be, as text; null for figures with levels.</summary>
    public string? Expect { get; init; }

    /// <summary>Its levels.</summary>
    public ThresholdSettings Levels { get; init; } = new(null, null);

    /// <summary>What to do when it is not well.</summary>
    public string? Remedy { get; init; }

    /// <summary>Where more is written about what to do.</summary>
    public string? Runbook { get; init; }

    /// <summary>How long it may take; null for the usual time.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({Kind}: {Subject})";
}
