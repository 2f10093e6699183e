using OpsModule.Connections.Vaults;

namespace OpsModule.Engine.Areas.Secrets.Contract;

/// <summary>What kind of thing a secret is.</summary>
public enum SecretKind
{
    /// <summary>The password of a PostgreSQL login, or of two that take turns.</summary>
    Postgres,

    /// <summary>The password of a Redis ACL user, or of the server.</summary>
    Redis,

    /// <summary>A value that somebody else makes and that is handed in.</summary>
    Value,

    /// <summary>A value that is made here and is known by nobody but its uses.</summary>
    Random,
}

/// <summary>One entry of <c>secrets:</c>.</summary>
internal sealed record SecretEntry
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is.</summary>
    public required SecretKind Kind { get; init; }

    /// <summary>PostgreSQL: a name of <c>databases</c>.</summary>
    public string? Database { get; init; }

    /// <summary>Redis: a name of <c>caches</c>.</summary>
    public string? Cache { get; init; }

    /// <summary>PostgreSQL: the logins that take turns, or the one. Redis: the ACL user alone; empty for <c>requirepass</c>.</summary>
    public IReadOnlyList<string> Logins { get; init; } = [];

    /// <summary>PostgreSQL: the NOLOGIN role that owns what both logins make.</summary>
    public string? Owner { get; init; }

    /// <summary>PostgreSQL: files of PgBouncer (userlist.txt) that hold the same verifier, and how it is told.</summary>
    public PgBouncerUse? PgBouncer { get; init; }

    /// <summary>Value: how it is proven.</summary>
    public ValueProof? Proof { get; init; }

    /// <summary>Value of Sentry: where its keys are made and disabled; null when a value is handed in.</summary>
    public SentryAdmin? Sentry { get; init; }

    /// <summary>The new value's length in characters.</summary>
    public int Length { get; init; } = 32;

    /// <summary>The characters that a new value is made of.</summary>
    public string Alphabet { get; init; } = SecretAlphabets.LettersAndDigits;

    /// <summary>Where its value stands.</summary>
    public IReadOnlyList<SecretUse> Uses { get; init; } = [];

    /// <summary>How often it is to be rotated; null for never by itself.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>How long the old one stays valid after the new one is in use; null for no longer than sessions last.</summary>
    public TimeSpan? Overlap { get; init; }
}

/// <summary>Alphabets by name, for <c>alphabet:</c>.</summary>
internal static class SecretAlphabets
{
    /// <summary>No character that a URL, a shell, an env file or SASLprep would treat.</summary>
    public const string LettersAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>Lower-case hexadecimal.</summary>
    public const string Hex = "0123456789abcdef";

    /// <summary>Base64 for URLs and files (RFC 4648, section 5).</summary>
    public const string Base64Url = LettersAndDigits + "-_";
}

/// <summary>One item of <c>uses:</c>, as the file says it.</summary>
internal sealed record SecretUse
{
    /// <summary>The file's full path; null for a use in a cluster.</summary>
    public string? File { get; init; }

    /// <summary>The file as ops.yaml writes it.</summary>
    public string? FileAsWritten { get; init; }

    /// <summary>The variable of an env file; the key of a Kubernetes Secret; null when the whole file is the value.</summary>
    public string? Key { get; init; }

    /// <summary>A service of a compose file, whose <c>environment:</c> holds the key.</summary>
    public string? Service { get; init; }

    /// <summary>A Kubernetes Secret's name.</summary>
    public string? Secret { get; init; }

    /// <summary>The text around the value, with <c>{value}</c> and perhaps <c>{login}</c>, both percent-encoded; null for the value alone.</summary>
    public string? In { get; init; }

    /// <summary>True when the value is built into the image of the services.</summary>
    public bool Build { get; init; }

    /// <summary>Services that read it and that nothing else tells of.</summary>
    public IReadOnlyList<string> Services { get; init; } = [];
}

/// <summary>PgBouncer's list of users.</summary>
/// <param name="UserList">The full path of userlist.txt.</param>
/// <param name="Service">The service that PgBouncer is, for its reload; null when <paramref name="Admin"/> tells it.</param>
/// <param name="Admin">How its console is reached: <c>host:port</c>, and the reference of the admin's password.</param>
internal sealed record PgBouncerUse(string UserList, string? Service, PgBouncerAdmin? Admin);

/// <summary>PgBouncer's console.</summary>
/// <param name="Host">Where it listens.</param>
/// <param name="Port">At which port.</param>
/// <param name="User">Who may tell it (<c>admin_users</c>).</param>
/// <param name="Password">That user's password.</param>
internal sealed record PgBouncerAdmin(string Host, int Port, string User, SecretReference? Password);

/// <summary>How a value that others made is proven.</summary>
internal sealed record ValueProof
{
    /// <summary><c>sentry</c>, <c>s3</c>, <c>grafana</c>, <c>http</c>, or <c>none</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The address that is asked, for <c>grafana</c> and <c>http</c>.</summary>
    public string? Url { get; init; }

    /// <summary>The header that carries it for <c>http</c>, with <c>{value}</c>.</summary>
    public string? Header { get; init; }

    /// <summary>The store of <c>backups.stores</c> that is listed, for <c>s3</c>; the value is then ACCESSKEY:SECRETKEY or the secret alone.</summary>
    public string? Store { get; init; }

    /// <summary>The user, for <c>grafana</c>.</summary>
    public string? User { get; init; }
}

/// <summary>Sentry's API, where keys are made and disabled.</summary>
/// <param name="Url">The server, <c>https://sentry.io</c> unless it is one's own.</param>
/// <param name="Organization">The organization's slug.</param>
/// <param name="Project">The project's slug.</param>
/// <param name="Token">A token that may write projects.</param>
internal sealed record SentryAdmin(string Url, string Organization, string Project, SecretReference Token);
