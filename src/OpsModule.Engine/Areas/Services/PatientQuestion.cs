using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Services;

/// <summary>
/// Asks a platform again while it is away for a moment, until a time is over; and waits for no answer longer than that time has left.
/// </summary>
/// <param name="context">The environment, its clock, and where it is said that the platform is away.</param>
/// <param name="timeout">How long from now on.</param>
public sealed class PatientQuestion(OpsContext context, TimeSpan timeout)
{
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(500);

    /// <summary>What one look may take, however little is left.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1), First = TimeSpan.FromSeconds(5);

    /// <summary>What an API server or an engine that restarts is known by.</summary>
    private static readonly string[] Passing =
        ["ClusterUnreachable", "ClusterTimedOut", "ClusterUnavailable", "EngineUnreachable"];

    /// <summary>What one that has just come up says before it knows its users again.</summary>
    private static readonly string[] Unsettled = ["ClusterForbidden", "ClusterLoginRefused"];

    private readonly long _start = context.Time.GetTimestamp();
    private bool _asked, _isAway;

    /// <summary>True when the time is over.</summary>
    public bool IsOver => Left <= TimeSpan.Zero;

    /// <summary>Why the platform gave no answer the last time; null when it gave one.</summary>
    public OpsException? Silence { get; private set; }

    private TimeSpan Left => timeout - context.Time.GetElapsedTime(_start);

    /// <summary>True of an error of a platform that is away for a moment, or, after it was, does not know its users yet.</summary>
    internal static bool IsPassing(OpsException error, bool wasAway) =>
        Passing.Contains(error.ErrorId) || (wasAway && Unsettled.Contains(error.ErrorId));

    /// <summary>Asks once; null when the platform is away, or gives no answer in what is left of the time.</summary>
    /// <param name="ask">The question.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<T?> TryAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken) where T : class
    {
        TimeSpan least = _asked ? Least : First, left = Left;
        _asked = true;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(left > least ? left : least);
        try
        {
            T answer = await ask(limit.Token).ConfigureAwait(false);
            _isAway = false;
            Silence = null;
            return answer;
        }
        catch (OpsException e) when (IsPassing(e, _isAway)) { Silence = e; }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Silence = new OpsException("PlatformTimedOut", OpsErrorCategory.OperationTimeout,
                $"There was no answer in time from {context.Platform().Description}.", context.Environment.Platform.FirstQuestion);
        }
        if (!_isAway && !IsOver) context.Reporter.Warning($"{Silence.Message} It is asked again for as long as -Timeout says.");
        _isAway = true;
        return null;
    }

    /// <summary>Asks again and again until somebody has seen enough, or the time is over.</summary>
    /// <param name="ask">The question.</param>
    /// <param name="look">Told of each answer, null when there was none; true has seen enough.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>False when the time is over.</returns>
    public async Task<bool> RepeatAsync<T>(Func<CancellationToken, Task<T>> ask, Func<T?, bool> look, CancellationToken cancellationToken)
        where T : class
    {
        while (true)
        {
            if (look(await TryAsync(ask, cancellationToken).ConfigureAwait(false))) return true;
            if (IsOver) return false;
            await Task.Delay(Again, context.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Asks until there is an answer.</summary>
    /// <exception cref="OpsException">What was wrong the last time, when the time is over.</exception>
    public async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken) where T : class
    {
        T? answer = null;
        return await RepeatAsync(ask, found => (answer = found) is not null, cancellationToken).ConfigureAwait(false) ? answer!
            : throw Silence!;
    }
}
