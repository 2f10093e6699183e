using System.Text.Json;
using System.Text.Json.Nodes;

namespace OpsModule.Connections.Proxies.Caddy;

/// <summary>Caddy's admin API: the HTTP servers of its configuration, read with their ETag and put back only where nobody else was
/// faster.</summary>
internal sealed class CaddyAdmin(CaddyOptions options, string description)
{
    private const string Servers = "/config/apps/http/servers";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // Over its socket it takes only requests without a host; elsewhere the one that it listens at.
    private string Host => options.Admin.Path is null ? options.Admin.ToString() : "";

    /// <summary>The servers as they run, and what tells them from later ones.</summary>
    public async Task<(CaddyServers Servers, string Tag)> ReadAsync(CancellationToken ct)
    {
        PlainAnswer answer = await AskAsync("GET", Servers, null, null, ct).ConfigureAwait(false);
        if (answer.Status != 200) throw ProxyErrors.Unreachable(description,
            $"its admin API answers GET {Servers} with {answer.Status} ({Reason(answer)})");
        try { return (CaddyServers.Parse(answer.Body), answer.Header("Etag")); }
        catch (FormatException e) { throw ProxyErrors.Unreachable(description, e.Message, e); }
    }

    /// <summary>Puts them in the place of those that were read; false when others have changed something meanwhile.</summary>
    public async Task<bool> WriteAsync(CaddyServers servers, string tag, CancellationToken ct)
    {
        PlainAnswer answer = await AskAsync("PATCH", Servers, servers.ToString(), tag, ct).ConfigureAwait(false);
        if (answer.Status == 412) return false;
        return answer.Status == 200 ? true : throw ProxyErrors.Refused(description,
            $"its admin API answers with {answer.Status}: {Reason(answer)}",
            "Mend what it reports, then run the command again.");
    }

    /// <summary>How many requests each upstream has now, as far as this configuration knows; null where it does not say.</summary>
    public async Task<IReadOnlyDictionary<string, long>?> ActiveAsync(CancellationToken ct)
    {
        PlainAnswer answer = await AskAsync("GET", "/reverse_proxy/upstreams", null, null, ct).ConfigureAwait(false);
        var active = new Dictionary<string, long>(StringComparer.Ordinal);
        if (answer.Status != 200) return null;
        try
        {
            if (JsonNode.Parse(answer.Body) is not JsonArray upstreams) return null;
            foreach (JsonObject upstream in upstreams.OfType<JsonObject>())
                if (upstream["address"]?.GetValue<string>() is { } address) active[address] = upstream["num_requests"]?.GetValue<long>()
                    ?? 0;
            return active;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException) { return null; }
    }

    private async Task<PlainAnswer> AskAsync(string method, string path, string? body, string? tag, CancellationToken ct)
    {
        Dictionary<string, string>? headers = tag is { Length: > 0 } ? new() { ["If-Match"] = tag } : null;
        try { return await PlainHttp.AskAsync(options.Admin, method, path, Host, headers, body, Patience, ct).ConfigureAwait(false); }
        catch (IOException e) { throw ProxyErrors.Unreachable(description, $"its admin API: {e.Message}", e); }
    }

    private static string Reason(PlainAnswer answer)
    {
        try { return JsonNode.Parse(answer.Body)?["error"]?.GetValue<string>() ?? "without a reason"; }
        catch (Exception e) when (e is JsonException or InvalidOperationException) { return "without a reason"; }
    }
}
