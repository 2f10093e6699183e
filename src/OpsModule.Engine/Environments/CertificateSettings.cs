namespace OpsModule.Engine.Environments;

/// <summary>One entry of <c>certificates:</c>: where a certificate is served, where it lies, and who loads it.</summary>
public sealed record CertificateSettings
{
    /// <summary>The folder that certbot has its settings and certificates in unless told.</summary>
    public const string UsualFolder = "/etc/letsencrypt";

    /// <summary>The name it has in the environment file.</summary>
    public required string Name { get; init; }

    /// <summary>Where it is served: <c>host:port</c>.</summary>
    public required string Endpoint { get; init; }

    /// <summary>The name that certbot knows it by.</summary>
    public required string Lineage { get; init; }

    /// <summary>certbot's folder of settings and certificates.</summary>
    public string ConfigFolder { get; init; } = UsualFolder;

    /// <summary>certbot's working folder; null for its own default.</summary>
    public string? WorkFolder { get; init; }

    /// <summary>certbot's folder of logs; null for its own default.</summary>
    public string? LogsFolder { get; init; }

    /// <summary>The certificate with its chain that the web server reads; null for certbot's <c>fullchain.pem</c>.</summary>
    public string? File { get; init; }

    /// <summary>The service that certbot runs in; null for certbot on this machine.</summary>
    public string? CertbotService { get; init; }

    /// <summary>The service whose containers read it; null for a web server of this machine.</summary>
    public string? Service { get; init; }

    /// <summary>Tests the web server's settings; empty for no test.</summary>
    public IReadOnlyList<string> Test { get; init; } = ["nginx", "-t"];

    /// <summary>Makes the web server read it anew.</summary>
    public IReadOnlyList<string> Reload { get; init; } = ["nginx", "-s", "reload"];

    /// <summary><c>ecdsa</c> or <c>rsa</c>; null keeps what it is.</summary>
    public string? KeyType { get; init; }

    /// <summary>Authorities that are trusted for it beside those of this machine; null for none.</summary>
    public string? CaFile { get; init; }

    /// <summary>The folder in which certbot keeps its files for this name.</summary>
    public string LiveFolder => Path.Combine(ConfigFolder, "live", Lineage);

    /// <summary>The file that holds what must be served.</summary>
    public string ServedFile => File ?? Path.Combine(LiveFolder, "fullchain.pem");

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({Endpoint})";
}
