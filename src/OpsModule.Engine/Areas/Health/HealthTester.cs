using System.Runtime.CompilerServices;
using System.Threading.Channels;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Health;

/// <summary>Looks at everything of an environment at once. What is dead or hangs costs its own checks, and no others.</summary>
public sealed class HealthTester(OpsContext context)
{
    /// <summary>Errors that say that a check could not be made, and nothing of what it was to look at.</summary>
    private static readonly string[] NotFoundOut =
        ["SecretNotFound", "SecretProviderUnsupported", "PlatformUnsupported", "ProgramMissing", "ProgramNotTrusted", "ThresholdInvalid", "CacheUnknown", "DatabaseUnknown", "StatementFailed",
        "CertificateFileInvalid", "QueryFailed", "QueryNotReading", "CommandNotReading", "CredentialsInClear", "PoolerBetween"];

    /// <summary>The results, each as soon as it is known.</summary>
    /// <exception cref="OpsException"><c>CheckUnknown</c>, <c>ServiceNotFound</c>: a name was given that there is not.</exception>
    public async IAsyncEnumerable<HealthResult> RunAsync(HealthRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        HealthPlan plan = HealthPlan.Make(context, request);
        Channel<HealthResult> results = Channel.CreateUnbounded<HealthResult>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var causes = new RootCauses(plan.Needs, plan.Checks.Count(c => c.IsNeededByOthers));
        Task all = Task.WhenAll(plan.Checks.GroupBy(check => check.Lane ?? (object)check, ReferenceEqualityComparer.Instance)
            .Select(checks => RunAsync([.. checks], plan, request.Timeout, results.Writer, stop.Token)));
        _ = all.ContinueWith(_ => results.Writer.TryComplete(), TaskScheduler.Default);
        try
        {
            await foreach (HealthResult? result in results.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                foreach (HealthResult told in result is null ? causes.Ended() : causes.Take(result)) yield return told;
            foreach (HealthResult told in causes.Rest()) yield return told;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await all.ConfigureAwait(false);
        }
    }

    /// <summary>Checks that share a connection, one after another; the time of each begins with its turn.</summary>
    private async Task RunAsync(IReadOnlyList<HealthCheck> checks, HealthPlan plan, TimeSpan timeout, ChannelWriter<HealthResult> results, CancellationToken stop)
    {
        DatabaseLane? lane = checks[0].Lane;
        try
        {
            if (lane is not null) await lane.EnterAsync(stop).ConfigureAwait(false);
            foreach (HealthCheck check in checks)
            {
                Task body = await RunAsync(check, plan, check.Timeout ?? timeout, results, stop).ConfigureAwait(false);
                if (stop.IsCancellationRequested) return;
                if (lane is not null) await lane.SettleAsync(body).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
        finally
        {
            if (lane is not null) await lane.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Gives back what it began: that may still be under way when its time is up.</summary>
    private async Task<Task> RunAsync(HealthCheck check, HealthPlan plan, TimeSpan timeout, ChannelWriter<HealthResult> results, CancellationToken stop)
    {
        var report = new HealthReport(check, context, plan.Wants, results);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(timeout);
        CancellationToken token = limit.Token;
        // One that may block gets a thread of its own: the pool's few belong to those that wait politely.
        Task body = check.Blocks
            ? Task.Factory.StartNew(() => check.Body(report, token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()
            : Task.Run(() => check.Body(report, token), CancellationToken.None);
        try
        {
            // Not awaited itself: not everything looks at its token, and nobody waits for that.
            await body.WaitAsync(token).ConfigureAwait(false);
        }
        catch (Exception) when (stop.IsCancellationRequested) { }
        catch (Exception) when (token.IsCancellationRequested)
        {
            if (check.TimeoutStatus() is { } meaning)
                report.Failed(meaning, $"{check.Target} {report.Waiting} in {DurationText.Show(timeout)}.", check.TimeoutRemedy);
        }
        catch (OpsException e)
        {
            report.Failed(NotFoundOut.Contains(e.ErrorId) ? HealthStatus.Unknown : HealthStatus.Unhealthy, e.Message, e.RecommendedAction);
        }
        catch (Exception e)
        {
            // A target that fails in a way nobody foresaw must not hide what the others say.
            report.Failed(HealthStatus.Unknown, $"The check failed: {e.GetType().Name}: {e.Message.TrimEnd('.')}.",
                "This is a defect of OpsModule. Please report it.");
        }
        finally
        {
            report.Close();
            // Stands for the end of a check whose answer others wait for.
            if (check.IsNeededByOthers) results.TryWrite(null!);
            _ = body.ContinueWith(ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }
        return body;
    }
}
