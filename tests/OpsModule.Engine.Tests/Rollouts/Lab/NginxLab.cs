using OpsModule.Connections.Proxies;
using OpsModule.Connections.Proxies.Nginx;
using OpsModule.Engine.Areas.Rollouts.Proxies;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Rollouts.Lab;

/// <summary>An nginx of this machine.</summary>
public sealed class NginxLab : ProxyLab
{
    private readonly int _proofs = FreePorts.Take();

    /// <summary>Its main file.</summary>
    public string Main => Folder["nginx.conf"];

    /// <summary>Our file in it.</summary>
    public string Upstream => Folder["upstreams/api.conf"];

    public override ProxySettings Settings => new("edge", ProxyKind.Nginx)
    {
        Upstreams = Folder["upstreams"], Configuration = Main, Port = _proofs, Logs = Folder.Path, Path = "/health",
    };

    protected override string[] Command => ["nginx", "-c", Main];

    public NginxOptions Options => new("edge", Folder["upstreams"])
    {
        Configuration = Main, Port = _proofs, LogFolder = Folder.Path, ProofPath = "/health", ReloadLimit = TimeSpan.FromSeconds(5),
    };

    public override IServiceProxy Open() => new NginxProxy(Options, new HostSeat(), TimeProvider.System);

    protected override void Write(ProxyServer[] servers)
    {
        Folder.Write("upstreams/api.conf",
            new UpstreamFile { Service = Service, Servers = [.. servers.Select(s => (s, DateTimeOffset.UnixEpoch))] }.Text(Options));
        Folder.Write("nginx.conf", $$"""
            user root;
            daemon off;
            worker_processes 2;
            pid {{Folder["nginx.pid"]}};
            error_log {{Folder["error.log"]}};
            events { worker_connections 2048; }
            http {
                access_log {{Folder["access.log"]}};
                client_body_temp_path {{Folder["body"]}};
                client_max_body_size 100m;
                include {{Folder["upstreams"]}}/*.conf;
                map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
                server {
                    listen 127.0.0.1:{{Port}} backlog=4096;
                    location / {
                        proxy_pass http://api;
                        proxy_http_version 1.1;
                        proxy_set_header Upgrade $http_upgrade;
                        proxy_set_header Connection $connection_upgrade;
                    }
                }
            }
            """);
    }
}
