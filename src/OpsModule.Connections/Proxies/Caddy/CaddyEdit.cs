using System.Text.Json;
using System.Text.Json.Nodes;

namespace OpsModule.Connections.Proxies.Caddy;

/// <summary>
/// Makes a user's Caddy configuration (JSON) one that can be told servers: an @id for the handler of a service, addresses in the place of
/// its
/// name, and a handler for proofs.
/// </summary>
public static class CaddyEdit
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The same text as <see cref="Of"/> writes it, unchanged, so that only changes differ.</summary>
    /// <exception cref="FormatException">It is no JSON.</exception>
    public static string Normal(string text) => Parse(text).ToJsonString(Indented) + "\n";

    /// <summary>Changes the file.</summary>
    /// <exception cref="FormatException">Something of it is not understood.</exception>
    public static string Of(string text, string service, CaddyOptions options, string proofPath, IReadOnlyList<ProxyServer> servers)
    {
        JsonObject root = Parse(text);
        if (root["apps"]?["http"]?["servers"] is not JsonObject all) throw new FormatException("it has no apps.http.servers");
        string id = CaddyOptions.IdOf(service), proofId = CaddyOptions.ProofIdOf(service);
        JsonObject[] handlers = [.. Handlers(all).Where(h => Text(h["@id"]) == id || Dials(h).Any(d => IsTo(d, service)))];
        if (handlers is not [var handler])
            throw new FormatException(
                $"{handlers.Length} handlers reverse_proxy of it lead to {service}, and one was expected (an @id names one alone)");
        if (Text(handler["@id"]) is { } other
            && other != id) throw new FormatException($"the handler of {service} has the @id '{other}' already, and {id} was expected");
        if (handler.ContainsKey("dynamic_upstreams")) throw new FormatException(
            $"the handler of {service} finds its upstreams by itself (dynamic_upstreams)");
        if (handler["transport"]?["tls"] is not null) throw new FormatException(
            $"the handler of {service} speaks TLS with its upstreams, which proofs do not");
        handler["@id"] = id;
        handler["upstreams"] = Upstreams(servers);
        if (options.Proof is { } proof) Prove(all, proof, service, proofId, ProxyNames.RequestPath(proofPath), servers);
        return root.ToJsonString(Indented) + "\n";
    }

    /// <summary>Where it sends a service's requests to by the service's name.</summary>
    /// <exception cref="FormatException">It is no JSON.</exception>
    public static IReadOnlyList<ConfiguredServer> ServersOf(string text, string service) =>
        [.. Handlers(Parse(text)["apps"]?["http"]?["servers"]).SelectMany(Dials).Where(d => IsTo(d, service))
            .Select(d => ConfiguredServer.Parse(d, $"the dial {d}")).OfType<ConfiguredServer>()];

    private static bool IsTo(string dial, string service) => dial.Split(':')[0] == service;

    private static void Prove(JsonObject all, ProxyRoute proof, string service, string id, string path, IReadOnlyList<ProxyServer> servers)
    {
        if (all["opsmodule"] is not JsonObject ours)
            all["opsmodule"] = ours = new JsonObject { ["listen"] = new JsonArray(proof.Path is { } socket
                ? "unix/" + ProxyNames.FilePath(socket) : proof.ToString()), ["routes"] = new JsonArray() };
        if (ours["routes"] is not JsonArray routes) throw new FormatException("its server opsmodule is another one than OpsModule's");
        JsonNode? known = routes.FirstOrDefault(r => Handlers(r).Any(h => Text(h["@id"]) == id));
        if (known is not null) routes.Remove(known);
        routes.Add(new JsonObject
        {
            ["match"] = new JsonArray(new JsonObject { ["path"] = new JsonArray("/" + ProxyNames.Service(service)) }),
            ["handle"] = new JsonArray(
                new JsonObject { ["handler"] = "rewrite", ["uri"] = path },
                new JsonObject
                {
                    ["handler"] = "headers",
                    ["response"] = new JsonObject
                    {
                        ["set"] = new JsonObject { ["X-OpsModule-Upstream"] = new JsonArray("{http.reverse_proxy.upstream.hostport}") },
                            ["deferred"] = true,
                    },
                },
                new JsonObject { ["@id"] = id, ["handler"] = "reverse_proxy", ["upstreams"] = Upstreams(servers) }),
        });
    }

    private static JsonArray Upstreams(IReadOnlyList<ProxyServer> servers) =>
        new([.. servers.Select(s => new JsonObject { ["dial"] = ProxyNames.Server(s).EndPoint })]);

    private static JsonObject Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject ?? throw new FormatException("it is no JSON object");
        }
        catch (JsonException)
        {
            throw new FormatException(
                "it is no JSON; of a Caddyfile, 'caddy adapt --config Caddyfile --pretty' makes it, and Caddy has to be started with it "
                    + "and with --resume");
        }
    }

    private static IEnumerable<JsonObject> Handlers(JsonNode? node)
    {
        if (node is JsonArray list) return list.SelectMany(Handlers);
        if (node is not JsonObject map) return [];
        IEnumerable<JsonObject> below = map.SelectMany(m => Handlers(m.Value));
        // Ours are no handlers of users.
        return Text(map["handler"]) == "reverse_proxy" ? below.Prepend(map) : below;
    }

    private static IEnumerable<string> Dials(JsonObject handler) =>
        (handler["upstreams"] as JsonArray ?? []).OfType<JsonObject>().Select(u => Text(u["dial"]) ?? "");

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
