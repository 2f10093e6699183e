using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Health.Renewal;

/// <summary>What became of a certificate, or would.</summary>
public enum CertificateOutcome
{
    /// <summary>It is served, and not due.</summary>
    NotDue,
    /// <summary>certbot tried a renewal without keeping anything, and it went well.</summary>
    Tried,
    /// <summary>It was renewed, and the new chain is the one that is served.</summary>
    Renewed,
    /// <summary>The file was loaded, and its chain is the one that is served.</summary>
    Reloaded,
    /// <summary>The files kept by a renewal were put back, and are served.</summary>
    PutBack,
}

/// <summary>A certificate after a call.</summary>
public sealed record CertificateUpdate : IEnvironmentRecord, IVerdict
{
    bool IVerdict.IsBad() => Outcome is CertificateOutcome.PutBack;

    /// <summary>The environment that it is of; null where that is not known.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <summary>Its name in the environment file.</summary>
    public required string Name { get; init; }

    /// <summary>Where it is served.</summary>
    public required string Endpoint { get; init; }

    /// <summary>What became of it.</summary>
    public required CertificateOutcome Outcome { get; init; }

    /// <summary>The file that the web server reads.</summary>
    public required string File { get; init; }

    /// <summary>Until when the file's certificate is valid now, UTC.</summary>
    public DateTimeOffset NotAfter { get; init; }

    /// <summary>Time left; negative once it has expired.</summary>
    public TimeSpan Left { get; init; }

    /// <summary>SHA-256 of the file's certificate now, lower-case hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>SHA-256 of the certificate it replaced; null when nothing was replaced.</summary>
    public string? Replaced { get; init; }

    /// <summary>The folder with copies of the old files; null when nothing was replaced.</summary>
    public string? Kept { get; init; }

    /// <summary>What was found or done, in words.</summary>
    public required string Message { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Outcome}";
}

/// <summary>How a certificate is to be updated.</summary>
public sealed record CertificateUpdateRequest
{
    /// <summary>It is due when it has no more than this left.</summary>
    public TimeSpan Within { get; init; } = TimeSpan.FromDays(30);

    /// <summary>True renews it whatever is left.</summary>
    public bool Force { get; init; }

    /// <summary>
    /// True when the private key is known to others: it is replaced, and the old certificate is revoked once the new one is served.
    /// </summary>
    public bool Compromised { get; init; }

    /// <summary>How long the web server may take until it serves the new chain.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}
