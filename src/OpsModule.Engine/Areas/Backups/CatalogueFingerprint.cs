using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Catalogues;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Bytes;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>
/// What the catalogue held when the backup was made: owners, privileges, row security, triggers, constraints and the rest, one line for
/// each object. It is of the same snapshot as the rows, lies in the manifest, compressed, and is encrypted where the backup is: comments
/// and settings are as much a secret as rows.
/// </summary>
internal sealed record CatalogueFingerprint
{
    /// <summary>Bytes that it may take; what has more objects keeps sums of the less grave kinds.</summary>
    internal const int MaxBytes = 4 * 1024 * 1024;

    private const int Current = 1;

    /// <summary>The form of the lines; what a newer form says cannot be compared.</summary>
    public int Version { get; init; } = Current;

    /// <summary>How many objects it is of.</summary>
    public int Objects { get; init; }

    /// <summary>The lines, with gzip; then with age where the backup is encrypted.</summary>
    public byte[] Content { get; init; } = [];

    /// <summary>Packs what was read.</summary>
    public static async Task<CatalogueFingerprint> PackAsync(IReadOnlyList<CatalogueObject> objects, IReadOnlyList<string> recipients, int maxBytes, CancellationToken ct)
    {
        List<string> kinds = [.. objects.Select(o => o.Kind).Distinct()];
        byte[] content = Compress(objects);
        for (int kept = kinds.Count - 1; content.Length > maxBytes && kept >= 0; kept--)
            content = Compress(SumUp(objects, kinds.Skip(kept).ToHashSet()));
        if (recipients.Count > 0) content = await Age.EncryptAsync(content, recipients, ct).ConfigureAwait(false);
        return new CatalogueFingerprint { Objects = objects.Count, Content = content };
    }

    /// <summary>The objects; null when this version does not know the form.</summary>
    public async Task<IReadOnlyList<CatalogueObject>?> UnpackAsync(OpsContext context, BackupRecord backup, CancellationToken ct)
    {
        if (Version != Current) return null;
        Stream content = new MemoryStream(Content);
        if (backup.Encrypted) content = new ProgramSource(Age.Decrypt(context.Environment, backup), content, e => Age.Explain(e, context.Environment, backup));
        await using Stream source = content;
        using var reader = new StreamReader(new GZipStream(source, CompressionMode.Decompress), Encoding.UTF8);
        var objects = new List<CatalogueObject>();
        while (await reader.ReadLineAsync(ct).ConfigureAwait(false) is { } line) objects.Add(CatalogueObject.Parse(line));
        return objects;
    }

    /// <summary>Puts one object for each schema in the place of all objects of some kinds: how many there are, and a hash of all of them.</summary>
    public static IReadOnlyList<CatalogueObject> SumUp(IReadOnlyList<CatalogueObject> objects, IReadOnlySet<string> kinds) =>
    [
        .. objects.Where(o => !kinds.Contains(o.Kind)),
        .. objects.Where(o => kinds.Contains(o.Kind)).GroupBy(o => (o.Kind, o.Schema)).Select(g =>
        {
            string all = string.Join('\n', g.Select(o => o.ToLine()).Order(StringComparer.Ordinal));
            string sum = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(all))).ToLowerInvariant();
            return new CatalogueObject(g.Key.Kind, g.Key.Schema, CatalogueObject.All, FormattableString.Invariant($"{{\"count\": {g.Count()}, \"sum\": \"{sum}\"}}"));
        }),
    ];

    private static byte[] Compress(IReadOnlyList<CatalogueObject> objects)
    {
        using var bytes = new MemoryStream();
        using (var writer = new StreamWriter(new GZipStream(bytes, CompressionLevel.Optimal), new UTF8Encoding(false)))
            foreach (CatalogueObject one in objects) writer.Write(one.ToLine() + "\n");
        return bytes.ToArray();
    }
}
