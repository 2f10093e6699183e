using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace OpsModule.Connections.Proxies.Nginx;

/// <summary>
/// The file of one service in nginx's configuration: its upstream, a server of ours for proofs, and a log that is written for as long as
/// something is measured. All of it is made anew each time, but for lines of the user's within the upstream.
/// </summary>
public sealed partial record UpstreamFile
{
    /// <summary>How long requests are logged after a change; then nginx stops by itself, whatever becomes of us.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromHours(2);

    // nginx takes no upstream without a server, and none without one that is up would end as "no live upstreams".
    private const string Nobody = "    server 127.0.0.1:9 down; # nobody";

    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>Its servers, each with the time that it was given.</summary>
    public IReadOnlyList<(ProxyServer Server, DateTimeOffset Since)> Servers { get; init; } = [];

    /// <summary>The user's own lines within the upstream.</summary>
    public IReadOnlyList<string> OwnLines { get; init; } = [];

    /// <summary>From when requests are logged.</summary>
    public DateTimeOffset MeasuredFrom { get; init; } = DateTimeOffset.UnixEpoch;

    /// <summary>Until when.</summary>
    public DateTimeOffset MeasuredUntil { get; init; } = DateTimeOffset.UnixEpoch;

    /// <summary>Reads it.</summary>
    /// <exception cref="FormatException">Something stands there that we have not written, and would be lost.</exception>
    public static UpstreamFile Parse(string service, string text)
    {
        string[] lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n');
        int start = Array.FindIndex(lines, l => Regex.IsMatch(l, $@"^\s*upstream\s+{Regex.Escape(service)}\s*\{{\s*$"));
        if (start < 0) throw new FormatException($"it has no line 'upstream {service} {{'");
        int end = Array.FindIndex(lines, start, l => l.Trim() == "}");
        if (end < 0) throw new FormatException($"its upstream {service} does not end");
        var servers = new List<(ProxyServer, DateTimeOffset)>();
        var own = new List<string>();
        for (int number = start + 1; number < end; number++)
        {
            string line = lines[number];
            if (line == Nobody || line.Trim().Length == 0) continue;
            if (!ServerWord().IsMatch(line))
            {
                if (line.AsSpan().ContainsAny('{', '}')) throw new FormatException($"line {number + 1} is more than a directive");
                own.Add(line);
            }
            else if (ServerLine().Match(line) is { Success: true } found && ProxyNames.Parse(found.Groups["at"].Value) is { } server)
                servers.Add((server with { Draining = found.Groups["down"].Success }, Time(found.Groups["since"].Value)));
            else throw new FormatException($"line {number + 1} is a server that OpsModule has not written");
        }
        Match measured = Measured().Match(text);
        return new UpstreamFile { Service = service, Servers = servers, OwnLines = own, MeasuredFrom = Time(measured.Groups["from"].Value),
            MeasuredUntil = Time(measured.Groups["until"].Value) };
    }

    /// <summary>The same with other servers; one that stays keeps the time that it was given.</summary>
    public UpstreamFile With(IReadOnlyList<ProxyServer> servers, DateTimeOffset now)
    {
        bool goesOn = MeasuredUntil - now > Window / 2 && MeasuredFrom <= now && MeasuredUntil - MeasuredFrom <= Window;
        return this with
        {
            Servers = [.. servers.Select(s =>
                (s, Servers.Where(o => o.Server.EndPoint == s.EndPoint).Select(o => (DateTimeOffset?)o.Since).FirstOrDefault() ?? now))],
            MeasuredFrom = goesOn ? MeasuredFrom : now,
            MeasuredUntil = goesOn ? MeasuredUntil : now + Window,
        };
    }

    /// <summary>Tells this file from every other.</summary>
    public string Generation(NginxOptions options) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Text(options, ""))))[..16].ToLowerInvariant();

    /// <summary>The file.</summary>
    public string Text(NginxOptions options) => Text(options, Generation(options));

    private string Text(NginxOptions options, string generation)
    {
        string service = ProxyNames.Service(Service), variable = ProxyNames.Variable(service);
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(FormattableString.Invariant(line)).Append('\n');
        Line($"# Kept by OpsModule: Update-OpsService changes the servers of {service}. Lines of your own within the upstream (keepalive)");
        Line($"# stay; whatever else is written here is lost. Measured from {Stamp(MeasuredFrom)} until {Stamp(MeasuredUntil)}.");
        Line($"upstream {service} {{");
        foreach ((ProxyServer server, DateTimeOffset since) in Servers)
            Line($"    server {ProxyNames.Server(server).EndPoint}{(server.Draining ? " down" : "")}; # since {Stamp(since)}");
        if (Servers.Count == 0) text.Append(Nobody).Append('\n');
        foreach (string own in OwnLines) text.Append(own).Append('\n');
        Line($"}}");
        // Times, addresses and numbers of nginx's own, and a name of the configuration: nothing that a client writes.
        Line($"log_format opsmodule_{variable} '$msec $status $request_time [$upstream_addr] [$upstream_status] '");
        Line($"    '[$upstream_response_time] $proxy_host';");
        Line($"map $msec $opsmodule_{variable} {{");
        Line($"    default 0;");
        long first = MeasuredFrom.ToUnixTimeSeconds() / 1000, most = first + ((long)Window.TotalSeconds / 1000) + 1;
        for (long block = first; block <= Math.Min(most, MeasuredUntil.ToUnixTimeSeconds() / 1000); block++) Line($"    ~^{block} 1;");
        Line($"}}");
        Line($"access_log {options.LogOf(service)} opsmodule_{variable} if=$opsmodule_{variable};");
        Line($"server {{");
        Line($"    listen {(options.ListensOutside ? "" : "127.0.0.1:")}{options.Port};");
        Line($"    server_name {service}.opsmodule;");
        Line($"    access_log off;");
        Line($"    location = /generation {{");
        Line($"        add_header X-OpsModule-Generation \"{service} {generation}\" always;");
        Line($"        return 204;");
        Line($"    }}");
        // A fixed request without anything of whoever asks, and one server for each: an answer is this server's or nobody's.
        Line($"    location = /proof {{");
        Line($"        limit_except GET {{ deny all; }}");
        Line($"        proxy_pass http://{service}{ProxyNames.RequestPath(options.ProofPath)};");
        Line($"        proxy_pass_request_headers off;");
        Line($"        proxy_pass_request_body off;");
        Line($"        proxy_set_header User-Agent OpsModule;");
        Line($"        proxy_next_upstream off;");
        Line($"        proxy_connect_timeout 2s;");
        Line($"        proxy_read_timeout 5s;");
        Line($"        proxy_hide_header X-OpsModule-Upstream;");
        Line($"        add_header X-OpsModule-Upstream \"$upstream_addr $upstream_status $upstream_header_time\" always;");
        Line($"    }}");
        Line($"    location / {{ return 404; }}");
        Line($"}}");
        return text.ToString();
    }

    private static string Stamp(DateTimeOffset time) => time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);

    private static DateTimeOffset Time(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long stamp)
        && stamp < 253_402_300_800_000 ? DateTimeOffset.FromUnixTimeMilliseconds(stamp) : DateTimeOffset.UnixEpoch;

    [GeneratedRegex(@"^\s*server\b")]
    private static partial Regex ServerWord();

    [GeneratedRegex(@"^\s*server\s+(?<at>[0-9A-Fa-f.:\[\]]+)(?<down>\s+down)?\s*;(?:\s*# since (?<since>[0-9]+))?\s*$")]
    private static partial Regex ServerLine();

    [GeneratedRegex(@"Measured from (?<from>[0-9]+) until (?<until>[0-9]+)\.")]
    private static partial Regex Measured();
}
