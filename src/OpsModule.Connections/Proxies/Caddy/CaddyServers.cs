using System.Text.Json;
using System.Text.Json.Nodes;

namespace OpsModule.Connections.Proxies.Caddy;

/// <summary>
/// The HTTP servers of a Caddy's configuration, in which handlers are known by their @id. Only their upstreams are changed; all else goes
/// back as it came.
/// </summary>
internal sealed class CaddyServers
{
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 256 };

    private readonly JsonNode _root;

    private CaddyServers(JsonNode root) => _root = root;

    /// <summary>Reads them.</summary>
    /// <exception cref="FormatException">It is no object.</exception>
    public static CaddyServers Parse(string text)
    {
        try { return new CaddyServers(JsonNode.Parse(text, null, Deep) as JsonObject
            ?? throw new FormatException("its HTTP servers are no object")); }
        catch (JsonException e) { throw new FormatException("its HTTP servers are no JSON", e); }
    }

    /// <summary>What a handler sends to; null when there is no such handler.</summary>
    /// <exception cref="FormatException">It sends to something that is no address, or finds its upstreams by itself.</exception>
    public IReadOnlyList<ProxyServer>? Read(string id)
    {
        if (Find(id) is not { } handler) return null;
        if (handler.ContainsKey("dynamic_upstreams")) throw new FormatException(
            $"the handler {id} finds its upstreams by itself (dynamic_upstreams)");
        return [.. Upstreams(handler).Select(u => Dial(u) is var dial && ProxyNames.Parse(dial) is { } server ? server
            : throw new FormatException($"the handler {id} sends to '{dial}', which is no address and port"))];
    }

    /// <summary>Lets a handler send to these; what stood with one that stays (max_requests) stays.</summary>
    public void Write(string id, IEnumerable<ProxyServer> servers)
    {
        JsonObject handler = Find(id) ?? throw new FormatException($"there is no handler {id}");
        Dictionary<string, JsonObject> known = Upstreams(handler).GroupBy(Dial).ToDictionary(g => g.Key, g => g.First());
        handler["upstreams"] = new JsonArray([.. servers.Select(s => s.EndPoint).Select(dial =>
            known.TryGetValue(dial, out JsonObject? old) ? old.DeepClone() : new JsonObject { ["dial"] = dial })]);
    }

    /// <inheritdoc/>
    public override string ToString() => _root.ToJsonString();

    private static IEnumerable<JsonObject> Upstreams(JsonObject handler) => (handler["upstreams"] as JsonArray ?? []).OfType<JsonObject>();

    private static string Dial(JsonObject upstream) => upstream["dial"] is JsonValue value && value.TryGetValue(out string? dial) ? dial
        : "";

    private JsonObject? Find(string id)
    {
        var open = new Stack<JsonNode?>([_root]);
        while (open.TryPop(out JsonNode? node))
        {
            if (node is JsonArray list) foreach (JsonNode? item in list) open.Push(item);
            if (node is not JsonObject map) continue;
            if (map["@id"] is JsonValue value && value.TryGetValue(out string? text) && text == id
                && map["handler"] is JsonValue kind && kind.TryGetValue(out string? handler) && handler == "reverse_proxy") return map;
            foreach ((_, JsonNode? item) in map) open.Push(item);
        }
        return null;
    }
}
