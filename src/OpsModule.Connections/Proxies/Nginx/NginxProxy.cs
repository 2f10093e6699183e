using System.Globalization;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Proxies.Nginx;

/// <summary>
/// nginx as Debian 12 has it: a file of ours with the servers, a reload, and a look at the new workers. It has no draining of its own: a
/// server is taken out, and workers from before the reload finish what they have.
/// </summary>
public sealed class NginxProxy(NginxOptions options, INginxSeat seat, TimeProvider time) : IServiceProxy
{
    private const string Generation = "X-OpsModule-Generation", Upstream = "X-OpsModule-Upstream";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8), Interval = TimeSpan.FromMilliseconds(20);

    private readonly NginxWorkers _workers = new(options, seat);

    /// <inheritdoc/>
    public string Name => options.Name;

    /// <inheritdoc/>
    public string Description => $"nginx ({seat.Words})";

    /// <inheritdoc/>
    public IReadOnlyList<string>? Networks => options.Networks;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ProxyServer>> ReadAsync(string service, CancellationToken cancellationToken) =>
        [.. (await FileAsync(service, cancellationToken).ConfigureAwait(false)).File.Servers.Select(s => s.Server)];

    /// <inheritdoc/>
    public async Task CheckAsync(string service, CancellationToken cancellationToken)
    {
        await FileAsync(service, cancellationToken).ConfigureAwait(false);
        (int code, string dump, string errors) = await RunAsync(["-T"], cancellationToken).ConfigureAwait(false);
        if (code != 0) throw Refused(errors);
        var loaded = NginxDump.Parse(dump);
        string file = options.FileOf(service);
        if (!loaded.Files.ContainsKey(file)) throw ProxyErrors.Unknown(Description, service, $"its configuration does not include {file}");
        if (!loaded.Files.Any(f => f.Key != file && NginxDump.PassesTo(f.Value, service)))
            throw ProxyErrors.Unknown(Description, service, $"no proxy_pass of its configuration leads to http://{service}");
        await GenerationAsync(service, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> FindBypassesAsync(string service, CancellationToken cancellationToken)
    {
        (int code, string dump, string errors) = await RunAsync(["-T"], cancellationToken).ConfigureAwait(false);
        return code != 0 ? throw Refused(errors) : [.. NginxDump.Parse(dump).Files.SelectMany(f => NginxDump.ByName(f.Value, service)
            .Select(url => $"proxy_pass {url} in {f.Key}")).Distinct()];
    }

    /// <inheritdoc/>
    public async Task SetAsync(ChangeScope scope, string service, IReadOnlyList<ProxyServer> servers, CancellationToken cancellationToken)
    {
        IReadOnlyList<ProxyServer> wanted = ProxyNames.Servers(servers);
        (UpstreamFile before, string text) = await FileAsync(service, cancellationToken).ConfigureAwait(false);
        UpstreamFile after = before.With(wanted, time.GetUtcNow());
        // Written and loaded already, as it would be: by an earlier call, or by one that was killed after it.
        if (after.MeasuredFrom == before.MeasuredFrom && before.Servers.Select(s => s.Server).SequenceEqual(wanted)
            && text == before.Text(options) && await GenerationAsync(service,
                cancellationToken).ConfigureAwait(false) == before.Generation(options)) return;
        string file = options.FileOf(service);
        // What is measured anew begins with an empty log; nginx makes it when it loads the file.
        if (after.MeasuredFrom != before.MeasuredFrom) await seat.RemoveAsync(options.LogOf(service),
            cancellationToken).ConfigureAwait(false);
        await seat.WriteAsync(file, after.Text(options), cancellationToken).ConfigureAwait(false);
        bool told = false;
        try
        {
            await TestAsync(cancellationToken).ConfigureAwait(false);
            told = true;
            await LoadAsync(service, after.Generation(options), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await seat.WriteAsync(file, text, CancellationToken.None).ConfigureAwait(false);
            // It may be only late: then it must not load the other file after all.
            if (told) await RunAsync(["-s", "reload"], CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<long?> CountAsync(string service, ProxyServer server, CancellationToken cancellationToken)
    {
        (UpstreamFile file, _) = await FileAsync(service, cancellationToken).ConfigureAwait(false);
        (ProxyServer Server, DateTimeOffset Since)[] known = [.. file.Servers.Where(s =>
            s.Server.EndPoint == ProxyNames.Server(server).EndPoint)];
        if (known.Length == 0 || await MeasureAsync(service, known[0].Since,
            cancellationToken).ConfigureAwait(false) is not { } all) return null;
        return all.Where(t => t.Server.EndPoint == known[0].Server.EndPoint).Sum(t => t.Requests);
    }

    /// <inheritdoc/>
    public async Task<ProxyProof> ProveAsync(string service, ProxyServer server, TimeSpan limit, CancellationToken cancellationToken)
    {
        string meant = ProxyNames.Server(server).EndPoint;
        return await new ProofRequests(time, limit).RunAsync(() => AskAsync(service, "/proof", cancellationToken), answer =>
        {
            // One server for each request, and nginx's own word whether it has answered: "10.0.0.5:80 200 0.004".
            string[] words = answer.Header(Upstream).Split(' ');
            bool isIts = words is [var by, var status, not "-", ..] && by == meant
                && status == answer.Status.ToString(CultureInfo.InvariantCulture);
            string whose = words is [{ Length: > 0 } other, var told, ..] ? ProofRequests.Told(other, told)
                : ProofRequests.Told("", answer.Status);
            return (whose, isIts ? $"nginx says that {meant} has answered a request of ours ({ProofWords})" : null);
        }, $"nginx was not seen to have {meant}", cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ProxyTraffic>?> MeasureAsync(string service, DateTimeOffset since, CancellationToken cancellationToken)
    {
        (UpstreamFile file, _) = await FileAsync(service, cancellationToken).ConfigureAwait(false);
        // What is outside of the time that nginx logs is not nothing, but unknown.
        if (since < file.MeasuredFrom || time.GetUtcNow() > file.MeasuredUntil) return null;
        string? log = await seat.ReadAsync(options.LogOf(service), cancellationToken).ConfigureAwait(false);
        // An empty log may be that of a configuration that logs nothing (access_log off): that is not the same as no requests.
        return log is not null && NginxLog.Read(log, service, since) is { Count: > 0 } traffic ? traffic : null;
    }

    /// <inheritdoc/>
    public Task<string?> HoldsAsync(string service, ProxyServer server, CancellationToken cancellationToken) =>
        _workers.OldAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private string ProofWords => $"GET {options.ProofPath}";

    private async Task TestAsync(CancellationToken ct)
    {
        (int code, _, string errors) = await RunAsync(["-t"], ct).ConfigureAwait(false);
        if (code != 0) throw Refused(errors);
    }

    private async Task LoadAsync(string service, string generation, CancellationToken ct)
    {
        await _workers.NoteAsync(ct).ConfigureAwait(false);
        (int code, _, string errors) = await RunAsync(["-s", "reload"], ct).ConfigureAwait(false);
        if (code != 0) throw ProxyErrors.Unreachable(Description, NginxDump.Reason(errors));
        long start = time.GetTimestamp();
        while (await SeenAsync(service, ct).ConfigureAwait(false) != generation)
        {
            if (time.GetElapsedTime(start) >= options.ReloadLimit)
                throw ProxyErrors.Refused(Description, "it was told to reload, and its workers go on with the configuration from before",
                    "Its error log says why (nginx -t does not find everything: a port that is taken, for example).");
            await Task.Delay(Interval, time, ct).ConfigureAwait(false);
        }
        // One that has not heard of it yet takes connections, and sends them to where they were to go before.
        while (!await _workers.HaveHeardAsync(ct).ConfigureAwait(false) && time.GetElapsedTime(start) < options.ReloadLimit)
            await Task.Delay(Interval, time, ct).ConfigureAwait(false);
    }

    /// <summary>What a worker says that it has loaded; null where none says so.</summary>
    private async Task<string?> SeenAsync(string service, CancellationToken ct)
    {
        try { return await GenerationAsync(service, ct).ConfigureAwait(false); }
        catch (OpsException e) when (ProxyErrors.ProxyUnreachable.Is(e) || ProxyErrors.ProxyServiceUnknown.Is(e)) { return null; }
    }

    private async Task<string> GenerationAsync(string service, CancellationToken ct)
    {
        PlainAnswer answer;
        try { answer = await AskAsync(service, "/generation", ct).ConfigureAwait(false); }
        catch (IOException e) { throw ProxyErrors.Unreachable(Description, e.Message, e); }
        return answer.Header(Generation).Split(' ') is [var named, var generation] && named == service ? generation
            : throw ProxyErrors.Unknown(Description, service,
                $"port {options.Port} is not answered by our server in nginx: has nginx been reloaded since "
                + "the file was written?");
    }

    private async Task<PlainAnswer> AskAsync(string service, string path, CancellationToken ct)
    {
        ProxyRoute route = await seat.RouteAsync(options.Port, ct).ConfigureAwait(false);
        return await PlainHttp.AskAsync(route, "GET", path, $"{ProxyNames.Service(service)}.opsmodule", null, null, Patience,
            ct).ConfigureAwait(false);
    }

    private async Task<(UpstreamFile File, string Text)> FileAsync(string service, CancellationToken ct)
    {
        string path = options.FileOf(service);
        string text = await seat.ReadAsync(path, ct).ConfigureAwait(false) ?? throw ProxyErrors.Unknown(Description, service,
            $"there is no file {path}");
        try { return (UpstreamFile.Parse(service, text), text); }
        catch (FormatException e)
        {
            throw ProxyErrors.ProxyConfigurationUnclear.Make(
                $"{path} is not as OpsModule has written it: {e.Message}. Nothing was changed.",
                "Take that line out, or let New-OpsProxyConfiguration write the file anew.", path);
        }
    }

    private Task<(int Code, string Output, string Errors)> RunAsync(IReadOnlyList<string> arguments, CancellationToken ct) =>
        seat.RunAsync(["nginx", .. options.Configuration is { } main ? (string[])["-c", main] : [], .. arguments], ct);

    private OpsException Refused(string errors) => ProxyErrors.Refused(Description, NginxDump.Reason(errors),
        "Mend nginx's configuration (nginx -t shows the line), then run the command again.");
}
