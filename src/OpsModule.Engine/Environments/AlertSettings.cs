using OpsModule.Connections.Vaults;

namespace OpsModule.Engine.Environments;

/// <summary>How bad it is that an alert tells of.</summary>
public enum AlertSeverity
{
    /// <summary>Good to know.</summary>
    Information,
    /// <summary>Somebody should look.</summary>
    Warning,
    /// <summary>Somebody must look now.</summary>
    Critical,
}

/// <summary>What an alert or a metric is about; receivers choose by it.</summary>
public enum AlertKind
{
    /// <summary>Anything else, such as what Send-OpsAlert is given in words. Every receiver gets it.</summary>
    Other,
    /// <summary>A backup was made, or not.</summary>
    Backup,
    /// <summary>A backup was tested.</summary>
    Verification,
    /// <summary>Something was restored, or not.</summary>
    Restore,
    /// <summary>A recovery drill.</summary>
    Drill,
    /// <summary>A check of Test-OpsHealth or a change of Watch-OpsHealth.</summary>
    Health,
    /// <summary>Attacks in logs: matches, offenders, bursts and sums.</summary>
    Attack,
}

/// <summary>How a receiver is spoken to.</summary>
public enum ReceiverKind
{
    /// <summary>A webhook that takes what Slack takes.</summary>
    Slack,
    /// <summary>A webhook that takes this module's own JSON.</summary>
    Webhook,
    /// <summary>A mail server.</summary>
    Smtp,
}

/// <summary>The <c>alerts:</c> section.</summary>
public sealed record AlertSettings
{
    /// <summary>For how long repeats of the same alert are folded.</summary>
    public TimeSpan Repeat { get; init; } = TimeSpan.FromHours(4);

    /// <summary>Receivers by name.</summary>
    public IReadOnlyDictionary<string, ReceiverSettings> Receivers { get; init; } = new Dictionary<string, ReceiverSettings>();

    /// <inheritdoc/>
    public override string ToString() => Receivers.Count == 0 ? "no receivers" : string.Join(", ", Receivers.Values);
}

/// <summary>One entry of <c>alerts.receivers:</c>.</summary>
public sealed record ReceiverSettings
{
    /// <summary>How long a receiver may take when nothing else is said.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The name it has in the environment file.</summary>
    public required string Name { get; init; }

    /// <summary>How it is spoken to.</summary>
    public required ReceiverKind Kind { get; init; }

    /// <summary>The URL of a webhook, which is a secret; null for mail.</summary>
    public SecretReference? Url { get; init; }

    /// <summary>The mail server; null for webhooks.</summary>
    public SmtpSettings? Smtp { get; init; }

    /// <summary>Nothing below this is sent to it.</summary>
    public AlertSeverity Minimum { get; init; }

    /// <summary>Only alerts about these; empty for all.</summary>
    public IReadOnlyList<AlertKind> Events { get; init; } = [];

    /// <summary>True when it is also told of what went well.</summary>
    public bool Success { get; init; }

    /// <summary>How long it may take.</summary>
    public TimeSpan Timeout { get; init; } = DefaultTimeout;

    /// <summary>Token sent as <c>Authorization: Bearer</c>.</summary>
    public SecretReference? Bearer { get; init; }

    /// <summary>Further headers of a webhook.</summary>
    public IReadOnlyDictionary<string, SecretReference> Headers { get; init; } = new Dictionary<string, SecretReference>();

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({Kind})";
}

/// <summary>How a mail server is spoken to.</summary>
public enum SmtpTls
{
    /// <summary>TLS is begun with STARTTLS, and nothing is sent without it.</summary>
    StartTls,
    /// <summary>TLS from the first byte.</summary>
    Tls,
    /// <summary>No TLS.</summary>
    None,
}

/// <summary>The section <c>smtp:</c> of a receiver.</summary>
public sealed record SmtpSettings
{
    /// <summary>The server.</summary>
    public required string Host { get; init; }

    /// <summary>Its port.</summary>
    public required int Port { get; init; }

    /// <summary>How TLS is used.</summary>
    public SmtpTls Tls { get; init; }

    /// <summary>Full path of the certificate authorities that its certificate may come from; null for those of this machine.</summary>
    public string? CaFile { get; init; }

    /// <summary>The user to log in as; null for no login.</summary>
    public string? User { get; init; }

    /// <summary>The user's password.</summary>
    public SecretReference? Password { get; init; }

    /// <summary>Whom mail comes from.</summary>
    public required string From { get; init; }

    /// <summary>Whom it goes to.</summary>
    public required IReadOnlyList<string> To { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Host}:{Port}";
}

/// <summary>The <c>metrics:</c> section.</summary>
public sealed record MetricSettings
{
    /// <summary>Full path of the folder that node_exporter reads; null for none.</summary>
    public string? TextfileFolder { get; init; }

    /// <summary>A pushgateway; null for none.</summary>
    public MetricEndpoint? Pushgateway { get; init; }

    /// <summary>What takes JSON; null for none.</summary>
    public MetricEndpoint? Http { get; init; }

    /// <summary>How long each of them may take.</summary>
    public TimeSpan Timeout { get; init; } = ReceiverSettings.DefaultTimeout;

    /// <summary>True when metrics go anywhere.</summary>
    public bool Any => TextfileFolder is not null || Pushgateway is not null || Http is not null;

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", new[] { TextfileFolder, Pushgateway is null ? null : "pushgateway", Http is null ? null : "http" }.OfType<string>());
}

/// <summary>Where metrics are sent over HTTP.</summary>
public sealed record MetricEndpoint
{
    /// <summary>The URL; a reference, because it may hold a password.</summary>
    public required SecretReference Url { get; init; }

    /// <summary>Pushgateway: the job they are grouped under.</summary>
    public string Job { get; init; } = "ops";

    /// <summary>Pushgateway: further labels they are grouped by.</summary>
    public IReadOnlyDictionary<string, string> Grouping { get; init; } = new Dictionary<string, string>();

    /// <summary>Token sent as <c>Authorization: Bearer</c>.</summary>
    public SecretReference? Bearer { get; init; }

    /// <summary>Further headers.</summary>
    public IReadOnlyDictionary<string, SecretReference> Headers { get; init; } = new Dictionary<string, SecretReference>();

    /// <inheritdoc/>
    public override string ToString() => Url.ToString();
}
