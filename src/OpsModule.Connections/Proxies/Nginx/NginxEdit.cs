using System.Text.RegularExpressions;

namespace OpsModule.Connections.Proxies.Nginx;

/// <summary>
/// Makes a user's nginx configuration send a service's requests to our upstream: the host behind proxy_pass, an include of our folder, and
/// our log beside one of the user's. Nothing else of the text changes.
/// </summary>
/// <param name="Text">The text, changed.</param>
/// <param name="Passes">How many proxy_pass of it lead to the service.</param>
/// <param name="Includes">Whether it includes our folder, now.</param>
public sealed partial record NginxEdit(string Text, int Passes, bool Includes)
{
    /// <summary>Where they led, of those that name a port.</summary>
    public IReadOnlyList<ConfiguredServer> Servers { get; init; } = [];

    /// <summary>Changes one file.</summary>
    /// <param name="text">The file.</param>
    /// <param name="service">The service.</param>
    /// <param name="options">Where our files are.</param>
    /// <param name="include">Whether this file is to include our folder.</param>
    /// <exception cref="FormatException">Something of it is not understood, with its line.</exception>
    public static NginxEdit Of(string text, string service, NginxOptions options, bool include)
    {
        ProxyNames.Service(service);
        IReadOnlyList<NginxDirective> file = NginxSyntax.Parse(text);
        var edits = new List<(int At, int Length, string New)>();
        var servers = new List<ConfiguredServer>();
        int passes = 0;
        bool included = false;
        string folder = ProxyNames.FilePath(options.UpstreamFolder).TrimEnd('/');
        Walk(file, [], (directive, above) =>
        {
            string? first = directive.Arguments.Count > 0 ? directive.Arguments[0] : null;
            switch (directive.Name)
            {
                case "include" when first == $"{folder}/*.conf": included = true; break;
                case "upstream" when first == service:
                    throw At(text, directive,
                        $"it has an upstream {service} of its own, which ours would be a second one of; take it out (lines such as "
                            + $"keepalive may stand in ours)");
                case "proxy_pass" when first is not null && Passed(directive, first, service, text) is { } pass:
                    passes++;
                    if (ConfiguredServer.Parse(Url().Match(first).Groups["at"].Value, Place(text, directive)) is { } server)
                        servers.Add(server);
                    if (pass != text[directive.Start..directive.End]) edits.Add((directive.Start, directive.End - directive.Start, pass));
                    Log(above, service, options, text, edits);
                    break;
                default: break;
            }
        });
        if (include && !included)
        {
            edits.Add(Include(file, text, folder));
            included = true;
        }
        string changed = text;
        foreach ((int at, int length, string fresh) in edits.Distinct().OrderByDescending(e => e.At).ThenByDescending(e => e.Length))
            changed = changed[..at] + fresh + changed[(at + length)..];
        return new NginxEdit(changed, passes, included) { Servers = servers };
    }

    /// <summary>The directive as it must be; null when it leads elsewhere.</summary>
    private static string? Passed(NginxDirective directive, string url, string service, string text)
    {
        if (Url().Match(url) is not { Success: true } parts) return url.Contains('$', StringComparison.Ordinal) && url.Contains(service,
            StringComparison.Ordinal)
            ? throw At(text, directive,
                $"proxy_pass {url} goes to a variable, which no upstream is looked up for; write proxy_pass http://{service}") : null;
        if (parts.Groups["host"].Value != service) return null;
        string rest = parts.Groups["rest"].Value;
        if (parts.Groups["scheme"].Value == "https")
            throw At(text, directive,
                $"proxy_pass {url} speaks TLS with the instances, which proofs do not; put a plain port behind it, or tell the proxy by "
                    + $"hand");
        return $"proxy_pass http://{service}{rest};";
    }

    /// <summary>Where a block has a log of its own, ours stands beside it; elsewhere it takes the one of our file.</summary>
    private static void Log(IReadOnlyList<NginxDirective> above, string service, NginxOptions options, string text,
        List<(int, int, string)> edits)
    {
        foreach (NginxDirective block in above.Reverse().TakeWhile(b => b.Name != "http"))
        {
            NginxDirective[] logs = [.. block.Block!.Where(d => d.Name == "access_log")];
            if (logs.Length == 0) continue;
            string variable = "opsmodule_" + ProxyNames.Variable(service),
                ours = $"access_log {options.LogOf(service)} {variable} if=${variable};";
            // "off" is the user's word: then nothing of it is measured.
            if (logs.Any(l => l.Arguments is ["off"]) || logs.Any(l => text[l.Start..l.End] == ours)) return;
            edits.Add((logs[^1].End, 0, $"\n{Indent(text, logs[^1].Start)}{ours}"));
            return;
        }
    }

    private static (int, int, string) Include(IReadOnlyList<NginxDirective> file, string text, string folder)
    {
        string line = $"include {folder}/*.conf;";
        if (file.FirstOrDefault(d => d.Name == "http") is { Block: { } block } http)
            return (http.End, 0, $"\n{(block.Count > 0 ? Indent(text, block[0].Start) : "    ")}{line}");
        // A file that is itself included into http.
        NginxDirective? server = file.FirstOrDefault(d => d.Name is "server" or "upstream" or "map");
        return server is not null ? (server.Start, 0, line + "\n")
            : throw new FormatException("it has neither http nor server, so that nobody can tell where our folder is to be included");
    }

    private static void Walk(IReadOnlyList<NginxDirective> block, IReadOnlyList<NginxDirective> above, Action<NginxDirective,
        IReadOnlyList<NginxDirective>> visit)
    {
        foreach (NginxDirective directive in block)
        {
            visit(directive, above);
            if (directive.Block is { } inner) Walk(inner, [.. above, directive], visit);
        }
    }

    private static string Indent(string text, int at)
    {
        int line = text.LastIndexOf('\n', Math.Max(0, at - 1)) + 1;
        string before = text[line..at];
        return string.IsNullOrWhiteSpace(before) ? before : "    ";
    }

    private static FormatException At(string text, NginxDirective directive, string what) =>
        new($"{Place(text, directive)}: {what}");

    private static string Place(string text, NginxDirective directive) => $"line {NginxSyntax.LineOf(text, directive.Start)}";

    [GeneratedRegex(@"^(?<scheme>https?)://(?<at>(?<host>[A-Za-z0-9._-]+)(?::[0-9]{1,5})?)(?<rest>/[^\s;{}$'""\\]*)?$")]
    private static partial Regex Url();
}
