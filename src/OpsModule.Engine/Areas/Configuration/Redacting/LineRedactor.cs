using System.Text;
using System.Text.RegularExpressions;

namespace OpsModule.Engine.Areas.Configuration.Redacting;

/// <summary>Takes secrets out of one line after another; it knows what goes on over several lines.</summary>
/// <param name="mark">What stands in the place of a value, and its fingerprint.</param>
/// <param name="isDeclared">Whether a name was declared.</param>
/// <param name="known">Secrets that go wherever they stand, the longest first.</param>
internal sealed partial class LineRedactor(Func<string, (string Mark, string? Print)> mark, Func<string, bool> isDeclared,
    IReadOnlyList<string> known)
{
    private const string KeyEnd = "-----END";

    private readonly List<Redaction> _found = [];
    private readonly StringBuilder _held = new();
    private int _line, _indent = -1;
    private char _quote;
    private bool _inKey;
    private (int Line, string Name, RedactionReason Why) _open;
    // A name whose value is in the lines that follow, and how far in it stands; one that a value of its own line is to follow.
    private (string Name, int Indent, bool IsOption)? _awaited;
    private string? _named;

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
        return Known(Awaited(line) ?? Assigned(line) ?? Anywhere(line)) + end;
    }

    /// <summary>A value whose name stands in a line before: <c>password:</c>, or <c>- --requirepass</c>.</summary>
    private string? Awaited(string line)
    {
        string text = line.TrimStart();
        int indent = line.Length - text.Length;
        if (_awaited is { } name && text.Length > 0 && text[0] != '#')
        {
            if (name.IsOption) _awaited = null;
            if (indent <= name.Indent && !(indent == name.Indent && (name.IsOption || text.StartsWith("- ", StringComparison.Ordinal))))
                _awaited = null;
            else if (SecretPlaces.Mappings().IsMatch(line)) (_awaited, _named) = (null, name.Name);
            else if (Alone(line, name.Name) is { } left) return left;
        }
        if (SecretPlaces.OptionLines().Match(line) is { Success: true } option && ReasonOf(option.Groups["name"].Value) is not null)
            _awaited = (option.Groups["name"].Value, indent, true);
        return null;
    }

    private string? Alone(string line, string name)
    {
        Group found = SecretPlaces.Values().Match(line).Groups["value"];
        if (SecretPlaces.IsOption(found.ValueSpan) || found.Value is "[" or "]" or "{" or "}" or "]," or "},") return null;
        string bare = Bare(found.Value, out string before, out string after);
        return ReasonOf(name, bare) is { } why && bare.Length > 0 ? line[..found.Index] + before + Take(name, bare, why) + after : null;
    }

    /// <summary>Secrets that the environment file refers to, wherever they are left.</summary>
    private string Known(string line)
    {
        foreach (string secret in known)
            if (line.Contains(secret, StringComparison.Ordinal))
                line = line.Replace(secret, Take("", secret, RedactionReason.Known), StringComparison.Ordinal);
        return line;
    }

    /// <summary>Why a value of this name counts as secret; null when it does not. Of a value that is not known yet: whether any
    /// would.</summary>
    private RedactionReason? ReasonOf(string name, string value = "x") => isDeclared(name) ? RedactionReason.Declared
        : SecretLooks.IsNamed(name, value) ? RedactionReason.Named : null;

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
        // The value of its own line that follows the line with its name.
        if (_named is { } named && name.Equals("value", StringComparison.OrdinalIgnoreCase)) name = named;
        else if (name.ToLowerInvariant() is "name" or "key" && value.Length > 0) _named = Bare(value, out string _, out string _);
        else if (found.Groups["lead"].Value.Contains('-')) _named = null;
        if ((value.Length == 0 || value[0] is '[' or '#') && ReasonOf(name) is not null)
            _awaited = (name, line.Length - line.TrimStart().Length, false);
        if (value.Length == 0) return null;
        why ??= isDeclared(name) ? RedactionReason.Declared : null;
        if (value[0] == '[' && why is null && !value.Contains('{')) return Listed(head, name, value);
        if (value[0] is '{' or '[') return why is null ? null : head + Take(name, value, why.Value);
        string bare = Bare(value, out string before, out string after);
        if (why is null && SecretLooks.IsNamed(name, bare)) why = RedactionReason.Named;
        if (why is not { } reason || bare.Length == 0) return null;
        if (SecretPlaces.BlockHeads().IsMatch(value))
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

    private string? Listed(string head, string name, string value)
    {
        string left = SecretPlaces.Listed().Replace(value, m => m.Value.Trim('"', '\'') is { Length: > 0 } bare
            && ReasonOf(name, bare) is { } why ? m.Value.Replace(bare, Take(name, bare, why), StringComparison.Ordinal) : m.Value);
        return left == value ? null : head + left;
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
        line = Replace(line, SecretPlaces.Options(), null, IsNoOption);
        line = Replace(line, SecretPlaces.ListedOptions(), null, IsNoOption);
        line = Replace(line, SecretPlaces.RedisLogins(), RedactionReason.Header);
        line = Replace(line, SecretPlaces.NamedValues(), null);
        line = Replace(line, SecretPlaces.Elements(), null);
        if (SecretPlaces.AclLines().IsMatch(line)) line = Replace(line, SecretPlaces.AclPasswords(), RedactionReason.Header);
        line = Replace(line, SecretPlaces.PassLines(), RedactionReason.Header);
        line = Replace(line, Pairs(), null);
        line = Replace(line, Directives(), null);
        return Replace(line, Tokens(), RedactionReason.Random, SecretLooks.IsRandom, IsDigest);
    }

    /// <summary>Digests of images and of files are no secrets.</summary>
    private static bool IsDigest(string line, int at) => line.AsSpan(0, at).EndsWith("sha256:") || line.AsSpan(0, at).EndsWith("sha512:")
        || line.AsSpan(0, at).EndsWith("sha512-") || line.AsSpan(0, at).EndsWith("<redacted:");

    private static bool IsNoOption(ReadOnlySpan<char> value) => !SecretPlaces.IsOption(value);

    private delegate bool Looks(ReadOnlySpan<char> value);

    private string Replace(string line, Regex pattern, RedactionReason? why, Looks? onlyIf = null, Func<string, int, bool>? not = null)
    {
        var made = new StringBuilder();
        int done = 0;
        for (int at = 0; at <= line.Length && pattern.Match(line, at) is { Success: true } match;)
        {
            Group value = match.Groups["value"];
            string name = match.Groups["name"].Value.TrimStart('$'), bare = value.Value;
            bool isQuoted = bare.Length > 1 && bare[0] is '"' or '\'' && bare[^1] == bare[0];
            if (isQuoted) bare = bare[1..^1];
            bool isMeant = bare.Length > 0 && !bare.StartsWith("<redacted", StringComparison.Ordinal)
                && onlyIf?.Invoke(bare) is not false && not?.Invoke(line, value.Index) is not true;
            if (isMeant && (why ?? ReasonOf(name, bare)) is { } reason)
            {
                string quote = isQuoted ? value.Value[..1] : "";
                made.Append(line, done, value.Index - done).Append(quote).Append(Take(name, bare, reason)).Append(quote);
                done = at = value.Index + value.Length;
            }
            // What is no value may be a name, as of the option after one that has none.
            else at = match.Groups["sep"] is { Success: true } sep ? sep.Index : match.Index + Math.Max(match.Length, 1);
        }
        return done == 0 ? line : made.Append(line, done, line.Length - done).ToString();
    }

    private string Take(string name, string value, RedactionReason why)
    {
        (string made, string? print) = mark(value);
        _found.Add(new Redaction(_line, name, why, print));
        return made;
    }
}
