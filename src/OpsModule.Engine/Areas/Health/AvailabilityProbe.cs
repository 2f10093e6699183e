using System.Diagnostics;
using System.Net.Sockets;
using OpsModule.Foundations.Network;

namespace OpsModule.Engine.Areas.Health;

/// <summary>What to measure.</summary>
public sealed record AvailabilityRequest
{
    /// <summary>The endpoint.</summary>
    public required Uri Uri { get; init; }

    /// <summary>Requests each second.</summary>
    public double Rate { get; init; } = 10;

    /// <summary>How long.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A request that takes longer has failed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The status that is a good answer; 0 for any below 400.</summary>
    public int Status { get; init; }
}

/// <summary>
/// Asks an endpoint at a fixed rate. Each request has its moment on a schedule that is made at the beginning; an endpoint that hangs does not
/// hold up the requests after it, and the time that one had to wait counts as part of its answer. So a stall of a second shows as what it
/// was for all who would have come in that second, and not as one slow request.
/// </summary>
public sealed class AvailabilityProbe(TimeProvider time)
{
    /// <summary>Measures.</summary>
    /// <param name="request">What.</param>
    /// <param name="progress">Told how many requests were sent, of how many.</param>
    /// <param name="cancellationToken">Ends it without a result.</param>
    public async Task<AvailabilityRecord> RunAsync(AvailabilityRequest request, Action<int, int>? progress, CancellationToken cancellationToken)
    {
        int count = Math.Max(1, (int)Math.Round(request.Rate * request.Duration.TotalSeconds));
        var answers = new Answer[count];
        using var client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = !request.Uri.IsLoopback,
            // A new address behind the name must be seen during a rollout.
            PooledConnectionLifetime = TimeSpan.FromSeconds(5),
        }) { Timeout = Timeout.InfiniteTimeSpan };
        DateTimeOffset startedAt = time.GetUtcNow();
        long start = Stopwatch.GetTimestamp();
        var running = new List<Task>(count);
        for (int i = 0; i < count; i++)
        {
            TimeSpan due = TimeSpan.FromSeconds(i / request.Rate), wait = due - Stopwatch.GetElapsedTime(start);
            if (wait > TimeSpan.Zero) await Task.Delay(wait, cancellationToken).ConfigureAwait(false);
            int number = i;
            running.Add(Task.Run(async () => answers[number] = await AskAsync(client, request, start, due, cancellationToken).ConfigureAwait(false), cancellationToken));
            progress?.Invoke(i + 1, count);
        }
        await Task.WhenAll(running).ConfigureAwait(false);
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        return Sum(request, startedAt, took > request.Duration ? took : request.Duration, answers);
    }

    private static async Task<Answer> AskAsync(HttpClient client, AvailabilityRequest request, long start, TimeSpan due, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        TimeSpan left = request.Timeout - (Stopwatch.GetElapsedTime(start) - due);
        limit.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        (string what, bool good) answer;
        try
        {
            using HttpResponseMessage response = await client.GetAsync(request.Uri, HttpCompletionOption.ResponseContentRead, limit.Token).ConfigureAwait(false);
            int status = (int)response.StatusCode;
            answer = (status.ToString(), request.Status == 0 ? status < 400 : status == request.Status);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested) { answer = ("no answer in time", false); }
        catch (HttpRequestException e) { answer = (Words(e), false); }
        return new Answer(due, Stopwatch.GetElapsedTime(start) - due, answer.good, answer.what);
    }

    internal static AvailabilityRecord Sum(AvailabilityRequest request, DateTimeOffset startedAt, TimeSpan duration, IReadOnlyList<Answer> answers)
    {
        double[] good = [.. answers.Where(a => a.Good).Select(a => a.Took.TotalSeconds).Order()];
        var gaps = new List<AvailabilityGap>();
        for (int i = 0; i < answers.Count; i++)
        {
            if (answers[i].Good) continue;
            int first = i;
            while (i + 1 < answers.Count && !answers[i + 1].Good) i++;
            TimeSpan end = i + 1 < answers.Count ? answers[i + 1].Due : duration;
            gaps.Add(new AvailabilityGap(startedAt + answers[first].Due, end - answers[first].Due, i - first + 1, answers[first].What));
        }
        return new AvailabilityRecord
        {
            Uri = request.Uri.ToString(),
            StartedAt = startedAt,
            Duration = duration,
            Requests = answers.Count,
            Failures = answers.Count - good.Length,
            Gaps = gaps,
            P50 = At(0.5),
            P95 = At(0.95),
            P99 = At(0.99),
            Slowest = At(1),
            Answers = answers.GroupBy(a => a.What).OrderByDescending(g => g.Count()).ToDictionary(g => g.Key, g => g.Count()),
        };

        TimeSpan At(double share) => good.Length == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(EndpointCheck.At(good, share));
    }

    private static string Words(HttpRequestException e) => e switch
    {
        { InnerException: SocketException socket } => SocketWords.Of(socket),
        { HttpRequestError: HttpRequestError.SecureConnectionError } => "no trusted TLS connection",
        _ => "the connection broke off",
    };

    /// <summary>What came of one request.</summary>
    /// <param name="Due">When it was to be sent, from the beginning on.</param>
    /// <param name="Took">From that moment to the end of its answer.</param>
    /// <param name="Good">Whether it was answered well.</param>
    /// <param name="What">The status, or why there is none.</param>
    internal readonly record struct Answer(TimeSpan Due, TimeSpan Took, bool Good, string What);
}
