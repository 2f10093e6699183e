using System.Globalization;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments.Rollouts;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Rollouts.Watching;

/// <summary>Asks one instance by HTTP, wherever it is.</summary>
internal sealed class InstanceProbe : IDisposable
{
    private const string Place = "{instance}";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly OpsContext _context;
    private readonly string _probe;
    private readonly HttpClient _client =
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, PooledConnectionLifetime =
        TimeSpan.Zero }) { Timeout = Patience };

    public InstanceProbe(OpsContext context, string probe) => (_context, _probe) = (context, probe);

    /// <summary>Whether it is a URL that asks one instance: any other would be answered by an old one as well.</summary>
    public static bool IsOne(string probe) => RolloutSettings.IsProbe(probe);

    /// <summary>The port that a probe asks; null where it is no probe.</summary>
    public static int? PortOf(string probe) => Uri.TryCreate(probe.Replace(Place, "127.0.0.1", StringComparison.Ordinal),
        UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https" ? url.Port : null;

    /// <summary>The URL for an instance.</summary>
    public async Task<Uri> UrlAsync(InstanceFacts instance, CancellationToken ct)
    {
        if (!IsOne(_probe)) throw RolloutErrors.RolloutRefused.Make(
            $"'{_probe}' is no probe: a URL with {Place} in the place of the host was expected.",
            "Write it as http://{instance}:4000/health.", _probe);
        int port = PortOf(_probe)!.Value;
        PortRoute route = await _context.Platform().ReachAsync(instance.Instance, port, ct).ConfigureAwait(false);
        var made = new UriBuilder(_probe.Replace(Place, "127.0.0.1", StringComparison.Ordinal)) { Host = route.Host, Port = route.Port };
        return made.Uri;
    }

    /// <summary>Asks once: null when it answered well, else what came.</summary>
    public async Task<string?> AskAsync(InstanceFacts instance, CancellationToken ct)
    {
        try
        {
            using HttpResponseMessage answer = await _client.GetAsync(await UrlAsync(instance, ct).ConfigureAwait(false),
                ct).ConfigureAwait(false);
            return answer.IsSuccessStatusCode ? null : "status " + ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested) { return "no answer in time"; }
        catch (HttpRequestException e) { return e.InnerException?.Message ?? e.Message; }
        catch (OpsException e) when (e.ErrorId is "PortUnreachable" or "ContainerNotFound") { return e.Message; }
    }

    public void Dispose() => _client.Dispose();
}
