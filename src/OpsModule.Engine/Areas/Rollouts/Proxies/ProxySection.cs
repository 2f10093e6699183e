using System.Globalization;
using OpsModule.Connections.Proxies;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Areas.Rollouts.Proxies;

/// <summary>The section <c>proxies:</c> of the environment file.</summary>
internal sealed class ProxySection : EnvironmentSection
{
    private const string Key = "proxies";

    private static readonly string[] Kinds = ["nginx", "haproxy", "caddy"];

    private static readonly ScalarShape Path = new(ScalarKind.Path, "a path"), Text = new(ScalarKind.Text, "a text"),
        Asked = new(ScalarKind.Text, "a path that begins with /");

    private static readonly Setting Service = new("service", new ScalarShape(ScalarKind.Name, "the name of a service"),
        "The service that it runs as, with one instance.") { Default = "it runs on this machine" };

    public override Setting Setting { get; } = new(Key, new NamedShape("NAME", new SectionShape(
        new Setting("nginx", new SectionShape(
            Service,
            new Setting("upstreams", Path,
                "Folder with a file of OpsModule's for each service, where nginx runs; its configuration includes *.conf of it.",
                    Required: true),
            new Setting("configuration", Path, "Its main file, where nginx runs.") { Default = "the one that it was built with" },
            new Setting("port", new ScalarShape(ScalarKind.Integer, "a port") { Minimum = 1, Maximum = 65535 },
                "Port of the server in it that proves which instance answers: on loopback, in a container on its own "
                    + "address.") { Default = "8089" },
            new Setting("logs", Path,
                "Folder of the log that tells answers of new instances from those of old ones, where nginx "
                    + "runs.") { Default = "/var/log/nginx" },
            new Setting("path", Asked, "What is asked for proof.") { Default = "/" }),
            "nginx, which is given a file and reloaded."),
        new Setting("haproxy", new SectionShape(
            Service,
            new Setting("socket", Path,
                "Its stats socket (level admin), on this machine; one in a container has it in a folder that is mounted.", Required: true),
            new Setting("state", Path,
                "The file that it loads the state of its servers from, on this machine: without it they are lost at a reload.",
                    Required: true),
            new Setting("proof", Path,
                "The socket of the frontend that proves which instance answers, on this machine.") { Default = "none; then clients' "
                    + "requests have to do" },
            new Setting("configuration", Path,
                "Its configuration, on this machine, for New-OpsProxyConfiguration.") { Default = "/etc/haproxy/haproxy.cfg" },
            new Setting("path", Asked, "What is asked for proof.") { Default = "/" }),
            "HAProxy, which is told over its runtime API."),
        new Setting("caddy", new SectionShape(
            Service,
            new Setting("admin", Text,
                "Its admin API: http://127.0.0.1:2019, or the path of a socket on this machine.") { Default = "http://127.0.0.1:2019" },
            new Setting("proof", Text,
                "Host and port, or the path of a socket on this machine, of the server in it that proves which instance answers.") {
                Default = "none; then nothing is proven" },
            new Setting("configuration", Path,
                "Its configuration in JSON, on this machine, for New-OpsProxyConfiguration.") { Default = "none" },
            new Setting("path", Asked, "What is asked for proof.") { Default = "/" }),
            "Caddy, which is told over its admin API."))),
        "Proxies before services, by a name of your choice: Update-OpsService tells them which instances there are.");

    public override void Check(YamlMap? section, FindingList findings)
    {
        foreach (YamlEntry entry in section?.Entries ?? [])
        {
            if (entry.Value is not YamlMap map) continue;
            string path = $"{Key}.{entry.Key.Value}";
            string[] given = [.. Kinds.Where(map.Has)];
            if (given.Length != 1)
            {
                findings.Error(given.Length == 0 ? "MissingKey" : "KeyConflict", entry.Key, path,
                    $"{path} {(given.Length == 0 ? "does not say which proxy it is" : "is more than one proxy")}.",
                        "exactly one of " + string.Join(", ", Kinds));
                continue;
            }
            if (map[given[0]] is not YamlMap proxy) continue;
            path += "." + given[0];
            Look(proxy, "path", path, findings, text => ProxyNames.RequestPath(text));
            foreach (string key in (string[])["upstreams", "logs"]) Look(proxy, key, path, findings,
                text => ProxyNames.FilePath(System.IO.Path.GetFullPath(text)));
            if (given[0] == "caddy") CheckCaddy(proxy, path, findings);
        }
    }

    public override void CheckWithin(YamlMap root, FindingList findings)
    {
        // A name that leads nowhere would be found out about in the middle of an update.
        string[] known = [.. ((root[Key] as YamlMap)?.Entries ?? []).Select(e => e.Key.Value)];
        foreach (YamlEntry service in (root["services"] as YamlMap)?.Entries ?? [])
            if ((service.Value as YamlMap)?["rollout"] is YamlMap rollout && rollout["proxy"] is YamlText { IsNull: false } named
                && !known.Contains(named.Value, StringComparer.OrdinalIgnoreCase) && !named.Value.Equals("none",
                    StringComparison.OrdinalIgnoreCase)
                && !named.Value.Equals("auto", StringComparison.OrdinalIgnoreCase))
                findings.Error("UnknownProxy", named, $"services.{service.Key.Value}.rollout.proxy",
                    $"The file has no proxy '{named.Value}'.",
                    known.Length == 0 ? "a section proxies with it, or none" : "one of " + string.Join(", ", known) + ", or none",
                        NearestName.Of(named.Value, known));
    }

    public override object Bind(YamlMap? section, Func<string?, string?> fullPath) => new ProxiesSettings
    {
        Entries = EnvironmentBinder.Named(section, (name, map) => Bind(name, map, fullPath)),
    };

    private static ProxySettings Bind(string name, YamlMap map, Func<string?, string?> fullPath)
    {
        string kind = Kinds.First(map.Has);
        YamlMap proxy = map[kind] as YamlMap ?? new YamlMap([], map.Line, map.Column);
        var settings = new ProxySettings(name, kind switch { "nginx" => ProxyKind.Nginx, "haproxy" => ProxyKind.HAProxy,
            _ => ProxyKind.Caddy })
        {
            Service = proxy.Text("service"),
            Path = proxy.Text("path") ?? "/",
        };
        // Files of an nginx in a container are where it sees them, and not where this file lies.
        string? There(string key) => settings.Service is null ? fullPath(proxy.Text(key)) : proxy.Text(key);
        return settings.Kind switch
        {
            ProxyKind.Nginx => settings with
            {
                Upstreams = There("upstreams"), Configuration = There("configuration"), Logs = There("logs") ?? settings.Logs,
                Port = proxy.Text("port") is { } port ? int.Parse(port, NumberStyles.None, CultureInfo.InvariantCulture) : settings.Port,
            },
            ProxyKind.HAProxy => settings with
            {
                Control = fullPath(proxy.Text("socket")), State = fullPath(proxy.Text("state")), Proof = fullPath(proxy.Text("proof")),
                Configuration = fullPath(proxy.Text("configuration")) ?? "/etc/haproxy/haproxy.cfg",
            },
            _ => settings with
            {
                Control = Place(proxy.Text("admin") ?? "http://127.0.0.1:2019", fullPath), Proof = proxy.Text("proof") is { } proof
                    ? Place(proof, fullPath) : null,
                Configuration = fullPath(proxy.Text("configuration")),
            },
        };
    }

    /// <summary>A URL and an address stay; all else is a path.</summary>
    private static string Place(string text, Func<string?, string?> fullPath) => IsPlace(text) ? text : fullPath(text)!;

    private static bool IsPlace(string text) => text.Contains("://", StringComparison.Ordinal) || SettingPatterns.HostPort().IsMatch(text);

    private static void CheckCaddy(YamlMap proxy, string path, FindingList findings)
    {
        // Whoever can reach it can do with Caddy what he likes, and it is spoken to without TLS.
        if (proxy["admin"] is YamlText { IsNull: false } admin && IsPlace(admin.Value)
            && !(Uri.TryCreate(admin.Value, UriKind.Absolute, out Uri? url)
            && url is { Scheme: "http", AbsolutePath: "/" } && HttpTargets.IsLoopback(url.Host)))
            findings.Error("BadValue", admin, path + ".admin", $"'{admin.Value}' is no admin API of this machine.",
                "http://127.0.0.1:2019, or the path of a socket");
        if (proxy["proof"] is YamlText { IsNull: false } proof && IsPlace(proof.Value)
            && (!SettingPatterns.HostPort().IsMatch(proof.Value) || !HttpTargets.IsLoopback(proof.Value[..proof.Value.LastIndexOf(':')])))
            findings.Error("BadValue", proof, path + ".proof", $"'{proof.Value}' is no place of this machine.",
                "127.0.0.1:2020, or the path of a socket");
    }

    private static void Look(YamlMap proxy, string key, string path, FindingList findings, Action<string> check)
    {
        if (proxy[key] is not YamlText { IsNull: false, Value.Length: > 0 } text) return;
        try { check(text.Value); }
        catch (OpsException e) { findings.Error("BadValue", text, $"{path}.{key}", e.Message, e.RecommendedAction); }
    }
}
