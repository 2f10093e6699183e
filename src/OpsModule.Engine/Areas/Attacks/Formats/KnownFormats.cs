namespace OpsModule.Engine.Areas.Attacks.Formats;

/// <summary>
/// Formats of access lines beside the common and the combined one, as the programs' manuals describe them: load balancers, proxies,
/// servers and frameworks.
/// Those with JSON and logfmt are read by the names of their fields.
/// </summary>
internal static class KnownFormats
{
    private static readonly string[] Texts =
    [
        // HAProxy: option httplog, with and without captured headers
        "{client} [{time}] {_} {_} {_} {status} {bytes} {_} {_} {_} {_} {_} \"{request}\"",
        "{client} [{time}] {_} {_} {_} {status} {bytes} {_} {_} {_} {_} {_} {{{*}}} \"{request}\"",
        // AWS: application and classic load balancer, S3
        "{_} {time} {_} {client} {_} {_} {_} {_} {status} {_} {bytes} {bytes} \"{request}\" \"{agent}\"",
        "{time} {_} {client} {_} {_} {_} {_} {status} {_} {bytes} {bytes} \"{request}\" \"{agent}\"",
        "{_} {_} [{time}] {client} {_} {_} {_} {_} \"{request}\" {status} {_} {bytes} {_} {_} {_} \"{referrer}\" \"{agent}\"",
        // Envoy in a mesh, and by itself
        "[{time}] \"{request}\" {status} {_} {_} {_} \"{*}\" {bytes} {bytes} {_} {_} \"{forwarded}\" \"{agent}\" \"{*}\" \"{host}\" \"{*}\" {_} {_} {_} {client} {_} {_}",
        "[{time}] \"{request}\" {status} {_} {bytes} {bytes} {_} {_} \"{forwarded}\" \"{agent}\" \"{*}\" \"{host}\"",
        // nginx-proxy-manager
        "[{time}] {_} {_} {status} - {method} {_} {host} \"{path}\" [Client {client}] [Length {bytes}] [Gzip {_}] [Sent-to {_}] \"{agent}\" \"{referrer}\"",
        "[{time}] {status} - {method} {_} {host} \"{path}\" [Client {client}] [Length {bytes}] [Gzip {_}] \"{agent}\" \"{referrer}\"",
        // uvicorn, daphne, hypercorn
        "{client} - \"{request}\" {status}",
        "{client} - - [{time}] \"{request}\" {status} {bytes}",
        // Gin, Fiber
        "{head}[GIN] {time} | {status} | {_} | {client} | {method} \"{path}\"",
        "{time} | {status} | {_} | {client} | {method} | {path}",
        // chi
        "{head}\"{request}\" from {client} - {status} {_} in {_}",
        // Rails
        "{head}Started {method} \"{path}\" for {client} at {time} +",
        "{head}Started {method} \"{path}\" for {client} at {time} -",
        "{head}Started {method} \"{path}\" for {client} at {time}",
        // Squid
        "{time} {bytes} {client} {_}/{status} {bytes} {method} {path} {user} {_} {_}{end}",
        // Django, PHP and Python by themselves
        "[{time}] \"{request}\" {status} {bytes}",
        "[{time}] {client} [{status}]: {method} {path}{end}",
        // Sanic, Tornado, Jupyter
        "{head}[INFO][{client}]: {method} {path} {status} {bytes}{end}",
        "{head}] {status} {method} {path} ({client}) {_}{end}",
        // actix, warp
        "{client} \"{request}\" {status} {bytes} \"{referrer}\" \"{agent}\"",
        "{client} \"{request}\" {status} \"{referrer}\" \"{agent}\"",
        // ASP.NET Core
        "{head}Request starting {_} {method} {path}",
        "{head}Request finished {_} {method} {path} - {status} {_}",
        "{head}Request finished in {_} {status}",
        // Gitea
        "{head}router: completed {method} {path} for {client}, {status} {*} in {_}",
        "{head}Started {method} {path} for {client}",
        // oauth2-proxy
        "{client} - {_} - {user} [{time}] {host} {method} {_} \"{path}\" {_} \"{agent}\" {status} {bytes} {_}",
        // GlassFish, Hiawatha, Artifactory
        "\"{client}\" \"{user}\" \"{time}\" \"{request}\" {status} {bytes}",
        "{client}|{time}|{status}|{bytes}|{user}|{request}|",
        "{time}|{_}|REQUEST|{client}|{user}|{method}|{path}|{_}|{status}|{bytes}",
        "{time}|{_}|{client}|{user}|{method}|{path}|{status}|{bytes}|",
        // morgan's short, dev and tiny, Ktor, Vert.x, Spring, Phoenix
        "{client} {_} {method} {path} HTTP/{_} {status} {_} - {_} ms{end}",
        "{method} {path} {status} {_} ms - {bytes}{end}",
        "{method} {path} {status} {bytes} - {_} ms{end}",
        "{head}- {status} {_}: {method} - {path} in {_}{end}",
        "{head}DispatcherServlet : {method} \"{path}\", parameters=",
    ];

    private static readonly Lazy<LinePattern[]> Made = new(() => [.. Texts.Select(LinePattern.Parse)]);

    /// <summary>All of them; the first that fits counts.</summary>
    public static IReadOnlyList<LinePattern> All => Made.Value;
}
