using System.Text;
using System.Text.RegularExpressions;

namespace OpsModule.Engine.Areas.Attacks.Formats;

/// <summary>What programs write before their message: times, levels, numbers, the host and the program of syslog. No client writes there.</summary>
internal static partial class MessageHead
{
    private const string Months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";

    /// <summary>Where the message begins.</summary>
    public static int End(string text)
    {
        int at = 0;
        bool afterTime = false, month = false;
        while (at < text.Length)
        {
            if (text[at] is ' ' or '\t') { at++; continue; }
            int end = text.AsSpan(at).IndexOfAny(' ', '\t') is >= 0 and var length ? at + length : text.Length;
            if (text[at] == '[' && text.IndexOf(']', at) is > 0 and var close && close - at < 80 && text.AsSpan(at, close - at).IndexOfAny("\"'") < 0 && !IsAddress(text, at, close + 1))
            {
                // "[Tue Nov 25 10:11:12 2025]", "[error]", "[22]:"
                if (text.AsSpan(at, close - at).Contains("client ", StringComparison.OrdinalIgnoreCase)) return at;
                end = close + 1;
                if (end < text.Length && text[end] == ':') end++;
                afterTime = text.AsSpan(at, end - at).Count(':') >= 2;
                at = end;
                continue;
            }
            string word = text[at..end];
            if (IsAddress(text, at, end)) return at;
            if (Time().IsMatch(word)) { afterTime = true; at = end; continue; }
            if (Plain().IsMatch(word))
            {
                month |= char.IsAsciiLetter(word[^1]) && word.Length >= 3 && Months.Contains(word[^3..], StringComparison.Ordinal);
                at = end;
                continue;
            }
            if (ProgramTag().IsMatch(word)) { at = end; afterTime = false; continue; }
            // Without a number of a process only behind the time of syslog: "Login failed: 8.8.8.8" is a message.
            if (afterTime && HostAndProgram().Match(text, at) is { Success: true } tag && (month || tag.Value.Contains('[', StringComparison.Ordinal))) { at += tag.Length; afterTime = false; continue; }
            return at;
        }
        return at;
    }

    /// <summary>Where an object begins that is the whole message, behind the head of Kubernetes, Compose or syslog; -1 where there is none.</summary>
    public static int JsonBehind(ReadOnlySpan<byte> line)
    {
        int brace = line[..Math.Min(line.Length, 200)].IndexOf("{\""u8);
        if (brace <= 0) return -1;
        return IsHead(line[..brace]) ? brace : -1;
    }

    /// <summary>
    /// Where the pairs of logfmt begin that are the whole message, behind the same heads; -1 where there are none. A word more may stand
    /// there: the program, or what it is.
    /// </summary>
    public static int PairsBehind(ReadOnlySpan<byte> line)
    {
        int equals = line[..Math.Min(line.Length, 200)].IndexOf((byte)'=');
        if (equals <= 0 || line[(equals + 1)..].IndexOf((byte)'=') < 0) return -1;
        int name = equals;
        while (name > 0 && (char.IsAsciiLetterOrDigit((char)line[name - 1]) || line[name - 1] is (byte)'_' or (byte)'.' or (byte)'-'
            or (byte)'@')) name--;
        if (name == 0) return 0;
        return name < equals && line[name - 1] == ' ' && IsHead(line[..name]) ? name : -1;
    }

    /// <summary>
    /// True for what a server writes before a line of a known form: a head, and behind it at most the name of a logger. Words of a message
    /// are none: a client's name may stand behind them.
    /// </summary>
    public static bool IsBeforeLine(ReadOnlySpan<byte> bytes)
    {
        // "I, [2025-11-25T10:11:12.123456 #1]  INFO -- : ": the logger of Ruby
        if (bytes.Length > 3 && bytes[1] == ',' && bytes[2] == ' ' && "DIWEF"u8.Contains(bytes[0])) bytes = bytes[3..];
        if (bytes.TrimEnd((byte)' ').IsEmpty || IsHead(bytes)) return true;
        ReadOnlySpan<byte> trimmed = bytes.TrimEnd((byte)' ');
        // "[W 251125 10:11:12 web:2271" ends with the bracket that the form itself begins with.
        if (trimmed[0] == '[' && trimmed.IndexOf((byte)']') < 0) return trimmed.IndexOfAnyInRange((byte)'0', (byte)'9') >= 0;
        int last = trimmed.LastIndexOf((byte)' ') + 1;
        return trimmed[last..].IndexOfAny(".:]"u8) >= 0 && (last == 0 || IsHead(trimmed[..last]));
    }

    /// <summary>True when a server has written all of it. The console of zap puts a tabulator before what it tells.</summary>
    public static bool IsHead(ReadOnlySpan<byte> bytes)
    {
        string head = Encoding.Latin1.GetString(bytes);
        return End(head) == head.Length || ComposeHead().IsMatch(head) || ZapHead().IsMatch(head);
    }

    private static bool IsAddress(string text, int start, int end) => !FoundAddresses.Read(text, start, end - start).Equals(default(Range));

    [GeneratedRegex(@"^[0-9T:.,/+Z_-]*\d:\d\d(:\d\d)?[0-9.,Z+:-]*\]?$", RegexOptions.CultureInvariant)]
    private static partial Regex Time();

    [GeneratedRegex(@"^[\w.-]+ +\| *$", RegexOptions.CultureInvariant)]
    private static partial Regex ComposeHead();

    [GeneratedRegex(@"^\S+(\t| )(DEBUG|INFO|WARN|ERROR)\t([\w.]+\t)?[\w :.-]+\t$", RegexOptions.CultureInvariant)]
    private static partial Regex ZapHead();

    /// <summary>Numbers, durations, levels, names of days and months, marks.</summary>
    [GeneratedRegex(@"^(<\d{1,3}>\d?|[0-9.,:/#*+-]+(ns|us|ms|s|m|h)?|UTC|GMT|CES?T|[-|*]|(?i:trace|debug|info|information|notice|warn|warning|error|err|crit|critical|fatal|security|audit|F|I|W|E|D):?|(<\d{1,3}>)?(Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec),?|stdout|stderr)$", RegexOptions.CultureInvariant)]
    private static partial Regex Plain();

    /// <summary><c>sshd[123]:</c></summary>
    [GeneratedRegex(@"^[\w./@()-]+\[(\d+|[a-z][\w-]*)\]:?$", RegexOptions.CultureInvariant)]
    private static partial Regex ProgramTag();

    /// <summary><c>host sshd[123]:</c> and <c>host nginx:</c></summary>
    [GeneratedRegex(@"\G[\w.:-]+ [\w./@()-]+(\[[\w ]+\])?: ?", RegexOptions.CultureInvariant)]
    private static partial Regex HostAndProgram();
}
