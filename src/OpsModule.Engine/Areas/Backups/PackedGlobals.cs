using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Serialization;
using OpsModule.Connections.Postgres.Globals;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>
/// What belongs to the server of a database and is in no dump of it: roles, memberships, settings, tablespaces. It is of the same
/// snapshot as the
/// rows and lies in the manifest, packed, and encrypted where the backup is. What the server keeps of passwords is in it only then.
/// </summary>
internal sealed record PackedGlobals
{
    /// <summary>Bytes that it may take in a manifest.</summary>
    internal const int MaxBytes = 1024 * 1024;

    // A manifest may be of a stranger, and a packed text of any size is small.
    private const int MaxText = 64 * 1024 * 1024, Current = 1;

    /// <summary>The form of the text; a newer one is not read.</summary>
    public int Version { get; init; } = Current;

    /// <summary>How many roles it holds.</summary>
    public int Roles { get; init; }

    /// <summary>How many tablespaces it holds.</summary>
    public int Tablespaces { get; init; }

    /// <summary>Whether it holds what the server keeps of passwords.</summary>
    public bool HasVerifiers { get; init; }

    /// <summary>The text, with gzip; then with age where the backup is encrypted.</summary>
    public byte[] Content { get; init; } = [];

    /// <summary>In words, for people.</summary>
    [JsonIgnore]
    public string Words => $"{Count(Roles, "role")} {(HasVerifiers ? "with" : "without")} passwords"
        + (Tablespaces == 0 ? "" : $", {Count(Tablespaces, "tablespace")}");

    /// <summary>Packs what was read; null when it is too large, which is warned of.</summary>
    public static async Task<PackedGlobals?> PackAsync(OpsContext context, ClusterGlobals globals, int maxBytes, CancellationToken ct)
    {
        IReadOnlyList<string> recipients = context.Environment.Backups.Recipients;
        if (recipients.Count == 0 && globals.HasVerifiers) throw new InvalidOperationException("Passwords were read for a backup that "
            + "is not encrypted.");
        if (recipients.Count > 0 && !globals.HasVerifiers)
            context.Reporter.Verbose("The roles of the server are backed up without their passwords: this login may not read "
                + "pg_authid, which a superuser may.");
        byte[] content = Compress(GlobalsScript.Write(globals));
        if (content.Length > maxBytes)
        {
            context.Reporter.Warning(string.Create(CultureInfo.InvariantCulture, $"The server's {globals.Roles.Count:N0} roles and "
                + $"{globals.Tablespaces.Count:N0} tablespaces take {content.Length:N0} bytes, ")
                + string.Create(CultureInfo.InvariantCulture,
                    $"and a manifest has room for {maxBytes:N0}. The backup is made without them; keep what "
                + $"pg_dumpall --globals-only writes, too."));
            return null;
        }
        if (recipients.Count > 0) content = await Age.EncryptAsync(content, recipients, ct).ConfigureAwait(false);
        return new PackedGlobals { Roles = globals.Roles.Count, Tablespaces = globals.Tablespaces.Count,
            HasVerifiers = globals.HasVerifiers, Content = content };
    }

    /// <summary>What it holds; null when this version does not know the form.</summary>
    /// <exception cref="OpsException"><c>GlobalsUnreadable</c>; what the identity's absence throws.</exception>
    public async Task<ClusterGlobals?> UnpackAsync(OpsContext context, BackupRecord backup, CancellationToken ct)
    {
        if (Version != Current) return null;
        Stream content = new MemoryStream(Content);
        if (backup.Encrypted) content = new ProgramSource(Age.Decrypt(context.Environment, backup), content, e =>
            Age.Explain(e, context.Environment, backup));
        await using Stream source = content;
        try
        {
            await using var unpacked = new GZipStream(source, CompressionMode.Decompress);
            using var text = new StringReader(await ReadAsync(unpacked, ct).ConfigureAwait(false));
            return await GlobalsScript.ReadAsync(text, ct).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw BackupErrors.GlobalsUnreadable.Make($"The roles and tablespaces in the manifest of backup {backup.Id} cannot be "
                + $"read: {e.Message.TrimEnd('.')}.",
                "Take another backup, or make the roles by hand.", backup.Id, e);
        }
    }

    private static async Task<string> ReadAsync(Stream source, CancellationToken ct)
    {
        using var bytes = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        while (await source.ReadAsync(buffer, ct).ConfigureAwait(false) is var read and > 0)
        {
            if (bytes.Length + read > MaxText) throw new InvalidDataException("They are larger than any server's");
            bytes.Write(buffer, 0, read);
        }
        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private static byte[] Compress(string text)
    {
        using var bytes = new MemoryStream();
        using (var packed = new GZipStream(bytes, CompressionLevel.Optimal)) packed.Write(Encoding.UTF8.GetBytes(text));
        return bytes.ToArray();
    }

    private static string Count(int number, string what) => FormattableString.Invariant($"{number:N0} {what}{(number == 1 ? "" : "s")}");
}
