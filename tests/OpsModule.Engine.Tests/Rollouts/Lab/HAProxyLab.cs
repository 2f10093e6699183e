using OpsModule.Connections.Proxies;
using OpsModule.Connections.Proxies.HAProxy;
using OpsModule.Engine.Areas.Rollouts.Proxies;

namespace OpsModule.Engine.Tests.Rollouts.Lab;

/// <summary>An HAProxy of this machine.</summary>
public sealed class HAProxyLab : ProxyLab
{
    public override ProxySettings Settings => new("edge", ProxyKind.HAProxy)
    {
        Control = Folder["admin.sock"], State = Folder["state"], Proof = Folder["proof.sock"], Configuration = Folder["haproxy.cfg"],
            Path = "/health",
    };

    public HAProxyOptions Options => new("edge", Folder["admin.sock"], Folder["state"]) { ProofSocket = Folder["proof.sock"] };

    protected override string[] Command => ["haproxy", "-db", "-f", Folder["haproxy.cfg"]];

    protected override async Task<bool> IsToldAsync() => await ListensAsync(Folder["admin.sock"]) && await ListensAsync(Folder["proof.sock"]);

    public override IServiceProxy Open() => new HAProxyProxy(Options, TimeProvider.System);

    protected override void Write(ProxyServer[] servers)
    {
        // As its state file would be after these had been set.
        Folder.Write("state", "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight "
            + "srv_time_since_last_change "
            + "srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id "
                + "srv_fqdn srv_port srvrecord "
            + "srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port\n"
            + string.Concat(servers.Select((s, n) =>
                $"4 api {n + 1} api{n + 1} {s.Address} 2 4 1 1 0 1 0 0 8 0 0 0 - {s.Port} - 0 0 - - 0\n")));
        Folder.Write("haproxy.cfg", $$"""
            global
                stats socket {{Folder["admin.sock"]}} mode 600 level admin
                server-state-file {{Folder["state"]}}
            defaults
                mode http
                timeout client 60s
                timeout server 60s
                timeout connect 2s
                timeout tunnel 1h
                load-server-state-from-file global
            frontend web
                bind 127.0.0.1:{{Port}}
                default_backend api
            frontend opsmodule
                bind unix@{{Folder["proof.sock"]}} mode 600
                http-request set-var(txn.opsmodule) req.hdr(X-OpsModule-Backend)
                http-request del-header X-OpsModule-Backend
                http-request set-path /health
                http-response set-header X-OpsModule-Server "%s %si:%sp"
                use_backend %[var(txn.opsmodule)]
            backend api
                server-template api 6 127.0.0.1:9 disabled

            """);
    }
}
