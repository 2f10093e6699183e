using System.Diagnostics;
using Npgsql;

namespace OpsModule.Engine.Recovery;

/// <summary>
/// Runs short transactions that take strong locks on live objects: never waiting so long that others queue up behind, trying again
/// with pauses until a deadline.
/// </summary>
/// <remarks>
/// All statements of an attempt are one DO statement, so that one timeout covers them together, and its COMMIT is sent along with it: from
/// the first lock to the last the server waits neither for this process nor for the network.
/// </remarks>
internal static class ShortLock
{
    /// <summary>How long one attempt may wait for its locks, and take in all. With the commit it stays below 250 ms.</summary>
    private const int WaitMilliseconds = 150, AttemptMilliseconds = 200;

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
            SET LOCAL idle_in_transaction_session_timeout = {AttemptMilliseconds};
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
                await connection.ExecuteAsync(attempt, CancellationToken.None).ConfigureAwait(false);
                return Stopwatch.GetElapsedTime(began);
            }
            catch (PostgresException e)
            {
                await connection.RollbackAsync().ConfigureAwait(false);
                if (!IsPassing(e)) throw;
                if (Stopwatch.GetElapsedTime(start) + pause > deadline) return null;
            }
            await Task.Delay(pause * (0.75 + Random.Shared.NextDouble() / 2), ct).ConfigureAwait(false);
        }
    }

    private static bool IsPassing(PostgresException e) => e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled
        or PostgresErrorCodes.DeadlockDetected || (e.SqlState == PostgresErrorCodes.InternalError && e.MessageText.Contains("concurrently", StringComparison.Ordinal));
}
