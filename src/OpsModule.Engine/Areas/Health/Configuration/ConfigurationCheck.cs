using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Health.Configuration;

/// <summary>
/// Whether containers were made with the settings that the compose file and its variables have now: who believes that a leaked key is
/// replaced must hear when it is still in use.
/// </summary>
internal static class ConfigurationCheck
{
    public const string Name = "service.config";

    private const string Remedy = "See whether it answers by hand: docker compose config.";

    /// <summary>How long Compose may take to say what it would make: it is a program of its own, and slow on a busy machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>One check for each service of the compose files; they are compared together.</summary>
    public static IEnumerable<HealthCheck> All(OpsContext context)
    {
        if (context.Environment.Platform.Kind != PlatformKind.Compose) return [];
        var shared = new Shared(context);
        return ComposeProject.NamesOf(context.Environment.Platform).Distinct(StringComparer.Ordinal).Select(service =>
            new HealthCheck(Name, service, (report, token) => shared.ReportAsync(service, report, token))
            {
                Services = [service],
                Timeout = Patience,
                TimeoutStatus = shared.SayUnknown,
                TimeoutRemedy = Remedy,
            });
    }

    /// <summary>One comparison for all services, begun by the first that asks.</summary>
    private sealed class Shared(OpsContext context)
    {
        private readonly object _gate = new();
        private Task<IReadOnlyList<ServiceConfiguration>>? _compared;
        private int _failed;

        /// <summary>An engine that does not answer is told by service.state; here it is said once that nothing was seen.</summary>
        public HealthStatus? SayUnknown() => Interlocked.Exchange(ref _failed, 1) == 0 ? HealthStatus.Unknown : null;

        public async Task ReportAsync(string service, HealthReport report, CancellationToken token)
        {
            Task<IReadOnlyList<ServiceConfiguration>> all;
            report.Await("is compared with the compose files, and Compose gave no answer");
            lock (_gate) all = _compared ??= CompareAsync(context, token);
            try
            {
                if ((await all.WaitAsync(token).ConfigureAwait(false)).FirstOrDefault(c =>
                    c.Service == service) is { } found) Report(found, report);
            }
            catch (OpsException e)
            {
                if (SayUnknown() is { } unknown)
                    report.Said(unknown, $"Whether services have the settings of now cannot be told: {e.Message}",
                        e.RecommendedAction ?? Remedy);
            }
        }
    }

    private static async Task<IReadOnlyList<ServiceConfiguration>> CompareAsync(OpsContext context, CancellationToken token)
    {
        using IServicePlatform platform = context.OpenPlatform();
        return await platform.CompareConfigurationAsync(null, token).ConfigureAwait(false);
    }

    private static void Report(ServiceConfiguration found, HealthReport report)
    {
        string words = char.ToUpperInvariant(found.Words[0]) + found.Words[1..] + ".";
        if (found.IsCurrent is null) report.Said(HealthStatus.Unknown, $"Whether it has the settings of now cannot be told: {found.Words}.",
            "Say where its compose file is: platform: { compose: { file: ... } } in the environment file.");
        else if (found.IsCurrent is true) report.Said(HealthStatus.Healthy, words);
        else report.Said(HealthStatus.Degraded, $"It runs with other settings than it would be made with now: {found.Words}.",
            $"Make it anew, which a restart does not: Restart-OpsService {found.Service} -Recreate.");
    }
}
