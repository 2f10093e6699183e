using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;
using OpsModule.Connections.Postgres.Catalogues;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Backups.Dumping;
using OpsModule.Engine.Areas.Backups.Stages;
using OpsModule.Engine.Areas.Imports.Files;
using OpsModule.Engine.Areas.Imports.Scripts;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Imports;

/// <summary>
/// Brings the dump of a plan into its stores. Until the last line no store has a backup, and when anything fails none has anything of it.
/// </summary>
internal sealed class DumpImporter(ChangeRun run)
{
    private readonly OpsContext _context = run.Context;
    private readonly ChangePlan _plan = run.Plan;
    private readonly string _file = run.Plan.Arguments["file"];
    private readonly string[] _stores = ImportBackup.Stores(run.Plan);
    private readonly List<OpsException> _failures = [];

    /// <summary>Of the stores that did not take it while others did.</summary>
    public IReadOnlyList<OpsException> Failures => _failures;

    /// <summary>The backup in each store that took it.</summary>
    public IReadOnlyList<BackupRecord> Made { get; private set; } = [];

    /// <summary>Imports it.</summary>
    /// <exception cref="OpsException">What is wrong with the dump, as <see cref="ImportErrors"/> has it; what the stores
    /// refuse.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        BackupRecord draft = ImportBackup.Draft(_context, _plan);
        try
        {
            if (_plan.Arguments.ContainsKey("load")) await LoadAsync(draft, ct).ConfigureAwait(false);
            else await TakeAsync(draft, ct).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await BackupUpload.RemoveAsync(run, _stores, draft.Key).ConfigureAwait(false);
            if (e is not OperationCanceledException && DumpFile.Explain(e, _file) is { } error) throw error;
            throw;
        }
    }

    /// <summary>An archive as it is: only how it is compressed and cut into pieces changes.</summary>
    private async Task TakeAsync(BackupRecord draft, CancellationToken ct)
    {
        long started = _context.Time.GetTimestamp();
        var progress = new BackupProgress(_context, 1, $"Import {Path.GetFileName(_file)}", new FileInfo(_file).Length);
        using DumpFile file = await DumpFile.OpenAsync(_file, progress.Report, ct).ConfigureAwait(false);
        await using BackupUpload upload = await BackupUpload.OpenAsync(run, draft, _stores, StoreFailed, ct).ConfigureAwait(false);
        var archive = new ArchiveWriter(upload.Target);
        (DumpContent content, ArchiveHeader header) = await new DumpDigester(new ArchiveReader(file.Plain),
            archive).RunAsync(ct).ConfigureAwait(false);
        string sha = await file.File.FinishAsync(ct).ConfigureAwait(false);
        if (sha != _plan.Arguments["sha256"]) throw HashedFile.Changed(_file, "its SHA-256 is not the one that was planned for");
        await upload.Target.CompleteAsync(ct).ConfigureAwait(false);
        await upload.CommitAsync(ct).ConfigureAwait(false);
        Made = await upload.PublishAsync(upload.Described with
        {
            Duration = _context.Time.GetElapsedTime(started), SourceBytes = archive.Bytes, ToolVersion = content.ToolVersion,
                Tables = content.Tables,
            Extensions = [.. header.Entries.Where(e => e.Description == "EXTENSION").Select(e => e.Tag)],
        }, null, ct).ConfigureAwait(false);
        progress.Close();
    }

    /// <summary>Everything else by way of a server that nobody else uses, from which it is dumped as any database is.</summary>
    private async Task LoadAsync(BackupRecord draft, CancellationToken ct)
    {
        // It was read when it was planned, perhaps long ago and by somebody else: nothing of a file that has changed is run.
        DumpFacts facts = await new DumpInspector(_context).InspectAsync(_file, reload: true, ct).ConfigureAwait(false);
        if (facts.Sha256 != _plan.Arguments["sha256"]) throw HashedFile.Changed(_file, "its SHA-256 is not the one that was planned for");
        long started = _context.Time.GetTimestamp();
        var notes = new List<string>();
        await using IDrillServer drill = await DrillServer.StartAsync(_context, draft, false, notes, ct).ConfigureAwait(false);
        foreach (string note in notes) _context.Reporter.Verbose(note);
        if (drill.NotIsolated is { } open)
            _context.Reporter.Warning($"The throwaway server could not be kept apart from the machine; {open}. What the dump holds runs "
                + $"there by a role that is no superuser.");
        DatabaseSettings settings = _context.Environment.Databases[_plan.Arguments["name"]];
        string user = settings.User.StartsWith("pg_", StringComparison.Ordinal) ? DrillServer.NewName("ops_import") : settings.User;
        await using var database = new ScriptDatabase(drill, user, facts.Extensions)
        {
            File = _file, Named = settings.Database, AllowIncomplete = _plan.Arguments.ContainsKey("incomplete"),
                OnSkipped = _context.Reporter.Verbose,
        };
        await using (DumpScript script = await DumpInspector.OpenScriptAsync(facts, ct).ConfigureAwait(false))
        {
            await new ScriptWalk(_file).RunAsync(script.Text, database, ct).ConfigureAwait(false);
            // Whoever writes to it may have done so while the server started.
            await script.CheckAsync(facts.Sha256, ct).ConfigureAwait(false);
        }
        await database.EnsureAsync(ct).ConfigureAwait(false);
        foreach (string left in database.LeftOut) _context.Reporter.Warning($"Left out of the backup of {_file}: {left}.");
        await DumpAsync(draft with { LeftOut = [.. draft.LeftOut, .. database.LeftOut] }, database.Server, started,
            ct).ConfigureAwait(false);
    }

    private async Task DumpAsync(BackupRecord draft, PostgresServer server, long started, CancellationToken ct)
    {
        draft = await DescribedAsync(draft, server, ct).ConfigureAwait(false);
        var progress = new BackupProgress(_context, 1, $"Dump what was loaded of {Path.GetFileName(_file)}", 0);
        await using BackupUpload upload = await BackupUpload.OpenAsync(run, draft, _stores, StoreFailed, ct).ConfigureAwait(false);
        await using SnapshotDump dump = await SnapshotDump.StartAsync(_context, server, draft.Schema,
            snapshot => DatabaseBackup.DumpCall(server, draft.Schema, snapshot), ct).ConfigureAwait(false);
        var archive = new ArchiveWriter(upload.Target, progress.Report);
        DumpContent content = await DumpContent.CopyAsync(dump.Program, dump.Output, archive, ct).ConfigureAwait(false);
        IReadOnlyList<CatalogueObject>? objects = await dump.Snapshot.ReadAsync(ct).ConfigureAwait(false);
        await upload.Target.CompleteAsync(ct).ConfigureAwait(false);
        await upload.CommitAsync(ct).ConfigureAwait(false);
        Made = await upload.PublishAsync(upload.Described with
        {
            Duration = _context.Time.GetElapsedTime(started), SourceBytes = archive.Bytes, ToolVersion = content.ToolVersion,
                Tables = content.Tables,
            Catalogue = objects is null ? null : await CatalogueFingerprint.PackAsync(objects, _context.Environment.Backups.Recipients,
                CatalogueFingerprint.MaxBytes, ct).ConfigureAwait(false),
        }, null, ct).ConfigureAwait(false);
        progress.Close();
    }

    /// <summary>The archive is of the server that it was loaded into, whatever wrote the file.</summary>
    private static async Task<BackupRecord> DescribedAsync(BackupRecord draft, PostgresServer server, CancellationToken ct)
    {
        await using NpgsqlConnection connection = await server.ConnectAsync(ct).ConfigureAwait(false);
        return draft with
        {
            ServerVersion = connection.PostgreSqlVersion.ToString(),
            Extensions = await DatabaseFacts.ExtensionsAsync(connection, draft.Schema, ct).ConfigureAwait(false),
        };
    }

    private void StoreFailed(OpsException error) => _failures.Add(error);
}
