using OpsModule.Engine.Areas.Rollouts.Proxies;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Rollouts.Proxies;

/// <summary>The section proxies: of the environment file.</summary>
public sealed class ProxySectionTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Proxies_are_read_with_what_is_usual()
    {
        ProxiesSettings proxies = Load("""
              edge: { nginx: { service: nginx, upstreams: /etc/nginx/upstreams } }
              near: { nginx: { upstreams: upstreams, logs: logs, configuration: nginx.conf, port: 8090, path: /health } }
              inner: { haproxy: { socket: run/admin.sock, state: /var/lib/haproxy/state, proof: run/proof.sock } }
              front: { caddy: {} }
              back: { caddy: { admin: caddy.sock, proof: "127.0.0.1:2020" } }
            """).Environment!.Section<ProxiesSettings>();

        ProxySettings edge = proxies.Entries["EDGE"], near = proxies.Entries["near"], inner = proxies.Entries["inner"],
            front = proxies.Entries["front"], back = proxies.Entries["back"];
        // Inside of a container paths are not this folder's.
        Assert.Equal(("nginx", "/etc/nginx/upstreams", "/var/log/nginx", 8089, "/", null),
            (edge.Service, edge.Upstreams, edge.Logs, edge.Port, edge.Path, edge.Configuration));
        Assert.Equal((_folder["upstreams"], _folder["logs"], _folder["nginx.conf"], 8090, "/health"),
            (near.Upstreams, near.Logs, near.Configuration, near.Port, near.Path));
        Assert.Equal((ProxyKind.HAProxy, _folder["run/admin.sock"], "/var/lib/haproxy/state", _folder["run/proof.sock"]),
            (inner.Kind, inner.Control, inner.State, inner.Proof));
        Assert.Equal((ProxyKind.Caddy, "http://127.0.0.1:2019", null), (front.Kind, front.Control, front.Proof));
        Assert.Equal((_folder["caddy.sock"], "127.0.0.1:2020"), (back.Control, back.Proof));
    }

    [Theory]
    [InlineData("  edge: {}", "MissingKey", "does not say which proxy")]
    [InlineData("  edge: { nginx: { upstreams: /u }, caddy: {} }", "KeyConflict", "more than one proxy")]
    [InlineData("  edge: { nginx: {} }", "MissingKey", "upstreams")]
    [InlineData("  edge: { haproxy: { socket: /s } }", "MissingKey", "state")]
    [InlineData("  edge: { nginx: { upstreams: /u, path: \"/a; evil\" } }", "BadValue", "evil")]
    [InlineData("  edge: { nginx: { upstreams: \"/u;x\" } }", "BadValue", "/u;x")]
    [InlineData("  edge: { nginx: { upstreams: /u, port: 0 } }", "BadValue", "port")]
    [InlineData("  edge: { caddy: { admin: \"http://10.0.0.1:2019\" } }", "BadValue", "this machine")]
    [InlineData("  edge: { caddy: { admin: \"https://127.0.0.1\" } }", "BadValue", "this machine")]
    [InlineData("  edge: { caddy: { proof: \"10.0.0.1:80\" } }", "BadValue", "this machine")]
    public void What_is_wrong_is_told_where_it_stands(string proxies, string code, string words)
    {
        EnvironmentFinding finding = Assert.Single(Load(proxies).Findings, f => f.Code == code);
        Assert.Contains(words, finding.Message);
        Assert.StartsWith("proxies.edge", finding.Path);
    }

    [Fact]
    public void A_service_names_a_proxy_that_there_is()
    {
        EnvironmentFinding finding = Assert.Single(Load("  edge: { caddy: {} }\nservices:\n  api: { rollout: { proxy: edgy } }").Findings);
        Assert.Equal(("UnknownProxy", "edge"), (finding.Code, finding.Nearest));
        Assert.Empty(Load("  edge: { caddy: {} }\nservices:\n  api: { rollout: { proxy: none } }\n  web: { rollout: { proxy: edge } }")
            .Findings);
    }

    private EnvironmentLoad Load(string proxies) =>
        EnvironmentLoader.Load(_folder.Write("ops.yaml", $"environment: lab\nproxies:\n{proxies}\n"));
}
