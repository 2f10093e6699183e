using System.Text.Json;

namespace OpsModule.Engine.Tests.Secrets.ApiKeys;

/// <summary>A small server of the tests that says it is one: an endpoint for administrators of keys, and an API that takes them.</summary>
internal sealed class KeysServer : HttpStub
{
    public const string Token = "admin-token-Kd83";

    private readonly object _gate = new();
    private int _next = 100;

    /// <summary>The keys, by their ids.</summary>
    public Dictionary<string, (string Name, string Key, bool IsRevoked)> Keys { get; } = [];

    /// <summary>What a request to make a key is answered with after it was made; null for what is right.</summary>
    public int? Ill { get; set; }

    /// <summary>True where it is so from the moment on at which a key was made.</summary>
    public bool GoesAway { get; set; }

    /// <summary>True where it lists nothing, and says that something is wrong.</summary>
    public bool Refuses { get; set; }

    /// <summary>True where it says that it has revoked a key, and has not.</summary>
    public bool Lies { get; set; }

    /// <summary>True where the API takes revoked keys still, as a service that keeps what it knows of them does for a while.</summary>
    public bool Caches { get; set; }

    /// <summary>Ids of keys that it answers 409 for, and does not revoke.</summary>
    public HashSet<string> Held { get; } = [];

    /// <summary>The id of the key that its administrator's token is of; null for none of these.</summary>
    public string? Administrator { get; set; }

    /// <summary>True where it lists one key on each page, and says in a header where the next one is.</summary>
    public bool IsPaged { get; set; }

    /// <summary>The id that it says of a new key, whatever that has; null for its own.</summary>
    public string? Says { get; set; }

    /// <summary>True where it gives new keys names of its own.</summary>
    public bool Renames { get; set; }

    protected override (int Status, string Body, string Headers) Answer(StubRequest request)
    {
        lock (_gate)
        {
            if (request.Path == "/me")
                return Keys.Values.Any(k => (Caches || !k.IsRevoked) && request.Header("X-Api-Key") == k.Key) ? (200, "{}", "") : (401, "", "");
            if (request.Header("Authorization") != "Bearer " + Token) return (403, "", "");
            if (Administrator is { } own && Keys[own].IsRevoked) return (401, "", "");
            string said = JsonSerializer.Serialize(Keys.Select(k => new { id = k.Key, name = k.Value.Name, revoked = k.Value.IsRevoked,
                created = "2026-01-02T03:04:05Z" }));
            if (request is { Method: "GET" } && request.Path.Split('?') is ["/keys", .. var page])
            {
                if (Refuses) return (500, "sk_what-an-error-page-may-hold", "");
                if (!IsPaged) return (200, said, "");
                int number = page is [var text] ? int.Parse(text.Split('=')[1]) : 0;
                return (200, $"[{JsonDocument.Parse(said).RootElement[number].GetRawText()}]", number + 1 < Keys.Count
                    ? $"Link: <{Url}/keys?page={number + 1}>; rel=\"next\"\r\n" : "");
            }
            if (request is { Method: "POST", Path: "/keys" })
            {
                string id = $"k{_next++}", key = "sk_" + Guid.NewGuid().ToString("N");
                string name = JsonDocument.Parse(request.Body).RootElement.GetProperty("name").GetString()!;
                Keys[id] = (Renames ? "key of the month" : name, key, false);
                Refuses |= GoesAway;
                return Ill is { } lost ? (lost, "", "") : (201, JsonSerializer.Serialize(new { id = Says ?? id, key }), "");
            }
            if (request.Method != "DELETE" || !Keys.TryGetValue(request.Path.Split('/')[^1], out var one)) return (404, "", "");
            if (Held.Contains(request.Path.Split('/')[^1])) return (409, "", "");
            if (!Lies) Keys[request.Path.Split('/')[^1]] = one with { IsRevoked = true };
            return (204, "", "");
        }
    }
}
