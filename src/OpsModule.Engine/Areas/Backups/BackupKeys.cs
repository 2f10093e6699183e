using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OpsModule.Foundations.Bytes;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>
/// Where things lie in a store: <c>environment/database/name/full|tenant/name/id.dump.zst</c>,
/// <c>environment/cache/name/full/id.rdb.zst</c>, <c>environment/configuration/name/full/id.tar.zst</c>; manifest and marks beside it.
/// </summary>
internal static class BackupKeys
{
    private const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";
    private const string ManifestSuffix = ".json", VerifiedSuffix = ".verified.json";

    // No ".json": what older versions do not know they must not take for a manifest.
    private const string PinSuffix = ".pin", LossesSuffix = ".losses", FailedSuffix = ".failed";

    public static string NewId(DateTimeOffset now) =>
        now.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture) + "-" + RandomNumberGenerator.GetHexString(6, lowercase: true);

    /// <summary>When a backup of this id began, or null when it is no id.</summary>
    public static DateTimeOffset? TimeOf(string id)
    {
        int dash = id.IndexOf('-');
        return dash > 0 && DateTimeOffset.TryParseExact(id[..dash], TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
    }

    /// <summary>Prefix of all backups of one kind of an environment, or of one of its databases, caches ...</summary>
    public static string Prefix(string environment, string? name, BackupKind kind = BackupKind.Database) =>
        Encode(environment) + "/" + kind.Word() + "/" + (name is null ? "" : Encode(name) + "/");

    /// <summary>Prefixes of what a query means, one for each kind.</summary>
    public static IEnumerable<string> Prefixes(string environment, BackupQuery query) =>
        (query.Kinds ?? BackupKinds.All).Select(kind => Prefix(environment, query.Name, kind));

    /// <summary>Prefix of the backups of a whole, or of one tenant.</summary>
    public static string GroupPrefix(string environment, string name, string? tenant, BackupKind kind = BackupKind.Database) =>
        Prefix(environment, name, kind) + (tenant is null ? "full/" : "tenant/" + Encode(tenant) + "/");

    public static string Object(string environment, string name, string? tenant, string id, Compression compression, bool encrypted,
        BackupKind kind = BackupKind.Database) => GroupPrefix(environment, name, tenant, kind) + id + kind.Suffix()
        + compression switch { Compression.Zstd => ".zst", Compression.Gzip => ".gz", _ => "" } + (encrypted ? ".age" : "");

    public static string Manifest(string objectKey) => Base(objectKey) + ManifestSuffix;

    public static string Verified(string objectKey) => Base(objectKey) + VerifiedSuffix;

    /// <summary>The mark of a backup that is kept until somebody says otherwise.</summary>
    public static string Pin(string key) => Base(key) + PinSuffix;

    /// <summary>The mark of a backup that lost rows against the one before.</summary>
    public static string Losses(string key) => Base(key) + LossesSuffix;

    /// <summary>The mark of a backup that a test found wanting.</summary>
    public static string Failed(string key) => Base(key) + FailedSuffix;

    /// <summary>Where readers say that they read a backup: apart, so that a look for them lists nothing else.</summary>
    public static string Leases(string key) => key[..key.IndexOf('/')] + "/leases/" + IdOf(key) + ".";

    public static bool IsObject(string key) =>
        Parse(key) is { } of && key.StartsWith(Base(key) + of.Kind.Suffix(), StringComparison.Ordinal);

    public static bool IsEncrypted(string key) => key.EndsWith(".age", StringComparison.Ordinal);

    public static bool IsManifest(string key) => key.EndsWith(ManifestSuffix, StringComparison.Ordinal) && !IsVerified(key);

    public static bool IsVerified(string key) => key.EndsWith(VerifiedSuffix, StringComparison.Ordinal);

    /// <summary>The key without its file extensions: the same for the object, its manifest and its mark.</summary>
    public static string Base(string key)
    {
        int slash = key.LastIndexOf('/') + 1;
        int dot = key.IndexOf('.', slash);
        return dot < 0 ? key : key[..dot];
    }

    public static string IdOf(string key) => Base(key)[(key.LastIndexOf('/') + 1)..];

    /// <summary>The same of a key that must be the environment's own: stores are shared.</summary>
    /// <exception cref="FormatException">It is of another environment, or none of a backup.</exception>
    public static string IdOf(string key, string environment) =>
        key.StartsWith(Encode(environment) + "/", StringComparison.Ordinal) && Parse(key) is not null ? IdOf(key)
        : throw new FormatException($"{key} is no backup of the environment {environment}.");

    /// <summary>The same of a key that must be of this kind: a plan may come from a file that somebody else wrote.</summary>
    /// <exception cref="FormatException">As the other; it is of another kind.</exception>
    public static string IdOf(string key, string environment, BackupKind kind) =>
        Parse(key) is { } of && of.Kind != kind
        ? throw new FormatException($"{key} is a backup of a {of.Kind.Word()}, and no {kind.Word()}'s.")
        : IdOf(key, environment);

    /// <summary>The lock's and the journal's name of one backup in one store.</summary>
    // A store without a name is called by its place, and a slash would make more parts.
    public static string Target(string id, string store) => $"backup/{id}/store/{(store.Contains('/') ? Encode(store) : store)}";

    /// <summary>What a backup of a database is of, in words: <c>main, tenant demo</c>.</summary>
    public static string Words(string name, string? tenant) => tenant is null ? name : $"{name}, tenant {tenant}";

    /// <summary>The folder of a key: one for each database and tenant.</summary>
    public static string Folder(string key) => key[..(key.LastIndexOf('/') + 1)];

    /// <summary>What a key is of, by its folder; null when it is not one of ours.</summary>
    public static BackupSubject? Parse(string key)
    {
        string[] parts = key.Split('/');
        return parts switch
        {
            [_, var kind, var name, "full", _] when BackupKinds.Of(kind) is { } known => new(known, Uri.UnescapeDataString(name), null),
            [_, "database", var name, "tenant", var tenant, _] => new(BackupKind.Database, Uri.UnescapeDataString(name),
                Uri.UnescapeDataString(tenant)),
            _ => null,
        };
    }

    /// <summary>Any name as one safe part of a path or key; distinct names stay distinct.</summary>
    public static string Encode(string name)
    {
        var encoded = new StringBuilder();
        foreach (byte b in Encoding.UTF8.GetBytes(name))
        {
            bool safe = char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'_' || (b == '.' && encoded.Length > 0);
            if (safe) encoded.Append((char)b);
            else encoded.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        }
        return encoded.ToString();
    }
}
