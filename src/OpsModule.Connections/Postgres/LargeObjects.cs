using Npgsql;
using OpsModule.Connections.Postgres.Archives;

namespace OpsModule.Connections.Postgres;

/// <summary>Loads large objects and reads them back.</summary>
public static class LargeObjects
{
    /// <summary>They are digested as if they were one table of this name.</summary>
    public const string Name = "LARGE OBJECTS";

    private const int PieceSize = 1 << 20;

    /// <summary>Loads the large objects of the block that the archive stands at, all in one transaction.</summary>
    public static async Task<TableDigest> LoadAsync(NpgsqlConnection connection, ArchiveReader archive, CancellationToken ct)
    {
        var digest = new RowDigest();
        var hash = default(LargeObjectHash);
        byte[] buffer = new byte[PieceSize];
        int filled = 0;
        long offset = 0;
        async Task FlushAsync(uint id)
        {
            if (filled == 0) return;
            await connection.ExecuteAsync("SELECT pg_catalog.lo_put($1::text::oid, $2, $3)", ct, id.ToString(), offset, buffer[..filled]).ConfigureAwait(false);
            offset += filled;
            filled = 0;
        }
        await connection.ExecuteAsync("BEGIN", ct).ConfigureAwait(false);
        await archive.ReadLargeObjectsAsync(async (id, piece) =>
        {
            if (hash is null)
            {
                hash = new LargeObjectHash(id);
                // Archives before version 17 make them before the data, with owner; later ones leave it to the data.
                await connection.ExecuteAsync("SELECT pg_catalog.lo_create($1::text::oid) WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata WHERE oid = $1::text::oid)",
                    ct, id.ToString()).ConfigureAwait(false);
            }
            if (piece.Length == 0)
            {
                await FlushAsync(id).ConfigureAwait(false);
                digest.AppendLargeObject(hash);
                (hash, offset) = (null, 0);
                return;
            }
            hash.Append(piece.Span);
            for (int at = 0; at < piece.Length;)
            {
                int take = Math.Min(piece.Length - at, buffer.Length - filled);
                piece.Slice(at, take).CopyTo(buffer.AsMemory(filled));
                filled += take;
                at += take;
                if (filled == buffer.Length) await FlushAsync(id).ConfigureAwait(false);
            }
        }, ct).ConfigureAwait(false);
        await connection.ExecuteAsync("COMMIT", ct).ConfigureAwait(false);
        return digest.ForTable("", Name);
    }

    /// <summary>Reads all large objects of the database.</summary>
    public static async Task<TableDigest> ReadAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var digest = new RowDigest();
        foreach (string id in await connection.NamesAsync("SELECT oid::text FROM pg_catalog.pg_largeobject_metadata", ct).ConfigureAwait(false))
        {
            var hash = new LargeObjectHash(uint.Parse(id));
            for (long offset = 0; ; offset += PieceSize)
            {
                byte[] piece = await connection.ScalarAsync<byte[]>("SELECT pg_catalog.lo_get($1::text::oid, $2, $3)", ct, id, offset, PieceSize).ConfigureAwait(false) ?? [];
                hash.Append(piece);
                if (piece.Length < PieceSize) break;
            }
            digest.AppendLargeObject(hash);
        }
        return digest.ForTable("", Name);
    }
}
