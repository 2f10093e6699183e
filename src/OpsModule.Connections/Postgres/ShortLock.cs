using System.Diagnostics;
using Npgsql;

namespace OpsModule.Connections.Postgres;

/// <summary>
/// Runs short transactions that take strong locks on live objects: never waiting so long that others queue up behind, trying again
/// with pauses until a deadline.
/// </summary>
/// <remarks>
/// All statements of an attempt are one DO statement, so that one timeout covers them together, and its COMMIT is sent along with it: from
/// the first lock to the last the server waits neither for this process nor for the network. Nor for its disk or a standby: the commit is
/// made durable right after its locks are gone, and before anybody is told of it.
/// </remarks>
public static class ShortLock
{
    /// <summary>How long one attempt may wait for its locks, and take in all. With the commit it stays below 250 ms.</summary>
    private const int WaitMilliseconds = 150, AttemptMilliseconds = 200;

    /// <summary>When a server has not answered that long, it will not: what became of the attempt is looked up over another connection.</summary>
    private const int AnswerSeconds = 30;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Tries until the statements were committed and returns how long their locks were held at most, or null when the deadline came first.
    /// </summary>
    /// <param name="connection">The connection to work on.</param>
    /// <param name="deadline">How long to try.</param>
    /// <param name="statements">PL/pgSQL statements that take the locks and do the work.</param>
    /// <param name="ct">Cancels the waiting between attempts; an attempt itself is as short as its answer is needed.</param>
    /// <param name="before">What is done before each attempt, outside its transaction.</param>
    public static async Task<TimeSpan?> RunAsync(NpgsqlConnection connection, TimeSpan deadline, string statements, CancellationToken ct, Func<Task>? before = null)
    {
        string tag = "$ops_" + Guid.NewGuid().ToString("N") + "$";
        string attempt = $"""
            BEGIN; SET LOCAL lock_timeout = {WaitMilliseconds}; SET LOCAL statement_timeout = {AttemptMilliseconds};
            SET LOCAL idle_in_transaction_session_timeout = {AttemptMilliseconds}; SET LOCAL synchronous_commit = off;
            DO {tag} BEGIN {statements} END {tag}; COMMIT
            """;
        long start = Stopwatch.GetTimestamp();
        for (TimeSpan pause = FirstPause; ; pause = pause * 1.5 < LongestPause ? pause * 1.5 : LongestPause)
        {
            if (before is not null) await before().ConfigureAwait(false);
            ct.ThrowIfCancellationRequested();
            long began = Stopwatch.GetTimestamp();
            try
            {
                await using (var command = new NpgsqlCommand(attempt, connection) { CommandTimeout = AnswerSeconds })
                    await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
            }
            catch (PostgresException e)
            {
                await connection.RollbackAsync().ConfigureAwait(false);
                if (!IsPassing(e)) throw;
                if (Stopwatch.GetElapsedTime(start) + pause > deadline) return null;
                await Task.Delay(pause * (0.75 + Random.Shared.NextDouble() / 2), ct).ConfigureAwait(false);
                continue;
            }
            TimeSpan held = Stopwatch.GetElapsedTime(began);
            await FlushAsync(connection, ct).ConfigureAwait(false);
            return held;
        }
    }

    /// <summary>A commit with something to write waits for the disk, and so for all commits before it.</summary>
    private static async Task FlushAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        try { await connection.ExecuteAsync("SELECT pg_catalog.pg_logical_emit_message(true, 'OpsModule', '')", ct).ConfigureAwait(false); }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege) { /* the server does it by itself within a second */ }
    }

    private static bool IsPassing(PostgresException e) => e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled
        or PostgresErrorCodes.DeadlockDetected || (e.SqlState == PostgresErrorCodes.InternalError && e.MessageText.Contains("concurrently", StringComparison.Ordinal));
}
