using System.Globalization;
using System.Runtime.CompilerServices;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Kubernetes.Asking;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Connections.Platforms.Kubernetes;

/// <summary>
/// Reads the output of a pod's containers, those that prepare it too, in the order of their times. kubectl does not tell output from errors:
/// all comes as output.
/// </summary>
public sealed class PodLog(Kubectl kubectl, ServiceInstance instance, LogRequest request, Func<bool, ReadOnlyMemory<byte>, ValueTask> sink)
{
    private const string GoneId = "ContainerNotFound";
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _turn = new(1);
    private int _open;
    private bool _found;

    /// <summary>Reads to the end of what there is, or when following to the end of the containers.</summary>
    /// <exception cref="OpsException"><c>ContainerNotFound</c>.</exception>
    public Task ReadAsync(CancellationToken cancellationToken)
    {
        string[] all = [.. instance.InitContainers, .. instance.Containers];
        if (all.Length == 1 && (instance.Restarts == 0 || request.Follow) && request is { Since: null, Until: null })
            return CopyAsync(all[0], cancellationToken);
        return request.Follow ? FollowAsync(all, cancellationToken) : MergeAsync(all, cancellationToken);
    }

    /// <summary>The pod is gone.</summary>
    public static OpsException Gone(ServiceInstance instance, Exception? cause) =>
        new(GoneId, OpsErrorCategory.ObjectNotFound, $"The pod {instance.Name} is gone.", "See what there is with Get-OpsService.", instance.Name, cause);

    /// <summary>One container, of which all is wanted: its bytes as they are.</summary>
    private async Task CopyAsync(string container, CancellationToken cancellationToken)
    {
        await using RunningProgram program = kubectl.Start(Arguments(container, request.Since, request.Timestamps));
        program.Input.Close();
        byte[] block = new byte[128 * 1024];
        for (int read; (read = await program.Output.ReadAsync(block, cancellationToken).ConfigureAwait(false)) > 0;) await sink(false, block.AsMemory(0, read)).ConfigureAwait(false);
        await EndAsync(program, cancellationToken).ConfigureAwait(false);
    }

    private async Task MergeAsync(string[] containers, CancellationToken cancellationToken)
    {
        var readers = new List<IAsyncEnumerator<StampedLine>>();
        var heads = new PriorityQueue<IAsyncEnumerator<StampedLine>, (DateTimeOffset, int)>();
        var last = new Queue<StampedLine>();
        try
        {
            foreach (string container in containers)
            {
                IAsyncEnumerator<StampedLine> now = Open(container, isBefore: false);
                bool has = await now.MoveNextAsync().ConfigureAwait(false);
                if (has) heads.Enqueue(now, (now.Current.Time, readers.Count));
                // Why it was started again stands in what it said before, which the cluster keeps of one run. While a container waits for its
                // next run, the last one is both.
                if (instance.Restarts == 0) continue;
                IAsyncEnumerator<StampedLine> before = Open(container, isBefore: true);
                if (await before.MoveNextAsync().ConfigureAwait(false)
                    && !(has && now.Current.Bytes.Span.SequenceEqual(before.Current.Bytes.Span)))
                    heads.Enqueue(before, (before.Current.Time, readers.Count));
            }
            while (heads.TryDequeue(out IAsyncEnumerator<StampedLine>? first, out (DateTimeOffset, int Index) place))
            {
                if (request.Tail is null) await GiveAsync(first.Current).ConfigureAwait(false);
                else
                {
                    last.Enqueue(first.Current);
                    if (last.Count > request.Tail) last.Dequeue();
                }
                await AdvanceAsync(first, place.Index).ConfigureAwait(false);
            }
            foreach (StampedLine line in last) await GiveAsync(line).ConfigureAwait(false);
        }
        finally
        {
            foreach (IAsyncEnumerator<StampedLine> reader in readers) await reader.DisposeAsync().ConfigureAwait(false);
        }

        IAsyncEnumerator<StampedLine> Open(string container, bool isBefore)
        {
            readers.Add(LinesAsync(container, request.Since, isBefore, cancellationToken).GetAsyncEnumerator(cancellationToken));
            return readers[^1];
        }

        async ValueTask AdvanceAsync(IAsyncEnumerator<StampedLine> reader, int index)
        {
            if (await reader.MoveNextAsync().ConfigureAwait(false)) heads.Enqueue(reader, (reader.Current.Time, index));
        }
    }

    /// <summary>All at once, whole lines as they come. A container that starts again is read on for as long as another one of the pod goes on.</summary>
    private async Task FollowAsync(string[] containers, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _open = containers.Length;
        Task[] all = [.. containers.Select(c => FollowAsync(c, stop.Token))];
        try { await Task.WhenAll(all).ConfigureAwait(false); }
        finally { await stop.CancelAsync().ConfigureAwait(false); }
    }

    private async Task FollowAsync(string container, CancellationToken cancellationToken)
    {
        DateTimeOffset? since = request.Since;
        while (true)
        {
            try
            {
                await foreach (StampedLine line in LinesAsync(container, since, false, cancellationToken).ConfigureAwait(false))
                {
                    since = line.Time.AddTicks(1);
                    await GiveAsync(line).ConfigureAwait(false);
                }
                Volatile.Write(ref _found, true);
            }
            // It went while others of it were read: that is the end, wherever this one's kubectl had got to.
            catch (OpsException e) when (e.ErrorId == GoneId && Volatile.Read(ref _found)) { }
            if (Interlocked.Decrement(ref _open) <= 0 || instance.InitContainers.Contains(container)) return;
            await Task.Delay(Again, cancellationToken).ConfigureAwait(false);
            if (Volatile.Read(ref _open) <= 0) return;
            Interlocked.Increment(ref _open);
        }
    }

    private async IAsyncEnumerable<StampedLine> LinesAsync(string container, DateTimeOffset? since, bool isBefore,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<string> arguments = Arguments(container, since, timestamps: true);
        if (isBefore) arguments.Add("--previous");
        await using RunningProgram program = kubectl.Start(arguments);
        program.Input.Close();
        await foreach (StampedLine line in StampedLine.ReadAsync(program.Output, cancellationToken).ConfigureAwait(false))
        {
            // The API server knows seconds only, and no end.
            if (request.Until is { } until && line.Time > until) break;
            if (since is null || line.Time >= since) yield return line;
        }
        if (request.Until is null) await EndAsync(program, cancellationToken).ConfigureAwait(false);
    }

    private List<string> Arguments(string container, DateTimeOffset? since, bool timestamps)
    {
        var arguments = new List<string> { "logs", instance.Name, "--container=" + container };
        if (timestamps) arguments.Add("--timestamps");
        if (since is { } from) arguments.Add("--since-time=" + from.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        // Until may take away what the tail is counted from.
        if (request is { Tail: { } tail, Until: null }) arguments.Add(string.Create(CultureInfo.InvariantCulture, $"--tail={tail}"));
        if (request.Follow) arguments.Add("--follow");
        return arguments;
    }

    private async ValueTask GiveAsync(StampedLine line)
    {
        Volatile.Write(ref _found, true);
        await _turn.WaitAsync().ConfigureAwait(false);
        try { await sink(false, request.Timestamps ? line.Bytes : line.Bytes[line.Stamp..]).ConfigureAwait(false); }
        finally { _turn.Release(); }
    }

    private async Task EndAsync(RunningProgram program, CancellationToken cancellationToken)
    {
        if (await program.EndAsync(cancellationToken).ConfigureAwait(false) == 0) return;
        string said = program.ErrorTail;
        // It has not started yet, so it has said nothing.
        if (said.Contains("is waiting to start", StringComparison.Ordinal) || said.Contains("is not valid for pod", StringComparison.Ordinal)
            || said.Contains("previous terminated container", StringComparison.Ordinal)) return;
        OpsException error = await kubectl.ErrorAsync(said, cancellationToken).ConfigureAwait(false);
        // Of a pod that goes the container, and what it said, may be gone before the pod is.
        throw error.ErrorId == KubectlErrors.NotFound || (said.Contains("(BadRequest)", StringComparison.Ordinal)
            && said.Contains(" is terminated", StringComparison.Ordinal)) ? Gone(instance, error) : error;
    }
}
