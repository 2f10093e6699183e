using System.Net;
using OpsModule.Engine.Areas.Attacks.Allowing;
using OpsModule.Engine.Areas.Attacks.Decoding;

namespace OpsModule.Engine.Areas.Attacks.Sigma;

/// <summary>Makes a line of an access log that has all of some atoms.</summary>
internal static class SigmaExample
{
    /// <summary>A line that nobody minds.</summary>
    public static string Harmless { get; } = Line("203.0.113.9", "-", "GET", "/index.html", "200", "-", "-");

    public static string Of(IReadOnlyList<SigmaAtom> atoms)
    {
        string Joined(SigmaPart part, string none) => atoms.Where(a => a.Part == part).Select(a => SigmaPattern.Sample(a.Values[0])).ToArray() is { Length: > 0 } texts ? string.Join(' ', texts.Distinct()) : none;
        string First(SigmaPart part, string none) => atoms.FirstOrDefault(a => a.Part == part)?.Values[0].Text ?? none;
        IPNetwork? client = AllowEntry.ParseNetwork(First(SigmaPart.Client, "203.0.113.7"));
        return Line($"{client!.Value.BaseAddress}", Joined(SigmaPart.User, "-"), First(SigmaPart.Method, "GET"), Url(atoms), First(SigmaPart.Status, "200"), Joined(SigmaPart.Referrer, "-"), Joined(SigmaPart.Agent, "-"));
    }

    private static string Line(string client, string user, string method, string url, string status, string referrer, string agent) =>
        $"{client} - {user} [21/Nov/2026:03:16:00 +0000] \"{method} {url} HTTP/1.1\" {status} 512 \"{referrer.Replace("\"", "%22", StringComparison.Ordinal)}\" \"{agent.Replace("\"", "%22", StringComparison.Ordinal)}\"";

    private static string Url(IReadOnlyList<SigmaAtom> atoms)
    {
        SigmaAtom[] parts = [.. atoms.Where(a => a.Part is SigmaPart.Url or SigmaPart.Stem or SigmaPart.Query or SigmaPart.Line)];
        var path = new UrlSide();
        var query = new UrlSide();
        foreach (SigmaAtom atom in parts)
        {
            SigmaValue value = atom.Values[0];
            string text = SigmaPattern.Sample(value);
            if (atom.Part == SigmaPart.Query) query.Add(value.Mode, text.TrimStart('?'));
            else if (atom.Part == SigmaPart.Stem) path.Add(value.Mode, text);
            else if (text.IndexOf('?') is >= 0 and var question)
            {
                path.Add(value.Mode is SigmaMode.Contains or SigmaMode.Regex ? SigmaMode.Ends : value.Mode, text[..question]);
                query.Add(SigmaMode.Starts, text[(question + 1)..]);
            }
            else if (atom.Part == SigmaPart.Line || (value.Mode == SigmaMode.Contains && text.Contains('='))) query.Add(SigmaMode.Contains, text);
            else path.Add(value.Mode, text);
        }
        string url = path.Text("");
        if (!url.StartsWith('/') && !url.Contains("://", StringComparison.Ordinal)) url = "/" + url;
        if (query.Any) url += "?" + query.Text("&");
        // A web server's log has no quotes and blanks in an address; what is looked for as written stays so.
        return parts.Any(p => SigmaPattern.View(p) == TextView.Raw) ? url : url.Replace(" ", "%20", StringComparison.Ordinal).Replace("\"", "%22", StringComparison.Ordinal);
    }

    private sealed class UrlSide
    {
        private readonly List<string> _middle = [];
        private string _begin = "", _end = "";

        public bool Any { get; private set; }

        public void Add(SigmaMode mode, string text)
        {
            Any = true;
            if (mode is SigmaMode.Starts or SigmaMode.Equals) _begin += text;
            else if (mode == SigmaMode.Ends) _end += text;
            else _middle.Add(text);
        }

        public string Text(string between) => _begin + string.Join(between, _middle) + _end;
    }
}
