using System.Text.RegularExpressions;

namespace OpsModule.Connections.Proxies.Nginx;

/// <summary>What <c>nginx -T</c> shows: the files that nginx loads. They may hold secrets, so that nothing of them is shown.</summary>
/// <param name="Files">Each file's text by its path.</param>
public sealed partial record NginxDump(IReadOnlyDictionary<string, string> Files)
{
    /// <summary>Takes it to pieces.</summary>
    public static NginxDump Parse(string text)
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        MatchCollection heads = Head().Matches(text);
        for (int number = 0; number < heads.Count; number++)
        {
            int from = heads[number].Index + heads[number].Length, to = number + 1 < heads.Count ? heads[number + 1].Index : text.Length;
            files[heads[number].Groups[1].Value] = text[from..to];
        }
        return new NginxDump(files);
    }

    /// <summary>Whether a request of a file leads to an upstream of this name.</summary>
    public static bool PassesTo(string text, string upstream) => Targets(text).Any(t => t.Host == upstream && t.Port.Length == 0);

    /// <summary>Whether a request of a file leads to a host of this name, whatever the port.</summary>
    public static bool NamesHost(string text, string host) => Targets(text).Any(t => t.Host == host);

    /// <summary>Where requests of a file lead to a host of this name by a port of its own, past an upstream.</summary>
    public static IEnumerable<string> ByName(string text, string host) => Targets(text).Where(t => t.Host == host && t.Port.Length > 0)
        .Select(t => $"http://{t.Host}{t.Port}");

    /// <summary>What is wrong, of all that nginx says.</summary>
    public static string Reason(string errors)
    {
        string[] lines = [.. errors.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0)];
        string[] told = [.. lines.Where(l => l.Contains("[emerg]", StringComparison.Ordinal) || l.Contains("[error]",
            StringComparison.Ordinal)
            || l.Contains("[alert]", StringComparison.Ordinal))];
        return string.Join(" ", (told.Length > 0 ? told : lines).TakeLast(3));
    }

    [GeneratedRegex(@"^# configuration file (.+):\r?$", RegexOptions.Multiline)]
    private static partial Regex Head();

    /// <summary>Where proxy_pass leads to, by host and port.</summary>
    private static IEnumerable<(string Host, string Port)> Targets(string text)
    {
        IEnumerable<string> urls;
        try
        {
            urls = Flat(NginxSyntax.Parse(text)).Where(d => d is { Name: "proxy_pass", Arguments.Count: > 0 }).Select(d => d.Arguments[0]);
        }
        // A file with blocks of another language is looked through line by line.
        catch (FormatException) { urls = Lines().Matches(text).Select(m => m.Groups[1].Value); }
        return urls.Select(u => Url().Match(u)).Where(m => m.Success).Select(m => (m.Groups[1].Value, m.Groups[2].Value));
    }

    private static IEnumerable<NginxDirective> Flat(IReadOnlyList<NginxDirective> block) =>
        block.SelectMany(d => Flat(d.Block ?? []).Prepend(d));

    [GeneratedRegex(@"^[^#\n]*\bproxy_pass\s+([^\s;]+)\s*;", RegexOptions.Multiline)]
    private static partial Regex Lines();

    [GeneratedRegex(@"^https?://([A-Za-z0-9._-]+)(:[0-9]+)?(?:/.*)?$")]
    private static partial Regex Url();
}
