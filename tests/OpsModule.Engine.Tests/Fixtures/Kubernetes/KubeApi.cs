using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace OpsModule.Engine.Tests.Fixtures.Kubernetes;

/// <summary>
/// An API server in this process, for the real kubectl to talk to: a fake, because no cluster can be had here. It keeps to the documented
/// shapes of the API for what kubectl asks: discovery, lists, watches, patches, the scale subresource, logs, exec, metrics and Status objects.
/// </summary>
public sealed class KubeApi : IDisposable
{
    public const string User = "system:serviceaccount:shop:operator";

    private readonly HttpListener _listener = new();
    private readonly CancellationTokenSource _stop = new();

    public KubeApi()
    {
        Port = Free();
        _listener.Prefixes.Add($"http://127.0.0.1:{Port}/");
        _listener.Start();
        Controllers = new KubeControllers(Store);
        _ = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>True takes nobody's login. kubectl sends none where there is no TLS, so there is nothing to compare.</summary>
    public bool RefusesLogins { get; set; }

    public KubeStore Store { get; } = new();

    public KubeOutput Output { get; } = new();

    public KubeControllers Controllers { get; }

    /// <summary>What the user may not do, as <c>verb resource</c>.</summary>
    public ConcurrentDictionary<string, bool> Forbidden { get; } = new();

    /// <summary>The answer of the metrics server; null without one.</summary>
    public JsonObject? Metrics { get; set; }

    /// <summary>The same of nodes.</summary>
    public JsonObject? NodeMetrics { get; set; }

    /// <summary>True cuts every connection, as a server does that goes away; those of watches, too.</summary>
    public bool IsAway
    {
        get;
        set
        {
            field = value;
            if (value) Store.EndWatches();
        }
    }

    /// <summary>True takes every request and never answers.</summary>
    public bool Hangs { get; set; }

    /// <summary>Every request, as <c>METHOD path?query</c>.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public void Dispose()
    {
        Controllers.IsStopped = true;
        _stop.Cancel();
        Store.EndWatches();
        _listener.Close();
    }

    private static int Free()
    {
        using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.GetContextAsync());
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException) { }
    }

    private async Task ServeAsync(HttpListenerContext context)
    {
        try
        {
            Requests.Enqueue($"{context.Request.HttpMethod} {context.Request.Url!.PathAndQuery}");
            if (IsAway)
            {
                context.Response.Abort();
                return;
            }
            if (Hangs) await Task.Delay(Timeout.Infinite, _stop.Token);
            if (RefusesLogins) await RefuseAsync(context, 401, "Unauthorized", "Unauthorized");
            else await RouteAsync(context, context.Request.Url.AbsolutePath);
        }
        catch (Exception e) when (e is OperationCanceledException or HttpListenerException or IOException or ObjectDisposedException or System.Net.WebSockets.WebSocketException) { }
    }

    private async Task RouteAsync(HttpListenerContext context, string path)
    {
        string[] parts = path.Trim('/').Split('/');
        int at = parts[0] == "api" ? 2 : 3;
        if (KubeDiscovery.Answer(path) is { } discovered) await AnswerAsync(context, 200, discovered);
        else if (parts[1] == "metrics.k8s.io" && Forbidden.ContainsKey("list pods.metrics.k8s.io"))
            await RefuseAsync(context, 403, "Forbidden", $"pods.metrics.k8s.io is forbidden: User \"{User}\" cannot list resource \"pods\" in API group \"metrics.k8s.io\" in the namespace \"shop\"");
        else if (parts[1] == "metrics.k8s.io" && (parts[^1] == "nodes" ? NodeMetrics : Metrics) is { } metrics) await AnswerAsync(context, 200, metrics);
        else if (parts.Length <= at || parts[1] == "metrics.k8s.io") await RefuseAsync(context, 404, "NotFound", "the server could not find the requested resource");
        else if (parts.Length == at + 1 && KubeDiscovery.Find(parts[at]) is not null) await ResourceAsync(context, parts[at], [], null);
        else if (parts[at] == "namespaces" && parts.Length <= at + 2) await ResourceAsync(context, "namespaces", parts[(at + 1)..]);
        else if (parts[at] == "namespaces" && KubeDiscovery.Find(parts[at + 2]) is not null) await ResourceAsync(context, parts[at + 2], parts[(at + 3)..], parts[at + 1]);
        else await RefuseAsync(context, 404, "NotFound", "the server could not find the requested resource");
    }

    private async Task ResourceAsync(HttpListenerContext context, string resource, string[] rest, string? space = "shop")
    {
        HttpListenerRequest request = context.Request;
        string verb = request.HttpMethod switch
        {
            "PATCH" => "patch", "PUT" => "update", "DELETE" => "delete", "POST" when rest.Length == 0 => "create",
            _ => rest.Length == 0 ? "list" : rest.Length == 2 && rest[1] == "exec" ? "create" : "get",
        };
        string named = rest.Length == 2 ? $"{resource}/{rest[1]}" : resource;
        string group = KubeDiscovery.Find(resource)!.Value.Group, full = group == "" ? resource : $"{resource}.{group}";
        if (Forbidden.ContainsKey($"{verb} {named}") || (space is null && Forbidden.ContainsKey($"{verb} {named} everywhere")))
        {
            await RefuseAsync(context, 403, "Forbidden", $"{full} is forbidden: User \"{User}\" cannot {verb} resource \"{named}\" in API group \"{group}\"{(space is null ? " at the cluster scope" : $" in the namespace \"{space}\"")}");
        }
        else if (verb == "create" && rest.Length == 0)
        {
            await KubeWrites.CreateAsync(context, Store, resource, full, RefuseAsync, AnswerAsync);
        }
        else if (rest.Length == 0)
        {
            if (request.QueryString["watch"] is "true" or "1") await KubeStreams.WatchAsync(context.Response, Store.Watch(resource, int.Parse(request.QueryString["resourceVersion"] ?? Store.Version)), _stop.Token);
            else await AnswerAsync(context, 200, Listed(resource, space, request.QueryString["labelSelector"], request.QueryString["fieldSelector"]));
        }
        else if (Store.Find(resource, rest[0]) is not { } thing || (resource != "namespaces" && (string)thing["metadata"]!["namespace"]! != space))
        {
            await RefuseAsync(context, 404, "NotFound", $"{full} \"{rest[0]}\" not found", new JsonObject { ["name"] = rest[0], ["kind"] = full });
        }
        else
        {
            await OneAsync(context, resource, rest, thing);
        }
    }

    private async Task OneAsync(HttpListenerContext context, string resource, string[] rest, JsonObject thing)
    {
        bool changes = context.Request.HttpMethod == "PATCH";
        switch (rest.ElementAtOrDefault(1))
        {
            case "log": await KubeStreams.LogAsync(context, thing, Output, () => Store.Find("pods", rest[0]) is null, RefuseAsync, _stop.Token); break;
            case "exec": await KubeExec.RunAsync(context, _stop.Token); break;
            case "scale":
                if (changes) thing = Store.Change(resource, rest[0], t => t["spec"]!["replicas"] = (int)KubePatch.Read(context.Request)["spec"]!["replicas"]!)!;
                await AnswerAsync(context, 200, KubeSamples.Scale(thing));
                break;
            default:
                if (context.Request.HttpMethod == "GET") await AnswerAsync(context, 200, thing);
                else await KubeWrites.ChangeAsync(context, Store, resource, rest[0], RefuseAsync, AnswerAsync);
                break;
        }
    }

    private JsonObject Listed(string resource, string? space, string? labels, string? fields)
    {
        (string kind, string version, _) = KubeDiscovery.Find(resource)!.Value;
        IEnumerable<JsonObject> found = Store.List(resource).Where(t => space is null || !KubeDiscovery.IsNamespaced(resource) || (string)t["metadata"]!["namespace"]! == space);
        foreach (string[] wanted in Selectors(labels)) found = found.Where(t => (string?)t["metadata"]!["labels"]?[wanted[0]] == wanted[1]);
        foreach (string[] wanted in Selectors(fields))
            found = found.Where(t => (string?)wanted[0].TrimEnd('!').Split('.').Aggregate((JsonNode?)t, (node, name) => node?[name]) == wanted[1] != wanted[0].EndsWith('!'));
        return new JsonObject { ["kind"] = kind + "List", ["apiVersion"] = version, ["metadata"] = new JsonObject { ["resourceVersion"] = Store.Version }, ["items"] = new JsonArray([.. found]) };
    }

    private static IEnumerable<string[]> Selectors(string? text) => (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(s => s.Split('=', 2, StringSplitOptions.TrimEntries));

    private static Task RefuseAsync(HttpListenerContext context, int code, string reason, string message) => RefuseAsync(context, code, reason, message, null);

    private static Task RefuseAsync(HttpListenerContext context, int code, string reason, string message, JsonObject? details) => AnswerAsync(context, code, new JsonObject
    {
        ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Failure", ["message"] = message, ["reason"] = reason, ["details"] = details, ["code"] = code,
    });

    private static async Task AnswerAsync(HttpListenerContext context, int code, JsonObject answer)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(answer.ToJsonString());
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength64 = bytes.Length;
        await context.Response.OutputStream.WriteAsync(bytes);
        context.Response.Close();
    }
}
