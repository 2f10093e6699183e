using System.Diagnostics;
using OpsModule.Connections.Proxies;
using OpsModule.Connections.Proxies.Caddy;
using OpsModule.Connections.Proxies.HAProxy;
using OpsModule.Connections.Proxies.Nginx;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Rollouts.Proxies;

/// <summary>What is made of users' own configuration: only what must be, and nothing of what is not understood. The proxies themselves
/// test it.</summary>
public sealed class ProxyEditTests : IDisposable
{
    private static readonly NginxOptions Nginx = new("edge", "/etc/nginx/upstreams");
    private static readonly HAProxyOptions HAProxy = new("edge", "/run/haproxy/admin.sock",
        "/var/lib/haproxy/state") { ProofSocket = "/run/haproxy/opsmodule.sock" };

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Nginx_passes_to_the_upstream_and_has_our_folder_and_our_log_beside_the_users()
    {
        const string before = """
            events {} # { not a block
            http {
                map $x $y { default "a;b"; '~^{2}$' 1; }
                server {
                    access_log /var/log/nginx/shop.log combined;
                    location /api/ { proxy_pass http://api:4000/v1/; }
                    location /api2 { access_log off; proxy_pass http://api:4000; }
                    location /other { proxy_pass http://other:80; }
                    # proxy_pass http://api:4000;
                }
            }

            """;
        NginxEdit edit = NginxEdit.Of(before, "api", Nginx, include: true);

        Assert.Equal(before
            .Replace("http {\n", "http {\n    include /etc/nginx/upstreams/*.conf;\n")
            .Replace("proxy_pass http://api:4000/v1/;", "proxy_pass http://api/v1/;")
            .Replace("access_log off; proxy_pass http://api:4000;", "access_log off; proxy_pass http://api;")
            .Replace("shop.log combined;\n",
                "shop.log combined;\n        access_log /var/log/nginx/opsmodule-api.log opsmodule_api if=$opsmodule_api;\n"), edit.Text);
        Assert.Equal(2, edit.Passes);
        Assert.Equal([(4000, "line 6"), (4000, "line 7")], edit.Servers.Select(s => (s.Port, s.Place)));
        Assert.Empty(NginxEdit.Of(edit.Text, "api", Nginx, include: true).Servers);
        // Once more changes nothing.
        Assert.Equal(edit.Text, NginxEdit.Of(edit.Text, "api", Nginx, include: true).Text);
    }

    [Fact]
    public void A_file_that_is_included_into_http_includes_our_folder_itself() =>
        Assert.Equal("# shop\ninclude /etc/nginx/upstreams/*.conf;\nserver { location / { proxy_pass http://api; } }\n",
            NginxEdit.Of("# shop\nserver { location / { proxy_pass http://api:80; } }\n", "api", Nginx, include: true).Text);

    [Theory]
    [InlineData("http { server { location / { proxy_pass http://$api; } } }", "variable")]
    [InlineData("http {\nserver { location / { proxy_pass http://api_$x; } } }", "line 2")]
    [InlineData("http { upstream api { server api:80; } }", "upstream api of its own")]
    [InlineData("http { server { location / { proxy_pass https://api; } } }", "TLS")]
    [InlineData("http { server { content_by_lua_block { ngx.say('}') } } }", "another language")]
    [InlineData("http { server { location / { proxy_pass http://api } }", "no semicolon")]
    [InlineData("http { server { return 200 'x; } }", "quote")]
    [InlineData("http { } }", "a } without")]
    [InlineData("http { server {", "does not end")]
    [InlineData("stream { }", "neither http nor server")]
    public void Nginx_that_is_not_understood_is_refused_with_its_line(string text, string why) =>
        Assert.Contains(why, Assert.Throws<FormatException>(() => NginxEdit.Of(text, "api", Nginx, include: true)).Message);

    [Fact]
    public void HAProxy_gets_slots_in_the_place_of_servers_and_tests_it()
    {
        const string before = """
            global
                maxconn 100
            defaults
                mode http
                timeout client 5s
                timeout server 5s
                timeout connect 5s
            frontend web
                bind 127.0.0.1:18098
                default_backend api
            backend api
                balance leastconn
                server api1 api:4000 check inter 2s resolvers docker init-addr none # by name
            backend other
                server one 127.0.0.1:81

            """;
        string after = HAProxyEdit.Of(before, "api", HAProxy, "/health", 4);

        Assert.Contains("    load-server-state-from-file global\n    balance leastconn\n    server-template api 4 127.0.0.1:9 disabled "
            + "check inter 2s\nbackend other\n", after);
        Assert.Contains("    stats socket /run/haproxy/admin.sock mode 600 level admin\n    server-state-file /var/lib/haproxy/state\n  "
            + "  maxconn 100\n", after);
        Assert.EndsWith("    use_backend %[var(txn.opsmodule)]\n", after);
        Assert.Equal(after, HAProxyEdit.Of(after, "api", HAProxy, "/health", 4));
        Assert.Contains("server-template api 9 127.0.0.1:9 disabled check inter 2s\n", HAProxyEdit.Of(after, "api", HAProxy, "/health", 9));
        Assert.Equal(0, Run("haproxy", "-c", "-f",
            _folder.Write("haproxy.cfg", after.Replace("/run/haproxy", _folder.Path).Replace("/var/lib/haproxy", _folder.Path))));
    }

    [Theory]
    [InlineData("global\nbackend other\n", "no backend api")]
    [InlineData("backend api\n", "no section global")]
    [InlineData("global\nbackend api\n server a api:1 check\n server b api:2 backup\n", "'backup'")]
    [InlineData("global\nbackend api\n server a api:1 check\n server b api:2 weight 3\n", "different options")]
    [InlineData("global\n server-state-file /other\nbackend api\n", "/other")]
    [InlineData("global\n stats socket /run/haproxy/admin.sock mode 600\nbackend api\n", "level admin")]
    [InlineData("global\nbackend api\nbackend api\n", "a second backend api")]
    public void HAProxy_that_is_not_understood_is_refused(string text, string why) =>
        Assert.Contains(why, Assert.Throws<FormatException>(() => HAProxyEdit.Of(text, "api", HAProxy, "/health", 4)).Message);

    [Fact]
    public void Caddy_gets_an_id_addresses_and_a_twin_for_proofs_and_tests_it()
    {
        const string before = """
            { "apps": { "http": { "servers": { "web": { "listen": [ "127.0.0.1:18097" ], "routes": [ { "handle": [
              { "handler": "subroute", "routes": [ { "handle": [ { "handler": "reverse_proxy", "upstreams": [ { "dial": "api:4000" } ],
                "health_checks": { "passive": { "fail_duration": "5s" } } } ] } ] } ] } ] } } } } }
            """;
        var options = new CaddyOptions("edge", ProxyRoute.OfSocket("/x")) { Proof = ProxyRoute.OfSocket(_folder["proof.sock"]) };
        ProxyServer[] servers = [new("127.0.0.1", 4000), new("::1", 4000)];

        string after = CaddyEdit.Of(before, "api", options, "/health", servers);

        Assert.Contains("\"@id\": \"opsmodule-api\"", after);
        Assert.Contains("\"dial\": \"[::1]:4000\"", after);
        Assert.Contains("fail_duration", after);
        Assert.Equal(after, CaddyEdit.Of(after, "api", options, "/health", servers));
        Assert.Equal(0, Run("caddy", "validate", "--config", _folder.Write("caddy.json", after)));
    }

    [Theory]
    [InlineData("example.net { reverse_proxy api:4000 }", "caddy adapt")]
    [InlineData("{}", "no apps.http.servers")]
    [InlineData("[ ]", "0 handlers")]
    [InlineData("[ HANDLER }, HANDLER } ]", "2 handlers")]
    [InlineData("[ HANDLER, '@id': 'mine' } ]", "'mine'")]
    [InlineData("[ HANDLER, 'dynamic_upstreams': {} } ]", "by itself")]
    [InlineData("[ HANDLER, 'transport': { 'tls': {} } } ]", "TLS")]
    public void Caddy_that_is_not_understood_is_refused(string text, string why)
    {
        if (text.StartsWith('['))
            text = "{ 'apps': { 'http': { 'servers': { 'a': LIST } } } }".Replace("LIST", text)
                .Replace("HANDLER", "{ 'handler': 'reverse_proxy', 'upstreams': [ { 'dial': 'api:1' } ]").Replace('\'', '"');
        Assert.Contains(why, Assert.Throws<FormatException>(() => CaddyEdit.Of(text, "api",
            new CaddyOptions("edge", ProxyRoute.OfSocket("/x")), "/health", [new ProxyServer("127.0.0.1", 1)])).Message);
    }

    [Fact]
    public void Made_up_nginx_files_are_changed_where_they_must_be_or_refused() => Proof.ForEach(5000, 300, (random, _) =>
    {
        string[] pieces = ["server", "{", "}", ";", " ", "\n", "proxy_pass http://api:1;", "'", "\"", "\\", "#", "$x", "${y}",
            "location / ", "http {", "access_log a;", "include b;"];
        string text = string.Concat(Enumerable.Range(0, random.Next(1, 30)).Select(_ => pieces[random.Next(pieces.Length)]));
        try
        {
            NginxEdit edit = NginxEdit.Of(text, "api", Nginx, include: false);
            Assert.Equal(edit.Passes > 0, edit.Text.Contains("http://api;"));
            Assert.Equal(edit.Text, NginxEdit.Of(edit.Text, "api", Nginx, include: false).Text);
        }
        catch (FormatException) { /* refused */ }
    });

    [Theory]
    [InlineData("a-b", "a_b")]
    [InlineData("a.b", "a-b")]
    [InlineData("a_2d", "a-")]
    public void No_two_services_have_one_variable(string one, string other) => Assert.NotEqual(ProxyNames.Variable(one),
        ProxyNames.Variable(other));

    [Fact]
    public void A_path_cannot_bring_configuration_along()
    {
        foreach (string path in (string[])["/a;b", "/a b", "a", "", "/a{", "/$x", "/a\n", "/a'"]) Assert.Throws<OpsException>(() =>
            ProxyNames.RequestPath(path));
        foreach (string path in (string[])["/a/../b", "/a b", "x/y"]) Assert.Throws<OpsException>(() => ProxyNames.FilePath(path));
    }

    private static int Run(string program, params string[] arguments)
    {
        var info = new ProcessStartInfo(program) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in arguments) info.ArgumentList.Add(argument);
        using Process process = Process.Start(info)!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
