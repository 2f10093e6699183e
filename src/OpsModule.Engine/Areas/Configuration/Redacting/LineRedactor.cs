using System.Text;
using System.Text.RegularExpressions;

namespace OpsModule.Engine.Areas.Configuration.Redacting;

/// <summary>Takes secrets out of one line after another; it knows what goes on over several lines.</summary>
/// <param name="mark">What stands in the place of a value, and its fingerprint.</param>
/// <param name="isDeclared">Whether a name was declared.</param>
internal sealed partial class LineRedactor(Func<string, (string Mark, string? Print)> mark, Func<string, bool> isDeclared)
{
    private const string KeyEnd = "-----END";

    private readonly List<Redaction> _found = [];
    private readonly StringBuilder _held = new();
    private int _line, _indent = -1;
    private char _quote;
    private bool _inKey;
    private (int Line, string Name, RedactionReason Why) _open;

    /// <summary>What was taken out so far.</summary>
    public IReadOnlyList<Redaction> Found => _found;

    /// <summary>The beginning of a line: <c>export NAME=value</c>, <c>- NAME: value</c>, <c>"name": value</c>.</summary>
    [GeneratedRegex("""\A(?<lead>[\s#;]*(?:export\s+|set\s+|-\s+)?["']?)(?<name>\$?[A-Za-z_][A-Za-z0-9_.\-]*)"""
        + """(?<sep>["']?\s*[:=]\s*)(?<value>.*)\z""",
        RegexOptions.NonBacktracking | RegexOptions.Singleline)]
    private static partial Regex Assignments();

    /// <summary>Names and values anywhere in a line, as in JSON and in flow mappings.</summary>
    [GeneratedRegex("""(?<name>[A-Za-z_][A-Za-z0-9_.\-]*)(?<sep>["']?\s*(?:=>|[:=])\s*)"""
        + """(?<value>"(?:[^"\\]|\\.)*"|'[^']*'|\$\{[^}]*\}|[^\s,;&{}\[\]"'<]+)""",
        RegexOptions.NonBacktracking)]
    private static partial Regex Pairs();

    /// <summary>Directives: <c>proxy_set_header X-Api-Key value;</c>, <c>password value</c>.</summary>
    [GeneratedRegex("""(?<lead>\A\s*(?:[\w\-]+\s+)*?)(?<name>\$?[\w\-]+)(?<sep>\s+)"""
        + """(?<value>"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"';]+)(?<end>\s*;?\s*)\z""",
        RegexOptions.NonBacktracking)]
    private static partial Regex Directives();

    [GeneratedRegex("""(?<lead>[A-Za-z][A-Za-z0-9+.\-]*://[^\s/@:"']*:)(?<value>[^\s"']*)(?<end>@)""", RegexOptions.NonBacktracking)]
    private static partial Regex Addresses();

    [GeneratedRegex("""(?<lead>://)(?<value>[^\s/@:"'?]{16,})(?<end>@)""", RegexOptions.NonBacktracking)]
    private static partial Regex Users();

    [GeneratedRegex("""(?<lead>\b(?:Basic|Bearer)\s+)(?<value>[A-Za-z0-9+/_.~\-]{6,}=*)""",
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase)]
    private static partial Regex Headers();

    [GeneratedRegex("""(?<lead>\bauth\s+[^\s:]+:)(?<value>[^\s"']+)""", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase)]
    private static partial Regex Logins();

    [GeneratedRegex("""(?<value>\$(?:apr1|1|2[abxy]?|5|6|7|y|argon2(?:id|i|d)|scrypt|pbkdf2[a-z0-9\-]*)\$[^\s:"',;]+"""
        + """|\{S?(?:SHA|MD5|CRYPT)[0-9]*\}[^\s:"',;]+|SCRAM-SHA-256\$[^\s"',;]+)""",
        RegexOptions.NonBacktracking)]
    private static partial Regex Hashes();

    [GeneratedRegex("""(?<lead>\A[^\s:#=/]+:)(?<value>[./0-9A-Za-z]{13})(?<end>\s*)\z""", RegexOptions.NonBacktracking)]
    private static partial Regex OldHashes();

    [GeneratedRegex("""(?<value>AGE-(?:SECRET-KEY|PLUGIN)-[A-Za-z0-9\-]+)""", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase)]
    private static partial Regex AgeKeys();

    [GeneratedRegex("""(?<value>-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*)""", RegexOptions.NonBacktracking)]
    private static partial Regex KeyBegins();

    [GeneratedRegex("""(?<value>[A-Za-z0-9+/_\-]{20,}={0,2})""", RegexOptions.NonBacktracking)]
    private static partial Regex Tokens();

    /// <summary>The line without secrets, with its end; null while it belongs to one that began before.</summary>
    public string? Next(string whole, int number)
    {
        _line = number;
        string line = whole.TrimEnd('\r', '\n'), end = whole[line.Length..];
        if (_inKey) return InKey(line, end);
        if (_quote != '\0') return InQuotes(line, end);
        if (_indent >= 0 && InBlock(line)) return null;
        if (KeyBegins().Match(line) is { Success: true } begin) return Key(line, end, begin);
        return (Assigned(line) ?? Anywhere(line)) is { } left ? left + end : null;
    }

    private string? InKey(string line, string end)
    {
        _held.Append('\n').Append(line.Trim());
        int at = line.IndexOf(KeyEnd, StringComparison.Ordinal);
        if (at < 0) return null;
        _inKey = false;
        Close();
        // What stands behind it on its last line, a quotation mark for example.
        int rest = line.IndexOf("-----", at + KeyEnd.Length, StringComparison.Ordinal);
        return (rest < 0 ? "" : line[(rest + 5)..]) + end;
    }

    private string Key(string line, string end, Match begin)
    {
        string before = line[..begin.Index], block = line[begin.Index..];
        int close = block.IndexOf(KeyEnd, StringComparison.Ordinal);
        if (close >= 0)
        {
            int stop = block.IndexOf("-----", close + KeyEnd.Length, StringComparison.Ordinal);
            stop = stop < 0 ? block.Length : stop + 5;
            return before + Take("", block[..stop], RedactionReason.Key) + Anywhere(block[stop..]) + end;
        }
        _inKey = true;
        _open = (_line, "", RedactionReason.Key);
        _held.Clear().Append(block);
        // The fingerprint is known at its end: the mark of a key of several lines has none.
        return before + "<redacted>" + end;
    }

    private string? InQuotes(string line, string end)
    {
        int at = line.IndexOf(_quote);
        _held.Append('\n').Append(at < 0 ? line : line[..at]);
        if (at < 0) return null;
        _quote = '\0';
        Close();
        return line[at..] + end;
    }

    private bool InBlock(string line)
    {
        bool isInside = line.Trim().Length == 0 || line.Length - line.TrimStart(' ').Length > _indent;
        if (isInside) _held.Append('\n').Append(line.Trim());
        else
        {
            _indent = -1;
            Close();
        }
        return isInside;
    }

    private void Close() => _found.Add(new Redaction(_open.Line, _open.Name, _open.Why, mark(_held.ToString().Trim()).Print));

    /// <summary>A line that gives a value to a name, where that is a secret: the whole value goes, with what stands behind it.</summary>
    private string? Assigned(string line)
    {
        if (Assignments().Match(line) is not { Success: true } found) return null;
        string name = found.Groups["name"].Value, value = found.Groups["value"].Value.Trim();
        RedactionReason? why = isDeclared(name) ? RedactionReason.Declared : null;
        string head = line[..found.Groups["value"].Index];
        if (value.Length == 0) return null;
        if (value[0] is '{' or '[') return why is null ? null : head + Take(name, value, why.Value);
        string bare = Bare(value, out string before, out string after);
        if (why is null && SecretLooks.IsNamed(name, bare)) why = RedactionReason.Named;
        if (why is not { } reason || bare.Length == 0) return null;
        if (value.Split(' ')[0] is "|" or ">" or "|-" or ">-" or "|+" or ">+")
        {
            (_indent, _open) = (line.Length - line.TrimStart(' ').Length, (_line, name, reason));
            _held.Clear();
            return $"{head}<redacted>";
        }
        if (value[0] is '"' or '\'' && value.IndexOf(value[0], 1) < 0)
        {
            (_quote, _open) = (value[0], (_line, name, reason));
            _held.Clear().Append(value.AsSpan(1));
            return $"{head}{value[0]}<redacted>";
        }
        return head + before + Take(name, bare, reason) + after;
    }

    /// <summary>The value without its quotation marks, and what goes before and behind it.</summary>
    private static string Bare(string value, out string before, out string after)
    {
        (before, after) = ("", "");
        if (value[0] is '"' or '\'' && value.LastIndexOf(value[0]) is > 0 and var close)
        {
            before = after = value[..1];
            // A comma, a semicolon, a bracket goes on; a comment does not.
            string rest = value[(close + 1)..].Trim();
            if (rest.Length > 0 && rest.All(c => c is ',' or ';' or '}' or ']')) after += rest;
            return value[1..close];
        }
        string bare = value.TrimEnd(',', ';');
        after = value[bare.Length..];
        return bare;
    }

    private string Anywhere(string line)
    {
        line = Replace(line, Addresses(), RedactionReason.Address);
        line = Replace(line, Users(), RedactionReason.Address, SecretLooks.IsRandom);
        line = Replace(line, Headers(), RedactionReason.Header);
        line = Replace(line, Logins(), RedactionReason.Header);
        line = Replace(line, Hashes(), RedactionReason.Hash);
        line = Replace(line, OldHashes(), RedactionReason.Hash);
        line = Replace(line, AgeKeys(), RedactionReason.Key);
        line = Replace(line, Pairs(), null);
        line = Replace(line, Directives(), null);
        return Replace(line, Tokens(), RedactionReason.Random, SecretLooks.IsRandom, IsDigest);
    }

    /// <summary>Digests of images and of files are no secrets.</summary>
    private static bool IsDigest(string line, int at) => line.AsSpan(0, at).EndsWith("sha256:") || line.AsSpan(0, at).EndsWith("sha512:")
        || line.AsSpan(0, at).EndsWith("sha512-") || line.AsSpan(0, at).EndsWith("<redacted:");

    private delegate bool Looks(ReadOnlySpan<char> value);

    private string Replace(string line, Regex pattern, RedactionReason? why, Looks? onlyIf = null, Func<string, int, bool>? not = null) =>
        pattern.Replace(line, match =>
        {
            Group value = match.Groups["value"];
            string name = match.Groups["name"].Value.TrimStart('$'), bare = value.Value;
            bool isQuoted = bare.Length > 1 && bare[0] is '"' or '\'' && bare[^1] == bare[0];
            if (isQuoted) bare = bare[1..^1];
            if (bare.Length == 0 || bare.StartsWith("<redacted", StringComparison.Ordinal)) return match.Value;
            if (onlyIf?.Invoke(bare) is false || not?.Invoke(line, value.Index) is true) return match.Value;
            RedactionReason? reason = why ?? (isDeclared(name) ? RedactionReason.Declared
                : SecretLooks.IsNamed(name, bare) ? RedactionReason.Named : null);
            if (reason is not { } known) return match.Value;
            string quote = isQuoted ? value.Value[..1] : "";
            int from = value.Index - match.Index;
            return match.Value[..from] + quote + Take(name, bare, known) + quote + match.Value[(from + value.Length)..];
        });

    private string Take(string name, string value, RedactionReason why)
    {
        (string made, string? print) = mark(value);
        _found.Add(new Redaction(_line, name, why, print));
        return made;
    }
}
