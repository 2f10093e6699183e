using Npgsql;
using OpsModule.Engine.Backups;
using OpsModule.Engine.Postgres;

namespace OpsModule.Engine.Recovery;

/// <summary>
/// Proves that a backup can be restored: restores it into a PostgreSQL of its own, compares every table with the manifest, asks the
/// environment's assertions, measures, and leaves nothing behind.
/// </summary>
public sealed class RecoveryDrill(OpsContext context)
{
    private const string Database = "drill";

    /// <summary>What keeps a drill from running and says nothing of the backup.</summary>
    private static readonly HashSet<string> OfTheMachine =
        ["DatabaseUnreachable", "DiskTooFull", "IdentityMissing", "IdentityWrong", "ProgramMissing", "StoreAccessDenied", "StoreUnavailable", "ZstdMissing"];

    /// <summary>Uses a container even where PostgreSQL's server programs are installed.</summary>
    internal bool InContainer { get; init; }

    /// <summary>Runs the drill. What fails is in the result; only what keeps it from running is thrown.</summary>
    public async Task<DrillResult> RunAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        var run = new Run(context, backup, new RestoreProgress(context, $"Drill backup {backup.Id}", backup.StoredBytes), InContainer);
        DrillResult result = await run.ExecuteAsync(cancellationToken).ConfigureAwait(false);
        await MarkAsync(backup, result.Passed, cancellationToken).ConfigureAwait(false);
        return result;
    }

    private async Task MarkAsync(BackupRecord backup, bool passed, CancellationToken ct)
    {
        var catalog = new BackupCatalog(context);
        try { await (passed ? catalog.MarkVerifiedAsync(backup, "drill", ct) : catalog.ClearVerifiedAsync(backup, ct)).ConfigureAwait(false); }
        catch (OpsException e) { context.Reporter.Warning($"That backup {backup.Id} {(passed ? "passed" : "failed")} could not be noted in store {backup.Store}: {e.Message}"); }
    }

    private sealed class Run(OpsContext context, BackupRecord backup, RestoreProgress progress, bool inContainer)
    {
        private readonly List<DrillStep> _steps = [];
        private readonly List<string> _failures = [];
        private readonly List<string> _notes = [];
        private readonly DateTimeOffset _startedAt = context.Time.GetUtcNow();
        private long _stepStart;

        public async Task<DrillResult> ExecuteAsync(CancellationToken ct)
        {
            _stepStart = context.Time.GetTimestamp();
            try
            {
                await using IDrillServer cluster = await DrillServer.StartAsync(context, backup, inContainer, _notes, ct).ConfigureAwait(false);
                Step("server-started");
                long restoreStart = _stepStart;
                var result = new DrillResult
                {
                    Backup = backup, StartedAt = _startedAt, DataAge = _startedAt - backup.StartedAt,
                    Where = cluster.Where, ServerVersion = await VersionAsync(cluster.Server, ct).ConfigureAwait(false),
                };
                IReadOnlyList<TableDigest> restored = await RestoreAsync(cluster.Server, ct).ConfigureAwait(false);
                result = result with { Tables = restored.Count(t => t.Schema.Length > 0), Rows = restored.Sum(t => t.Rows), RecoveryTime = context.Time.GetElapsedTime(restoreStart) };
                if (_failures.Count == 0)
                {
                    _failures.AddRange(await new DrillAssertions(context.Environment, backup, _notes).CheckAsync(cluster.Server, Database, ct).ConfigureAwait(false));
                    Step("assertions");
                }
                return result with { Failures = [.. _failures.Distinct()], Notes = [.. _notes], Steps = [.. _steps] };
            }
            finally
            {
                progress.Close();
            }
        }

        private async Task<IReadOnlyList<TableDigest>> RestoreAsync(PostgresServer server, CancellationToken ct)
        {
            try
            {
                await using RestoreSource source = await RestoreSource.OpenAsync(context, backup, null, progress, ct).ConfigureAwait(false);
                await CreateDatabaseAsync(server, source, ct).ConfigureAwait(false);
                // Only a backup of one tenant may refer to what it does not hold.
                var lenient = new LenientScript(server, Database, _notes);
                var build = new DatabaseBuild(server, backup, source, Database, Math.Clamp(Environment.ProcessorCount, 2, 4))
                {
                    RunScript = backup.Tenant is null ? null : lenient.RunAsync,
                };
                return await build.RunAsync(step =>
                {
                    Step(step);
                    return Task.CompletedTask;
                }, differences => _failures.AddRange(differences.Select(d => d.ToString())), ct).ConfigureAwait(false);
            }
            catch (Exception e) when (RestoreErrors.Translate(e, "The restore", backup.Id) is { } error)
            {
                if (OfTheMachine.Contains(error.ErrorId)) throw error;
                _failures.Add(error.Message);
                Step("failed");
                return [];
            }
        }

        private async Task CreateDatabaseAsync(PostgresServer server, RestoreSource source, CancellationToken ct)
        {
            ArchiveHeader header = source.Scope.Header;
            await using NpgsqlConnection connection = await server.ConnectAsync(ct).ConfigureAwait(false);
            // What the roles may do is not in the backup. Here they may do all, as nobody can log in with them: materialized views and
            // row-level security run with their owners' rights.
            foreach (string role in Preflight.RolesOf(source.Scope).Append(header.Entries.FirstOrDefault(e => e.Description == "DATABASE")?.Owner).OfType<string>().Distinct())
            {
                if (!await connection.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1)", ct, role).ConfigureAwait(false))
                    await connection.ExecuteAsync($"CREATE ROLE {SqlName.Quote(role)} NOLOGIN SUPERUSER", ct).ConfigureAwait(false);
            }
            try
            {
                await connection.ExecuteAsync(DatabaseSettingsCarrier.Create(header, Database, null), ct).ConfigureAwait(false);
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.WrongObjectType or PostgresErrorCodes.InvalidParameterValue or PostgresErrorCodes.UndefinedObject)
            {
                _notes.Add($"This machine cannot make a database like the original ({e.MessageText}); it was restored with UTF-8 and the C locale.");
                await connection.ExecuteAsync($"CREATE DATABASE {Database} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'", ct).ConfigureAwait(false);
            }
            if (backup.Tenant is null) await DatabaseSettingsCarrier.FromArchiveAsync(connection, header, Database, ct).ConfigureAwait(false);
            else await CreateExtensionsAsync(server, ct).ConfigureAwait(false);
            Step("database-created");
        }

        private async Task CreateExtensionsAsync(PostgresServer server, CancellationToken ct)
        {
            await using NpgsqlConnection connection = await server.ConnectAsync(ct, Database).ConfigureAwait(false);
            foreach (string extension in backup.Extensions)
                await connection.ExecuteAsync($"CREATE EXTENSION IF NOT EXISTS {SqlName.Quote(extension)} CASCADE", ct).ConfigureAwait(false);
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
