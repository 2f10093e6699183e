using OpsModule.Connections.Postgres;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Areas.Backups.Dumping;

/// <summary>
/// A running pg_dump and the snapshot that it reads in. It begins once pg_dump has locked all tables; where one was truncated or rewritten just before
/// that, so that it would be dumped empty, pg_dump is started anew. (To lock such a table first is no way out: who waits to rewrite it would stand
/// between that lock and pg_dump's.)
/// </summary>
internal sealed class SnapshotDump : IAsyncDisposable
{
    private const int Tries = 10;

    private SnapshotDump(CatalogueSnapshot snapshot, RunningProgram program, BatchedSource output)
    {
        (Snapshot, Program, Output) = (snapshot, program, output);
    }

    public CatalogueSnapshot Snapshot { get; }

    public RunningProgram Program { get; }

    /// <summary>What the program writes.</summary>
    public BatchedSource Output { get; }

    /// <summary>Starts it, and the reading of the catalogue.</summary>
    /// <param name="context">The environment.</param>
    /// <param name="server">The server.</param>
    /// <param name="schema">The schema that is dumped; null for all.</param>
    /// <param name="call">The call of pg_dump in a snapshot, where there is one.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="OpsException"><c>TablesRewritten</c>.</exception>
    public static async Task<SnapshotDump> StartAsync(OpsContext context, PostgresServer server, string? schema, Func<string?, ProgramCall> call, CancellationToken ct)
    {
        var rewritten = new SortedSet<string>(StringComparer.Ordinal);
        for (int attempt = 1; attempt <= Tries; attempt++)
        {
            CatalogueSnapshot snapshot = await CatalogueSnapshot.TakeAsync(context, server, ct).ConfigureAwait(false);
            SnapshotDump? dump = null;
            try
            {
                RunningProgram program = ProgramRunner.Start(call(snapshot.Id));
                dump = new SnapshotDump(snapshot, program, new BatchedSource(program, ct));
                // It writes when it has locked everything; when it writes nothing, its exit code will tell.
                bool writes = await Task.Run(dump.Output.Wait, CancellationToken.None).ConfigureAwait(false);
                ct.ThrowIfCancellationRequested();
                IReadOnlyList<string> found = writes ? await snapshot.RewrittenAsync(schema, ct).ConfigureAwait(false) : [];
                if (found.Count == 0)
                {
                    snapshot.BeginReading(schema);
                    return dump;
                }
                rewritten.UnionWith(found);
                context.Reporter.Verbose($"Tables were truncated or rewritten as the backup began, which is begun anew: {string.Join(", ", found)}.");
            }
            catch
            {
                await (dump is null ? snapshot.DisposeAsync() : dump.DisposeAsync()).ConfigureAwait(false);
                throw;
            }
            await dump.DisposeAsync().ConfigureAwait(false);
        }
        throw new OpsException("TablesRewritten", OpsErrorCategory.ResourceBusy,
            $"Again and again tables were truncated or rewritten as the backup began, and would have been in it without rows: {string.Join(", ", rewritten)}.", "Run the command again at a quieter time.", server.Settings.Name);
    }

    public async ValueTask DisposeAsync()
    {
        Program.Kill();
        Output.Dispose();
        await Program.DisposeAsync().ConfigureAwait(false);
        await Snapshot.DisposeAsync().ConfigureAwait(false);
    }
}
