using System.Collections.Frozen;
using System.Text;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>Who writes the fields of an object in a structured line. What stands in another object is never more the server's than that one.</summary>
internal enum ContainerKind
{
    /// <summary>The server or its library.</summary>
    Own,
    /// <summary>Nobody knows.</summary>
    Unknown,
    /// <summary>A client, in headers of a request, which proxies write to.</summary>
    Headers,
    /// <summary>A client.</summary>
    Clients,
}

/// <summary>The names that such objects have.</summary>
internal static class Containers
{
    private static readonly FrozenSet<string> Own = Set(
        "req request http httprequest httpreq client source src network connection conn remote peer context ctx meta metadata log event message attributes attrs extra fields labels requestcontext "
        + "requestmetadata identity socket info record properties mdc contextmap res response httpresponse reply answer resp access accesslog entry jsonpayload protopayload nginx caddy proxy server traefik envoy responsestatus sourceips downstream origin");

    /// <summary>Objects of the server's that programs put anything into, also what a client sent.</summary>
    private static readonly FrozenSet<string> Generic = Set(
        "event properties attributes attrs fields extra context ctx contextmap mdc labels message meta metadata info record entry");

    private static readonly FrozenSet<string> Headers = Set("headers header requestheaders reqheaders httpheaders");

    private static readonly FrozenSet<string> Clients = Set(
        "query queryparams querystring urlquery search params param parameters pathparams routeparams args arguments variables body requestbody reqbody form formdata post get files cookies cookie payload data "
        + "input json content values filter filters where");

    private static readonly string[] ClientWords = ["query", "param", "header", "body", "cookie"];

    /// <summary>What an object of this name is.</summary>
    public static ContainerKind Of(ReadOnlySpan<byte> name)
    {
        if (name.Length > 40) return ContainerKind.Unknown;
        string folded = Fold(name);
        if (!Headers.Contains(folded) && ClientWords.Any(w => folded.Contains(w, StringComparison.Ordinal))) return ContainerKind.Clients;
        return Headers.Contains(folded) ? ContainerKind.Headers : Clients.Contains(folded) ? ContainerKind.Clients : Own.Contains(folded) ? ContainerKind.Own : ContainerKind.Unknown;
    }

    /// <summary>True for an object of the server's that anything may be in.</summary>
    public static bool IsGeneric(ReadOnlySpan<byte> name) => name.Length <= 40 && Generic.Contains(Fold(name));

    private static string Fold(ReadOnlySpan<byte> name) => Encoding.Latin1.GetString(name).Replace("_", "", StringComparison.Ordinal)
        .Replace("-", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal).ToLowerInvariant();

    private static FrozenSet<string> Set(string names) => names.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
