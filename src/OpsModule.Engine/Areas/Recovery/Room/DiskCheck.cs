using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery.Archives;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Recovery.Room;

/// <summary>Compares the free space with what a restore needs, where the server's disks can be seen from here.</summary>
internal sealed class DiskCheck(PostgresServer server, NpgsqlConnection connection, BackupRecord backup, ArchiveScope scope)
{
    /// <summary>Refuses what would not fit.</summary>
    /// <exception cref="OpsException"><c>DiskTooFull</c>.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        if (server.ContainerId is not null || server.Settings.Host is not (null or "127.0.0.1" or "localhost" or "::1" or ['/', ..])) return;
        string? folder;
        try { folder = await connection.ScalarAsync<string>("SELECT pg_catalog.current_setting('data_directory')", ct).ConfigureAwait(false); }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege) { return; }
        if (!Directory.Exists(folder)) return;
        var need = new DiskNeed(backup, scope);
        Dictionary<(string, string), DiskNeed.LiveSize> live = await LiveAsync(ct).ConfigureAwait(false);
        var places = new Dictionary<string, long>();
        long all = 0;
        foreach (string? tablespace in Tablespaces())
        {
            long bytes = need.Data(live, tablespace);
            string? place = tablespace is null ? folder : await LocationAsync(tablespace, ct).ConfigureAwait(false);
            places[place ?? folder] = places.GetValueOrDefault(place ?? folder) + bytes;
            all += bytes;
        }
        string log = Real(Path.Combine(folder, "pg_wal"));
        places[log] = places.GetValueOrDefault(log) + await DiskNeed.LogAsync(connection, all, ct).ConfigureAwait(false);
        foreach (IGrouping<string, KeyValuePair<string, long>> disk in places.GroupBy(p => MountOf(p.Key))) Refuse(disk.First().Key, disk.Sum(p => p.Value));
    }

    private static void Refuse(string folder, long needed)
    {
        if (Disk.FreeBytes(folder) is not { } free || free >= needed) return;
        throw new OpsException("DiskTooFull", OpsErrorCategory.ResourceUnavailable,
            $"The restore needs about {SizeText.Show(needed)} beside the live data, with indexes and the write-ahead log; the server's disk ({folder}) has {SizeText.Show(free)} free.",
            "Free space, for example with Get-OpsRestore | Remove-OpsRestore, then run the command again.", folder);
    }

    private IEnumerable<string?> Tablespaces() => scope.Entries.Where(e => e.Description is "TABLE" or "MATERIALIZED VIEW").Select(scope.TablespaceOf).Append(null).Distinct();

    /// <summary>Of a schema on the same connection; of a whole database from within it, where it is still there.</summary>
    private async Task<Dictionary<(string, string), DiskNeed.LiveSize>> LiveAsync(CancellationToken ct)
    {
        if (scope.Schema is not null) return await DiskNeed.LiveAsync(connection, scope.Schema, ct).ConfigureAwait(false);
        try
        {
            await using NpgsqlConnection inside = await server.ConnectAsync(ct).ConfigureAwait(false);
            return await DiskNeed.LiveAsync(inside, null, ct).ConfigureAwait(false);
        }
        catch (OpsException e) when (e.ErrorId is "DatabaseMissing" or "DatabaseUnreachable") { return []; }
    }

    private async Task<string?> LocationAsync(string tablespace, CancellationToken ct)
    {
        string? location = await connection.ScalarAsync<string>("SELECT pg_catalog.pg_tablespace_location(oid) FROM pg_catalog.pg_tablespace WHERE spcname = $1", ct, tablespace).ConfigureAwait(false);
        return location is { Length: > 0 } ? Real(location) : null;
    }

    private static string Real(string path)
    {
        try { return new DirectoryInfo(path).ResolveLinkTarget(true)?.FullName ?? path; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return path; }
    }

    /// <summary>The folder at which the file system of a path is mounted; the path itself where that cannot be told.</summary>
    private static string MountOf(string path)
    {
        try
        {
            return File.ReadLines("/proc/self/mounts").Select(l => l.Split(' ')[1].Replace("\\040", " "))
                .Where(m => m == "/" || path == m || path.StartsWith(m + "/", StringComparison.Ordinal)).MaxBy(m => m.Length) ?? path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or IndexOutOfRangeException) { return path; }
    }
}
