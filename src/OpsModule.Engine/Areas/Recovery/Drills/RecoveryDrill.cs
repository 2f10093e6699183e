using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery.Drills;

/// <summary>
/// Proves that a backup can be restored: restores it into a PostgreSQL of its own, compares every table with the manifest, asks the
/// environment's assertions, measures, and leaves nothing behind.
/// </summary>
public sealed class RecoveryDrill(OpsContext context)
{
    /// <summary>What keeps a drill from running and says nothing of the backup.</summary>
    private static readonly HashSet<string> OfTheMachine =
        ["DatabaseUnreachable", "DiskTooFull", "IdentityMissing", "IdentityWrong", "ProgramMissing", "ProgramNotTrusted", "PsqlTooOld", "StoreAccessDenied", "StoreUnavailable", "ZstdMissing"];

    /// <summary>Uses a container even where PostgreSQL's server programs are installed.</summary>
    internal bool InContainer { get; init; }

    /// <summary>
    /// Passes a backup although objects without rows of their own (indexes, views, constraints, triggers) could not be made; they are noted. Without it
    /// each of them is a failure.
    /// </summary>
    public bool AllowIncomplete { get; init; }

    /// <summary>Runs the drill. What fails is in the result; only what keeps it from running is thrown.</summary>
    public async Task<DrillResult> RunAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        var run = new Run(context, backup, new RestoreProgress(context, $"Drill backup {backup.Id}", backup.StoredBytes), InContainer, AllowIncomplete);
        DrillResult result = await run.ExecuteAsync(cancellationToken).ConfigureAwait(false);
        await MarkAsync(backup, result.Passed, cancellationToken).ConfigureAwait(false);
        return result;
    }

    /// <summary>What a drill of the backup would do, and where; looks at the real machine and starts nothing.</summary>
    /// <exception cref="OpsException"><c>ServerProgramsMissing</c>.</exception>
    public async Task<string> DescribeAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        (string? programs, string? image) = await DrillServer.ChooseAsync(context, backup, InContainer, cancellationToken)
            .ConfigureAwait(false);
        string where = programs is not null ? $"with the programs of {programs}" : $"in a container of {image}";
        int assertions = context.Environment.Drill.Queries.Count;
        return FormattableString.Invariant($"Start a PostgreSQL server of its own {where}, restore {backup.SourceBytes / 1048576.0:N1} MiB of {backup.Tables.Count:N0} tables into it, compare them with the manifest")
            + (assertions == 0 ? "" : assertions == 1 ? ", ask one assertion" : $", ask {assertions} assertions") + ", and remove the server";
    }

    private async Task MarkAsync(BackupRecord backup, bool passed, CancellationToken ct)
    {
        var catalog = new BackupCatalog(context);
        try { await (passed ? catalog.MarkVerifiedAsync(backup, "drill", ct) : catalog.ClearVerifiedAsync(backup, ct)).ConfigureAwait(false); }
        catch (OpsException e) { context.Reporter.Warning($"That backup {backup.Id} {(passed ? "passed" : "failed")} could not be noted in store {backup.Store}: {e.Message}"); }
    }

    private sealed class Run(OpsContext context, BackupRecord backup, RestoreProgress progress, bool inContainer, bool allowIncomplete)
    {
        private readonly List<DrillStep> _steps = [];
        private readonly List<string> _failures = [];
        private readonly List<string> _notes = [];
        private readonly DateTimeOffset _startedAt = context.Time.GetUtcNow();
        private PostgresServer? _restorer;
        private long _stepStart;
        private int? _objects;

        public async Task<DrillResult> ExecuteAsync(CancellationToken ct)
        {
            _stepStart = context.Time.GetTimestamp();
            try
            {
                await using IDrillServer cluster = await DrillServer.StartAsync(context, backup, inContainer, _notes, ct).ConfigureAwait(false);
                Step("server-started");
                if (cluster.NotIsolated is { } open) Warn(open);
                long restoreStart = _stepStart;
                var result = new DrillResult
                {
                    Backup = backup, StartedAt = _startedAt, DataAge = _startedAt - backup.StartedAt,
                    Where = cluster.Where, RanAs = cluster.RanAs, ServerVersion = await VersionAsync(cluster.Server, ct).ConfigureAwait(false),
                };
                IReadOnlyList<TableDigest> restored = await RestoreAsync(cluster, ct).ConfigureAwait(false);
                result = result with { Tables = restored.Count(t => t.Schema.Length > 0), Rows = restored.Sum(t => t.Rows), RecoveryTime = context.Time.GetElapsedTime(restoreStart) };
                if (_failures.Count == 0)
                {
                    _failures.AddRange(await new DrillAssertions(context.Environment, backup, _notes).CheckAsync(_restorer!, DrillDatabase.Name, ct).ConfigureAwait(false));
                    Step("assertions");
                }
                return result with { Objects = _objects, Failures = [.. _failures.Distinct()], Notes = [.. _notes], Steps = [.. _steps] };
            }
            finally
            {
                progress.Close();
            }
        }

        private async Task<IReadOnlyList<TableDigest>> RestoreAsync(IDrillServer cluster, CancellationToken ct)
        {
            try
            {
                await using RestoreSource source = await RestoreSource.OpenAsync(context, backup, null, progress, ct).ConfigureAwait(false);
                _failures.AddRange(await DrillGlobals.CheckAsync(context, backup, source.Scope, ct).ConfigureAwait(false));
                var database = new DrillDatabase(cluster, backup, source.Scope, _notes);
                _restorer = await database.CreateAsync(ct).ConfigureAwait(false);
                Step("database-created");
                var build = new DatabaseBuild(_restorer, backup, source, DrillDatabase.Name, Math.Clamp(Environment.ProcessorCount, 2, 4))
                {
                    RunScript = database.Script.RunAsync, ScriptOptions = database.ScriptOptions, AllowIncomplete = true,
                };
                IReadOnlyList<TableDigest> restored = await build.RunAsync(step =>
                {
                    Step(step);
                    return Task.CompletedTask;
                }, differences => _failures.AddRange(differences.Select(d => d.ToString())), ct).ConfigureAwait(false);
                (allowIncomplete ? _notes : _failures).AddRange(build.NotRestored.Select(o => $"{o.Kind} {o.Name} could not be made: {o.Message}."));
                await CompareAsync(cluster.Server, source, build.NotRestored, ct).ConfigureAwait(false);
                return restored;
            }
            catch (Exception e) when (RestoreErrors.Translate(e, "The restore", backup.Id) is { } error)
            {
                if (OfTheMachine.Contains(error.ErrorId)) throw error;
                _failures.Add(error.Message);
                Step("failed");
                return [];
            }
        }

        /// <summary>Where a tenant's backup is alone, what refers to the rest of its database was left out, and that is no failure.</summary>
        private async Task CompareAsync(PostgresServer server, RestoreSource source, IReadOnlyList<NotRestoredObject> notRestored, CancellationToken ct)
        {
            CatalogueVerdict verdict = await new CatalogueCheck(context, backup, source.Scope).OfDatabaseAsync(server, DrillDatabase.Name, itself: false, ct).ConfigureAwait(false);
            verdict = new KnownDifferences(notRestored, []).Without(verdict);
            if (verdict.Objects is null) _notes.Add("The backup does not say what owners, privileges and the like were; only rows and sequences were compared.");
            foreach (CatalogueDifference difference in OneOwner.Without(verdict.Differences))
                (difference.IsGrave && (backup.Tenant is null || difference.Property.Length > 0) ? _failures : _notes).Add(difference + ".");
            _objects = verdict.Objects;
            Step("compared");
        }

        private void Warn(string open)
        {
            string note = $"DrillNotIsolated: the server of this drill could not be kept apart from the machine; {open}. A backup brings code along that runs when it is restored.";
            _notes.Add(note);
            context.Reporter.Warning(note);
        }

        private static async Task<string> VersionAsync(PostgresServer server, CancellationToken ct)
        {
            await using NpgsqlConnection connection = await server.ConnectAsync(ct).ConfigureAwait(false);
            return connection.PostgreSqlVersion.ToString();
        }

        private void Step(string name)
        {
            long now = context.Time.GetTimestamp();
            _steps.Add(new DrillStep(name, context.Time.GetElapsedTime(_stepStart, now)));
            _stepStart = now;
        }
    }
}
