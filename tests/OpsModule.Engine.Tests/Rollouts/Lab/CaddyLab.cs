using System.Text.Json;
using OpsModule.Connections.Proxies;
using OpsModule.Connections.Proxies.Caddy;
using OpsModule.Engine.Areas.Rollouts.Proxies;

namespace OpsModule.Engine.Tests.Rollouts.Lab;

/// <summary>
/// A Caddy of this machine, which takes up the configuration that it had (--resume). While there is one, Linux hands over connections that
/// are being opened, as docs/concepts/rollouts.md asks for.
/// </summary>
public sealed class CaddyLab : ProxyLab
{
    private const string HandsOver = "/proc/sys/net/ipv4/tcp_migrate_req";

    private static readonly object Gate = new();
    private static int _labs;
    private static string? _before;

    public CaddyLab()
    {
        lock (Gate)
        {
            if (_labs++ > 0) return;
            _before = File.ReadAllText(HandsOver);
            File.WriteAllText(HandsOver, "1");
        }
    }

    public override ProxySettings Settings => new("edge", ProxyKind.Caddy)
    {
        Control = Folder["admin.sock"], Proof = Folder["proof.sock"], Configuration = Folder["caddy.json"], Path = "/health",
    };

    public CaddyOptions Options =>
        new("edge", ProxyRoute.OfSocket(Folder["admin.sock"])) { Proof = ProxyRoute.OfSocket(Folder["proof.sock"]) };

    protected override string[] Command => ["caddy", "run", "--resume", "--config", Folder["caddy.json"]];

    public override IServiceProxy Open() => new CaddyProxy(Options, TimeProvider.System);

    protected override void Write(ProxyServer[] servers)
    {
        string upstreams = JsonSerializer.Serialize(servers.Select(s => new { dial = s.EndPoint }));
        Folder.Write("caddy.json", $$"""
            { "admin": { "listen": "unix/{{Folder["admin.sock"]}}" },
              "logging": { "logs": { "default": { "level": "ERROR" } } },
              "apps": { "http": { "servers": {
                "web": { "listen": [ "127.0.0.1:{{Port}}" ], "routes": [ { "handle": [
                    { "@id": "opsmodule-api", "handler": "reverse_proxy", "upstreams": {{upstreams}} } ] } ] },
                "opsmodule": { "listen": [ "unix/{{Folder["proof.sock"]}}" ], "routes": [ { "match": [ { "path": [ "/api" ] } ], "handle": [
                    { "handler": "rewrite", "uri": "/health" },
                    { "handler": "headers", "response": { "deferred": true, "set": {
                        "X-OpsModule-Upstream": [ "{http.reverse_proxy.upstream.hostport}" ] } } },
                    { "@id": "opsmodule-proof-api", "handler": "reverse_proxy", "upstreams": {{upstreams}} } ] } ] }
              } } } }
            """);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        lock (Gate)
        {
            if (--_labs == 0) File.WriteAllText(HandsOver, _before!);
        }
    }
}
