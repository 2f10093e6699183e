using System.Net.Http;
using System.Net.Sockets;
using Npgsql;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Values;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Asking;

/// <summary>How long a rotation asks, and what it is when nobody answers.</summary>
/// <param name="context">The environment and what goes with it.</param>
/// <param name="secret">The secret that is asked for.</param>
internal sealed class RotationPatience(OpsContext context, string secret)
{
    /// <summary>So long a value may take to be accepted, or refused, everywhere: replicas and caches of others have their delay.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>SQLSTATE: the connection failed; the server was shut down, has crashed, or is starting.</summary>
    private const string ConnectionClass = "08";

    private static readonly string[] Ending = ["57P01", "57P02", "57P03"];

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200), LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Asks until it is proven, or nothing changes any more, or the time is up; a server that is away counts once time is up.
    /// </summary>
    /// <exception cref="OpsException"><c>SecretServerUnreachable</c>: it was away all the time.</exception>
    public async Task<SecretProof> AskAsync(Func<CancellationToken, Task<SecretProof>> ask, CancellationToken ct)
    {
        long start = context.Time.GetTimestamp();
        for (TimeSpan pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            bool late = context.Time.GetElapsedTime(start) + pause > Deadline;
            try
            {
                SecretProof proof = await ask(ct).ConfigureAwait(false);
                if (proof.IsProven || proof.IsFinal) return proof;
                // A value that nobody was there to judge is neither accepted nor refused.
                if (late) return !proof.IsAway ? proof : throw ValueSecretErrors.SecretServerUnreachable.Make(
                    $"Nobody answers for {secret}: {proof.Words} ({proof.From}).",
                    "Nothing is lost, and the old value is kept. Bring the server back, then go on (Resume-OpsChange) or take it back "
                    + "(Undo-OpsChange).", secret);
            }
            catch (Exception e) when (!late && IsAway(e)) { /* asked again below */ }
            await Task.Delay(pause, context.Time, ct).ConfigureAwait(false);
        }
    }

    /// <summary>Does something that asks a server: where that is away, or somebody stops the run, the change stays open.</summary>
    public static async Task<T> OrOpenAsync<T>(Func<Task<T>> body, CancellationToken ct)
    {
        try { return await body().ConfigureAwait(false); }
        catch (OperationCanceledException e) when (ct.IsCancellationRequested) { throw ChangeRun.LeaveOpen(e); }
        catch (Exception e) when (IsAway(e)) { throw ChangeRun.LeaveOpen(e); }
    }

    /// <summary>
    /// Whether a server went away, also in the middle of a statement: whether it was made nobody knows, and who goes on finds out.
    /// </summary>
    internal static bool IsAway(Exception? e) => e switch
    {
        null => false,
        PostgresException told => told.SqlState.StartsWith(ConnectionClass, StringComparison.Ordinal) || Ending.Contains(told.SqlState),
        SocketException or HttpRequestException or TimeoutException or NpgsqlException or EndOfStreamException => true,
        OpsException { Category: OpsErrorCategory.ResourceUnavailable or OpsErrorCategory.OperationTimeout } => true,
        _ => IsAway(e.InnerException),
    };
}
