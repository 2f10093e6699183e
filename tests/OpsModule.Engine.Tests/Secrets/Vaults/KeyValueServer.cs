using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;

namespace OpsModule.Engine.Tests.Secrets.Vaults;

/// <summary>
/// A small server that says it is a vault of keys and values (KV version 2), because none is to be had here. It answers as the documentation of
/// HashiCorp Vault and OpenBao describes it, at the mount kv.
/// </summary>
internal sealed class KeyValueServer(X509Certificate2? certificate = null) : HttpStub(certificate)
{
    public const string Token = "hvs.token-9Xc", SecretId = "secret-id-2Wd";

    /// <summary>What stands at a path, as JSON.</summary>
    public ConcurrentDictionary<string, string> Values { get; } = new() { ["shop/db"] = """{"password": "first-4Hj", "user": "app"}""", ["shop/number"] = """{"password": 7}""" };

    protected override (int Status, string Body, string Headers) Answer(StubRequest request)
    {
        if (request is { Method: "POST", Path: "/v1/auth/approle/login" })
            return request.Body.Contains(SecretId) && request.Body.Contains("shop") ? (200, $$$"""{"auth": {"client_token": "{{{Token}}}"}}""", "") : (400, """{"errors":["invalid role or secret ID"]}""", "");
        if (request.Header("X-Vault-Token") != Token || request.Header("X-Vault-Request") != "true") return (403, """{"errors":["permission denied"]}""", "");
        if (!request.Path.StartsWith("/v1/kv/data/", StringComparison.Ordinal)) return (404, """{"errors":[]}""", "");
        string path = request.Path["/v1/kv/data/".Length..];
        return path switch
        {
            "denied" => (403, """{"errors":["1 error occurred:\n\t* permission denied\n\n"]}""", ""),
            "deleted" => (404, """{"data":{"data":null,"metadata":{"deletion_time":"2026-11-01T00:00:00Z","destroyed":false,"version":2}}}""", ""),
            "sealed" => (503, """{"errors":["Vault is sealed"]}""", ""),
            "moved" => (307, "", "Location: http://127.0.0.1:1/v1/kv/data/moved\r\n"),
            "page" => (200, "<html>hello</html>", ""),
            _ => Values.TryGetValue(path, out string? values) ? (200, """{"data":{"data":""" + values + ""","metadata":{"version":1,"destroyed":false}}}""", "") : (404, """{"errors":[]}""", ""),
        };
    }
}
