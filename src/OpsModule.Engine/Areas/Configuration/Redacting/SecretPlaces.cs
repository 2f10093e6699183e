using System.Text.RegularExpressions;

namespace OpsModule.Engine.Areas.Configuration.Redacting;

/// <summary>Where programs and formats have values that are not written as <c>name = value</c>.</summary>
internal static partial class SecretPlaces
{
    private const string Quoted = """
        "(?:[^"\\]|\\.)*"|'[^']*'
        """;

    /// <summary>Options of a call: <c>--requirepass value</c>, also within quotation marks.</summary>
    [GeneratedRegex("""(?<lead>(?:\A|[\s"'=(])--?)(?<name>[A-Za-z][\w\-]*)(?<sep>(?:=|\s+)(?:\\["'])?)(?<value>""" + Quoted
        + """|[^\s"'\\](?:[^\s"'\\]|\\[^"'])*)""", RegexOptions.NonBacktracking)]
    public static partial Regex Options();

    /// <summary>The same as a list: <c>"--requirepass", "value"</c>.</summary>
    [GeneratedRegex("""(?<lead>[\s"',\[]--?)(?<name>[A-Za-z][\w\-]*)(?<sep>["']?\s*,\s*)(?<value>""" + Quoted + """|[^\s"',\]]+)""",
        RegexOptions.NonBacktracking)]
    public static partial Regex ListedOptions();

    /// <summary>What redis-cli signs in with: <c>-a value</c>, also as a list.</summary>
    [GeneratedRegex("""(?<lead>\bredis-cli\b.*?[\s"',]-a["']?(?:\s*,\s*|\s+))(?<value>""" + Quoted + """|[^\s"',\]]+)""",
        RegexOptions.NonBacktracking)]
    public static partial Regex RedisLogins();

    /// <summary>A name and its value as two values: <c>{ name: DB_PASSWORD, value: x }</c>.</summary>
    [GeneratedRegex("""(?<lead>\b(?:name|key)["']?\s*[:=]\s*["']?)(?<name>[A-Za-z_][\w.\-]*)"""
        + """(?<sep>["']?\s*,?\s*["']?\bvalue["']?\s*[:=]\s*)""" + "(?<value>" + Quoted + """|[^\s"',{}\]]+)""",
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase)]
    public static partial Regex NamedValues();

    /// <summary>Elements: <c>&lt;password&gt;value&lt;/password&gt;</c>.</summary>
    [GeneratedRegex("""<(?<name>[A-Za-z_][\w.:\-]*)(?:\s[^<>]*)?>(?<value>[^<>]+)<""", RegexOptions.NonBacktracking)]
    public static partial Regex Elements();

    /// <summary>Rules for a user of redis, whose passwords stand behind a sign.</summary>
    [GeneratedRegex("""\A\s*(?:user|acl\s+setuser)\s+\S+\s""", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase)]
    public static partial Regex AclLines();

    /// <summary>One of them.</summary>
    [GeneratedRegex("""(?<lead>\s[<>])(?<value>\S+)""", RegexOptions.NonBacktracking)]
    public static partial Regex AclPasswords();

    /// <summary>Lines of a <c>.pgpass</c>: <c>host:5432:database:user:password</c>.</summary>
    [GeneratedRegex("""(?<lead>\A(?:[^\s:#\\]|\\.)+:(?:[0-9]{1,5}|\*):(?:[^:\\]|\\.)+:(?:[^:\\]|\\.)+:)(?<value>[^\s/].*)\z""",
        RegexOptions.NonBacktracking)]
    public static partial Regex PassLines();

    /// <summary>What begins a block of lines in YAML.</summary>
    [GeneratedRegex("""\A[|>][\-+0-9]*(?:\s.*)?\z""", RegexOptions.NonBacktracking)]
    public static partial Regex BlockHeads();

    /// <summary>A line that gives something to a name: it is no value of the line before.</summary>
    [GeneratedRegex("""\A\s*(?:-\s+)?["']?[\w$./\-]+["']?\s*:(?:\s.*)?\z""", RegexOptions.NonBacktracking)]
    public static partial Regex Mappings();

    /// <summary>An option whose value is the next thing of a list.</summary>
    [GeneratedRegex("""\A\s*(?:-\s+)?["']?--?(?<name>[A-Za-z][\w\-]*)["']?,?\s*\z""", RegexOptions.NonBacktracking)]
    public static partial Regex OptionLines();

    /// <summary>A line that is a value alone.</summary>
    [GeneratedRegex("""\A(?<lead>\s*(?:-\s+)?)(?<value>\S.*?)\s*\z""", RegexOptions.NonBacktracking)]
    public static partial Regex Values();

    /// <summary>The things of a list in one line.</summary>
    [GeneratedRegex(Quoted + """|[^\s"',\[\]]+""", RegexOptions.NonBacktracking)]
    public static partial Regex Listed();

    /// <summary>True for what is the next option, and no value of the one before.</summary>
    public static bool IsOption(ReadOnlySpan<char> value) => value.StartsWith("--") || (value.Length == 2 && value[0] == '-');
}
