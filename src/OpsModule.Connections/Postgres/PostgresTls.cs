using Npgsql;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Postgres;

/// <summary>
/// How a database is to be reached as to TLS, and which logins may be answered on the way: a password in clear goes only where a verified
/// certificate says who takes it, or through a Unix socket. Not to loopback either: whoever works on this machine can listen there while
/// the server is down.
/// </summary>
public sealed record PostgresTls
{
    // scram-sha-256 tells a stranger nothing; md5 something, but not the password. Kerberos sends none, and neither does trust.
    private const string AllButClear = "ScramSHA256,MD5,GSS,SSPI,None";
    private const string SystemBundle = "/etc/ssl/certs/ca-certificates.crt";

    private static readonly string[] Modes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

    /// <summary>libpq's sslmode; null leaves its default, prefer.</summary>
    public string? Mode { get; private init; }

    /// <summary>File of the certificate authorities to believe; null where none is verified, or those of this machine count.</summary>
    public string? Authorities { get; private init; }

    /// <summary>True when the server's certificate is verified.</summary>
    public bool Verifies => Mode is "verify-ca" or "verify-full";

    /// <summary>Inside the server's own container the way is its loopback, and its certificate is for another name.</summary>
    public string? ModeInside => Verifies ? "require" : Mode;

    /// <summary>True when nothing leaves the machine and only the server's own account can listen there.</summary>
    public bool IsSocket { get; private init; }

    /// <summary>PGREQUIREAUTH for the server's tools; those before version 16 do not know it.</summary>
    public string? RequiredByLibpq => Verifies || IsSocket ? null : Variable("PGREQUIREAUTH") ?? "!password";

    /// <summary>What the file says, else what PGSSLMODE and PGSSLROOTCERT of the caller's environment say.</summary>
    public static PostgresTls Of(PostgresOptions settings, string host)
    {
        string? mode = settings.SslMode ?? Variable("PGSSLMODE");
        if (mode is not null && !Modes.Contains(mode, StringComparer.Ordinal))
            throw new OpsException("BadValue", OpsErrorCategory.InvalidArgument, $"'{mode}' is no sslmode, in databases.{settings.Name} or PGSSLMODE.",
                $"Write one of {string.Join(", ", Modes)}.", settings.Name);
        bool verifies = mode is "verify-ca" or "verify-full";
        return new PostgresTls
        {
            Mode = mode,
            IsSocket = host.StartsWith('/') || host.StartsWith('@'),
            Authorities = settings.CaFile ?? Variable("PGSSLROOTCERT") ?? (verifies ? OfThisMachine() : null),
        };
    }

    /// <summary>Gives it to a connection.</summary>
    public void Apply(NpgsqlConnectionStringBuilder builder)
    {
        if (Mode is { } mode) builder.SslMode = Enum.Parse<SslMode>(mode.Replace("-", ""), ignoreCase: true);
        if (Verifies && Authorities is { } file && file != "system") builder.RootCertificate = file;
        if (!Verifies && !IsSocket) builder.RequireAuth = AllButClear;
    }

    /// <summary>libpq looks into the user's home alone and knows no authorities of the machine; they are named, so that all its tools judge as we do.</summary>
    private static string? OfThisMachine()
    {
        string own = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".postgresql", "root.crt");
        return !File.Exists(own) && File.Exists(SystemBundle) ? SystemBundle : null;
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
