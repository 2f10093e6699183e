using System.Runtime.CompilerServices;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Attacks.Reading;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Attacks;

/// <summary>
/// Scans files or services in batches of matches. With a baseline it goes on where an earlier run ended. A run that comes to its end counts
/// as a whole; of one that is stopped or killed before nothing counts, since nobody knows what became of its matches, and the next run gives
/// them again. One that follows counts what was taken, which is when the next batch is asked for, a second later and when it is stopped.
/// </summary>
/// <param name="query">What is looked for.</param>
/// <param name="sources">Where.</param>
/// <param name="platform">Where the services run; null when only files are read.</param>
/// <param name="reporter">Where it says what it could not read.</param>
/// <param name="time">The clock.</param>
public sealed class AttackHunt(AttackQuery query, AttackSources sources, IServicePlatform? platform, IOpsReporter reporter, TimeProvider time)
{
    /// <summary>The scanner, where there is one already.</summary>
    internal AttackScanner? Scanner { get; init; }

    /// <summary>Runs; matches of one source come in the order of its lines, those of several instances by their times.</summary>
    /// <exception cref="OpsException"><c>BaselineBusy</c>, <c>BaselineInvalid</c>, <c>BaselineUnwritable</c>, <c>ServiceNotFound</c> and what the platform reports.</exception>
    public async IAsyncEnumerable<IReadOnlyList<AttackMatch>> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using Baseline? baseline = sources.Baseline is { } path ? await Baseline.OpenAsync(path, time, cancellationToken).ConfigureAwait(false) : null;
        bool counts = sources.Follow;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task keeping = counts && baseline is not null ? KeepAsync(baseline, stop.Token) : Task.CompletedTask;
        AttackScanner scanner = Scanner ?? new AttackScanner(query, time);
        if (Scanner is null) scanner.OnUnknown = (source, line) => reporter.Warning(Unknown(source, line));
        try
        {
            IAsyncEnumerable<IReadOnlyList<AttackMatch>> matches = sources.Files is { } files
                ? new FileHunt(scanner, baseline, Failed, reporter, time).RunAsync(files, sources.Follow, cancellationToken)
                : new ServiceHunt(scanner, query, sources, baseline, new LogReader(platform, reporter, time, Failed) { Unknown = sources.Unknown }).RunAsync(cancellationToken);
            await foreach (IReadOnlyList<AttackMatch> batch in matches.ConfigureAwait(false)) yield return batch;
            counts = true;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await keeping.ConfigureAwait(false);
            if (counts) baseline?.Save();
        }
    }

    /// <summary>What to say of requests in a form that is not known.</summary>
    /// <param name="source">Where they stand.</param>
    /// <param name="line">One of them.</param>
    public static string Unknown(string source, string line) =>
        $"{source} has requests in a form that is not known: who asked, when, and how it ended is not told of all of them. One is: {PrintableText.Of(line)} "
        + "Describe it under attacks.formats, such as {client} [{time}] {request} {status}.";

    /// <summary>While following, writes down every second what was taken a second ago.</summary>
    private async Task KeepAsync(Baseline baseline, CancellationToken cancellationToken)
    {
        bool warned = false;
        while (true)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested) return;
            try
            {
                baseline.SaveSettled();
                warned = false;
            }
            catch (OpsException e)
            {
                if (!warned) reporter.Warning($"{e.Message} It is tried again.");
                warned = true;
            }
        }
    }

    /// <summary>One source that cannot be read keeps nobody from the others.</summary>
    private void Failed(OpsException e) => reporter.Warning($"{e.Message} {e.RecommendedAction}");
}
