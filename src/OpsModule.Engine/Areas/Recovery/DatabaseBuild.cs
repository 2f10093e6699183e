using System.Text;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery.Archives;
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

    /// <summary>As whom rows are loaded and checked; null for the role that makes all else.</summary>
    public PostgresServer? Loading { get; init; }

    /// <summary>How a script of structure is run instead of by <see cref="IncompleteScript"/>.</summary>
    public Func<PartedScript, string, CancellationToken, Task<IReadOnlyList<NotRestoredObject>>>? RunScript { get; init; }

    /// <summary>Options for pg_restore when it writes the structure.</summary>
    public IReadOnlyList<string> ScriptOptions { get; init; } = [];

    /// <summary>Goes on without objects that hold no rows and that the server refuses.</summary>
    public bool AllowIncomplete { get; init; }

    /// <summary>Told when the server has fewer connections left than are wanted.</summary>
    public Action? Fewer { get; init; }

    /// <summary>The objects that were left out.</summary>
    public IReadOnlyList<NotRestoredObject> NotRestored => _notRestored;
    private readonly List<NotRestoredObject> _notRestored = [];
    private bool _isShort;

    /// <summary>Builds everything; tells of each step as it is reached.</summary>
    /// <exception cref="OpsException"><c>RestoreMismatch</c> when rows differ and <paramref name="onDifference"/> is not given.</exception>
    public async Task<IReadOnlyList<TableDigest>> RunAsync(Func<string, Task> step, Action<IReadOnlyList<TableDifference>>? onDifference, CancellationToken ct)
    {
        ArchiveScope scope = source.Scope;
        var structure = new StructureScript(server, scope) { Options = ScriptOptions };
        await ScriptAsync(await structure.PreDataPartsAsync(ct).ConfigureAwait(false), "", ct).ConfigureAwait(false);
        await step("structure").ConfigureAwait(false);

        var largeObjects = new List<TableDigest>();
        var loader = new DataLoader(Loading ?? server, database, s => s, scope.Encoding, connections) { OfExtensions = server,
            Fewer = OnFewer };
        List<TableDigest> loaded = [.. await loader.LoadAsync(source.Reader, scope, async _ =>
        {
            await using NpgsqlConnection connection = await server.ConnectAsync(ct, database).ConfigureAwait(false);
            largeObjects.Add(await LargeObjects.LoadAsync(connection, source.Reader, ct).ConfigureAwait(false));
        }, ct).ConfigureAwait(false)];
        await source.FinishAsync(ct).ConfigureAwait(false);
        Judge(TableDifference.Find(backup.Tables, [.. loaded, .. largeObjects]), "What the archive holds", onDifference);
        await step("data-loaded").ConfigureAwait(false);

        IReadOnlyList<TableDigest> stored;
        if (_isShort)
        {
            // There is no room for the script beside those that read.
            await FinishAsync(ct).ConfigureAwait(false);
            stored = await ReadBackAsync(loaded, loader.Reordered, connections, ct).ConfigureAwait(false);
        }
        // The script has a session, too: together there are no more than loaded the rows.
        else stored = await Together.RunAsync(FinishAsync,
            token => ReadBackAsync(loaded, loader.Reordered, Math.Max(1, connections - 1), token), ct).ConfigureAwait(false);
        Judge(TableDifference.Find(backup.Tables, [.. stored, .. await ReadLargeObjectsAsync(largeObjects, ct).ConfigureAwait(false)]), "What the server stored", onDifference);
        await step("verified").ConfigureAwait(false);
        return [.. loaded, .. largeObjects];

        async Task FinishAsync(CancellationToken token) =>
            await ScriptAsync(await structure.PostDataAsync(token).ConfigureAwait(false), Sequences(), token).ConfigureAwait(false);
    }

    private void OnFewer()
    {
        _isShort = true;
        Fewer?.Invoke();
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

    /// <summary>Rows are checked by the role that loads them: the server calls the backup's functions for that, too.</summary>
    private async Task<IReadOnlyList<NotRestoredObject>> RunAllAsync(PartedScript script, string first, CancellationToken ct)
    {
        var objects = new SparedObjects();
        IncompleteScript Begin(PostgresServer role, string text)
        {
            var run = new IncompleteScript(role, database) { Objects = objects };
            run.Begin(text);
            return run;
        }
        IncompleteScript run = Begin(server, script.Preamble + first);
        bool checks = false;
        var settings = new StringBuilder();
        foreach (ScriptPart part in script.Parts)
        {
            if (Loading is not null && ChecksRows(part) != checks)
            {
                await run.RunAsync(ct).ConfigureAwait(false);
                checks = !checks;
                // They hold for all that comes after them.
                run = Begin(checks ? Loading : server, script.Preamble + settings);
            }
            run.Append(part);
            settings.Append(part.Settings);
        }
        return await run.RunAsync(ct).ConfigureAwait(false);
    }

    private static bool ChecksRows(ScriptPart part) => part.Constraint is not null || part.Entry.Description == "CHECK CONSTRAINT";

    private async Task<IReadOnlyList<TableDigest>> ReadBackAsync(IReadOnlyList<TableDigest> loaded, IReadOnlyDictionary<(string Schema, string Table), TableDigest> reordered,
        int readers, CancellationToken ct)
    {
        // Extensions fill tables of their own, and dumps hold only part of those; they were compared as they were loaded.
        HashSet<(string, string)> ofExtensions;
        await using (NpgsqlConnection connection = await server.ConnectAsync(ct, database).ConfigureAwait(false))
            ofExtensions = [.. await connection.ListAsync(ExtensionTablesSql, r => (r.GetString(0), r.GetString(1)),
                ct).ConfigureAwait(false)];
        CopyTarget[] tables = [.. source.Scope.Tables.Select(CopyTarget.Of).Where(t => !ofExtensions.Contains(t.Source))];
        var verifier = new Verifier(server, database, s => s, source.Scope.Encoding, readers) { Reordered = reordered, Fewer = Fewer };
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
