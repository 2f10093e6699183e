using System.Collections.Concurrent;
using System.Text.Json;

namespace OpsModule.Engine.Tests.Secrets.Values;

/// <summary>
/// A small server that says it is Sentry's relay and its API of project keys, because none is to be had here: it takes envelopes for the keys that
/// are enabled, and makes, lists and changes keys as Sentry's documentation describes it.
/// </summary>
internal sealed class SentryServer : HttpStub
{
    public const string Token = "sntrys-token-3Bg";

    private int _made;

    public SentryServer() => Keys["aaaa1111"] = new Key("1", "Default", true);

    /// <summary>Keys by their public part.</summary>
    public ConcurrentDictionary<string, Key> Keys { get; } = new();

    /// <summary>What every envelope is answered with; null for what is right.</summary>
    public int? Ill { get; set; }

    /// <summary>Called when a key was made; what it gives is the answer's status.</summary>
    public Func<int> Making { get; set; } = () => 201;

    /// <summary>The last envelope.</summary>
    public string Envelope { get; private set; } = "";

    public string Dsn(string key) => $"http://{key}@127.0.0.1:{Port}/42";

    protected override (int Status, string Body, string Headers) Answer(StubRequest request)
    {
        if (request is { Method: "POST", Path: "/api/42/envelope/" })
        {
            Envelope = request.Body;
            if (Ill is { } status) return (status, "", "");
            string shown = request.Header("X-Sentry-Auth").Split("sentry_key=")[^1];
            return Keys.TryGetValue(shown, out Key? known) && known.IsActive ? (200, """{"id":null}""", "") : (403, """{"detail":"event submission rejected with_reason: ProjectId"}""", "");
        }
        if (request.Header("Authorization") != "Bearer " + Token) return (401, """{"detail":"Invalid token"}""", "");
        const string all = "/api/0/projects/acme/shop/keys/";
        if (request.Path.StartsWith("/api/0/projects/moved/", StringComparison.Ordinal)) return (302, "", "Location: http://127.0.0.1:1/\r\n");
        if (!request.Path.StartsWith(all, StringComparison.Ordinal)) return (404, """{"detail":"The requested resource does not exist"}""", "");
        return request.Method switch
        {
            // The second page holds the rest, as Sentry cuts its lists.
            "GET" => ListOf(request.Path.EndsWith("?cursor=1", StringComparison.Ordinal)),
            "POST" => Made(Make(JsonDocument.Parse(request.Body).RootElement.GetProperty("name").GetString()!)),
            "PUT" => Change(request.Path[all.Length..].Trim('/'), JsonDocument.Parse(request.Body).RootElement.GetProperty("isActive").GetBoolean()),
            _ => (405, "", ""),
        };
    }

    private (int, string, string) ListOf(bool rest)
    {
        string[] listed = [.. Keys.OrderBy(k => k.Value.Id, StringComparer.Ordinal).Select(k => Text(k.Key))];
        return (200, $"[{string.Join(',', rest ? listed[1..] : listed[..1])}]",
            $"Link: <{Url}/api/0/projects/acme/shop/keys/?cursor=1>; rel=\"next\"; results=\"{(rest || listed.Length == 1 ? "false" : "true")}\"\r\n");
    }

    private (int, string, string) Made(string key) => Making() is var status && status == 201 ? (201, Text(key), "") : (status, "", "");

    private string Make(string name)
    {
        int number = Interlocked.Increment(ref _made);
        string key = $"bbbb222{number}";
        Keys[key] = new Key($"{number + 1}", name, true);
        return key;
    }

    private (int, string, string) Change(string id, bool isActive)
    {
        if (Keys.FirstOrDefault(k => k.Value.Id == id).Key is not { } key) return (404, "", "");
        Keys[key] = Keys[key] with { IsActive = isActive };
        return (200, Text(key), "");
    }

    private string Text(string key) => JsonSerializer.Serialize(new
    {
        id = Keys[key].Id, name = Keys[key].Name, @public = key, isActive = Keys[key].IsActive, dsn = new { @public = Dsn(key) },
    });

    /// <summary>A key.</summary>
    internal sealed record Key(string Id, string Name, bool IsActive);
}
