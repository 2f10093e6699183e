using System.Net;
using System.Text;
using System.Text.Json;

namespace OpsModule.Bench.AttackQuality;

/// <summary>The ways in which a payload comes to stand in a log.</summary>
internal static class Renderings
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static readonly (string Name, Func<string, string> Line)[] All =
    [
        ("query", p => Access("/search?q=" + Uri.EscapeDataString(p))),
        ("form", p => Access("/search?q=" + WebUtility.UrlEncode(p))),
        ("path", p => Access("/" + Escape(p, c => c is <= ' ' or >= (char)0x7F || "\"<>\\^`{|}?#".Contains(c), "%"))),
        ("raw", p => "2025-11-26 21:13:28,123 INFO web request q=" + p.ReplaceLineEndings(" ")),
        ("json", p => Json(p, null)),
        ("json, relaxed", p => Json(p, Relaxed)),
        ("agent", p => Access("/", agent: Escape(p, c => c is < ' ' or '"' or '\\' or >= (char)0x7F, "\\x"))),
        ("referrer", p => Access("/", referrer: "https://www.example.net/?q=" + Uri.EscapeDataString(p))),
    ];

    private static string Access(string target, string referrer = "-", string agent = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101") =>
        $"203.0.113.9 - - [26/Nov/2025:21:13:28 +0000] \"GET {target} HTTP/1.1\" 200 4877 \"{referrer}\" \"{agent}\"";

    private static string Json(string payload, JsonSerializerOptions? options) =>
        $$"""{"ts":"2025-11-26T21:13:28Z","level":"info","logger":"web","client_ip":"203.0.113.9","msg":"request","q":{{JsonSerializer.Serialize(payload, options)}}}""";

    /// <summary>As a client or a server writes bytes that have no place in a log: %22 or \x22.</summary>
    private static string Escape(string text, Func<char, bool> which, string sign)
    {
        var result = new StringBuilder();
        foreach (byte b in Encoding.UTF8.GetBytes(text))
            if (which((char)b)) result.Append(sign).Append(b.ToString("X2", null));
            else result.Append((char)b);
        return result.ToString();
    }
}
