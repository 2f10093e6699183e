using System.Text;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Foundations.Concurrency;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>Fills an empty database from an archive and compares it with the manifest: what a whole restore and a drill have in common.</summary>
internal sealed class DatabaseBuild(PostgresServer server, BackupRecord backup, RestoreSource source, string database, int connections)
{
    private const string ExtensionTablesSql = """
        SELECT n.nspname, c.relname FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid AND d.classid = 'pg_catalog.pg_class'::regclass
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE d.deptype = 'e'
        """;

    /// <summary>How a script of structure is run instead of by <see cref="IncompleteScript"/>.</summary>
    public Func<PartedScript, string, CancellationToken, Task<IReadOnlyList<NotRestoredObject>>>? RunScript { get; init; }

    /// <summary>Options for pg_restore when it writes the structure.</summary>
    public IReadOnlyList<string> ScriptOptions { get; init; } = [];

    /// <summary>Goes on without objects that hold no rows and that the server refuses.</summary>
    public bool AllowIncomplete { get; init; }

    /// <summary>The objects that were left out.</summary>
    public IReadOnlyList<NotRestoredObject> NotRestored => _notRestored;
    private readonly List<NotRestoredObject> _notRestored = [];

    /// <summary>Builds everything; tells of each step as it is reached.</summary>
    /// <exception cref="OpsException"><c>RestoreMismatch</c> when rows differ and <paramref name="onDifference"/> is not given.</exception>
    public async Task<IReadOnlyList<TableDigest>> RunAsync(Func<string, Task> step, Action<IReadOnlyList<TableDifference>>? onDifference, CancellationToken ct)
    {
        ArchiveScope scope = source.Scope;
        var structure = new StructureScript(server, scope) { Options = ScriptOptions };
        await ScriptAsync(await structure.PreDataPartsAsync(ct).ConfigureAwait(false), "", ct).ConfigureAwait(false);
        await step("structure").ConfigureAwait(false);

        var largeObjects = new List<TableDigest>();
        var loader = new DataLoader(server, database, s => s, scope.Encoding, connections);
        List<TableDigest> loaded = [.. await loader.LoadAsync(source.Reader, scope, async _ =>
        {
            await using NpgsqlConnection connection = await server.ConnectAsync(ct, database).ConfigureAwait(false);
            largeObjects.Add(await LargeObjects.LoadAsync(connection, source.Reader, ct).ConfigureAwait(false));
        }, ct).ConfigureAwait(false)];
        await source.FinishAsync(ct).ConfigureAwait(false);
        Judge(TableDifference.Find(backup.Tables, [.. loaded, .. largeObjects]), "What the archive holds", onDifference);
        await step("data-loaded").ConfigureAwait(false);

        IReadOnlyList<TableDigest> stored = await Together.RunAsync(
            async token => await ScriptAsync(await structure.PostDataAsync(token).ConfigureAwait(false), Sequences(), token).ConfigureAwait(false),
            token => ReadBackAsync(loaded, loader.Reordered, token), ct).ConfigureAwait(false);
        Judge(TableDifference.Find(backup.Tables, [.. stored, .. await ReadLargeObjectsAsync(largeObjects, ct).ConfigureAwait(false)]), "What the server stored", onDifference);
        await step("verified").ConfigureAwait(false);
        return [.. loaded, .. largeObjects];
    }

    private string Sequences()
    {
        var sql = new StringBuilder("SET client_encoding = 'UTF8';\n");
        foreach (ArchiveEntry entry in source.Scope.Entries.Where(e => e.Description == "SEQUENCE SET")) sql.Append(entry.Definition);
        return StructureScript.Bytes(sql.Append($"SET client_encoding = {SqlName.Literal(source.Scope.Encoding)};\n").ToString());
    }

    private async Task ScriptAsync(PartedScript script, string first, CancellationToken ct)
    {
        _notRestored.AddRange(await (RunScript ?? RunAllAsync)(script, first, ct).ConfigureAwait(false));
        if (_notRestored.Count > 0 && !AllowIncomplete) throw SparedObjects.Refusal(backup.Id, _notRestored, RestoreService.Action);
    }

    private Task<IReadOnlyList<NotRestoredObject>> RunAllAsync(PartedScript script, string first, CancellationToken ct)
    {
        var whole = new IncompleteScript(server, database);
        whole.Begin(script.Preamble + first);
        foreach (ScriptPart part in script.Parts) whole.Append(part);
        return whole.RunAsync(ct);
    }

    private async Task<IReadOnlyList<TableDigest>> ReadBackAsync(IReadOnlyList<TableDigest> loaded, IReadOnlyDictionary<(string Schema, string Table), TableDigest> reordered, CancellationToken ct)
    {
        await using NpgsqlConnection connection = await server.ConnectAsync(ct, database).ConfigureAwait(false);
        // Extensions fill tables of their own, and dumps hold only part of those; they were compared as they were loaded.
        HashSet<(string, string)> ofExtensions = [.. await connection.ListAsync(ExtensionTablesSql, r => (r.GetString(0), r.GetString(1)), ct).ConfigureAwait(false)];
        CopyTarget[] tables = [.. source.Scope.Tables.Select(CopyTarget.Of).Where(t => !ofExtensions.Contains(t.Source))];
        var verifier = new Verifier(server, database, s => s, source.Scope.Encoding, connections) { Reordered = reordered };
        return [.. await verifier.ReadAsync(tables, loaded, [], ct).ConfigureAwait(false), .. loaded.Where(t => ofExtensions.Contains((t.Schema, t.Table)))];
    }

    private async Task<IReadOnlyList<TableDigest>> ReadLargeObjectsAsync(IReadOnlyList<TableDigest> loaded, CancellationToken ct)
    {
        if (loaded.Count == 0) return [];
        await using NpgsqlConnection connection = await server.ConnectAsync(ct, database).ConfigureAwait(false);
        return [await LargeObjects.ReadAsync(connection, ct).ConfigureAwait(false)];
    }

    private void Judge(IReadOnlyList<TableDifference> differences, string where, Action<IReadOnlyList<TableDifference>>? onDifference)
    {
        if (differences.Count == 0) return;
        if (onDifference is null) throw Verifier.Mismatch(backup.Id, differences, where);
        onDifference(differences);
    }
}
