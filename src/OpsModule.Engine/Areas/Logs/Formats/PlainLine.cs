using System.Text;

namespace OpsModule.Engine.Areas.Logs.Formats;

/// <summary>Any other line: a time and a level are taken off its beginning where they are; the rest is what it says.</summary>
internal static class PlainLine
{
    public static void Parse(ReadOnlySpan<byte> line, in LogClock clock, LogDraft draft)
    {
        ReadOnlySpan<byte> rest = line;
        bool dated = false;
        // Directives and comments are of the file, and a date in them is not an entry's.
        if ((line[0] != '#' || line.StartsWith("# Time: "u8)) && TimeFinder.TryFind(line, clock, out DateTimeOffset time, out int begin,
            out int end, out int tokens))
        {
            draft.Time = time;
            dated = true;
            if (tokens > 0) draft.Level = LogLevels.Find(line[..begin], dated: true, out _);
            // One word before the time is a level, a host or a file; more than that is kept.
            if (tokens <= 1) rest = Behind(line, end);
            else if (draft.Level != LogLevel.Unknown) 
            {
                LogLevels.Find(line[..begin], dated: true, out int cut);
                rest = line[cut..];
            }
            draft.IsBare = tokens == 0 && rest.IsEmpty;
        }
        else if (TryRails(line, clock, draft)) return;
        if (draft.Level != LogLevel.Unknown) rest = rest[RubyHead(rest)..];
        else if (!TryMonolog(ref rest, draft) && !TryPhp(ref rest, draft))
        {
            draft.Level = LogLevels.Find(rest, dated, out int used);
            rest = rest[used..];
            if (draft.Level == LogLevel.Unknown) TakeSpecial(line, ref rest, dated, draft);
        }
        if (rest.Length < line.Length && rest.Length > 0) draft.Message = Encoding.UTF8.GetString(rest);
    }

    /// <summary>Ruby: <c>#71]  INFO -- program: message</c>.</summary>
    private static int RubyHead(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[0] != '#') return 0;
        int dashes = text.IndexOf(" -- "u8);
        if (dashes is < 0 or > 64) return 0;
        int colon = text[(dashes + 3)..].IndexOf(": "u8);
        return colon < 0 ? 0 : dashes + 3 + colon + 2;
    }

    private static ReadOnlySpan<byte> Behind(ReadOnlySpan<byte> line, int end)
    {
        ReadOnlySpan<byte> rest = line[end..].TrimStart(" \t]:|,)>"u8);
        return rest.StartsWith("- "u8) ? rest[2..].TrimStart((byte)' ') : rest.StartsWith("\u00A0"u8) ? rest[2..] : rest;
    }

    /// <summary>Levels that are no word at the beginning.</summary>
    private static void TakeSpecial(ReadOnlySpan<byte> line, ref ReadOnlySpan<byte> rest, bool dated, LogDraft draft)
    {
        if (rest.IsEmpty) return;
        switch (rest[0])
        {
            case (byte)'F' when rest.StartsWith("Fatal error: "u8): draft.Level = LogLevel.Critical; return;
            case (byte)'P' when rest.StartsWith("Parse error: "u8): draft.Level = LogLevel.Error; return;
            case (byte)'U' when rest.StartsWith("Unhandled exception"u8)
                || rest.StartsWith("Uncaught "u8): draft.Level = LogLevel.Error; return;
            case (byte)'t' when rest.StartsWith("thread '"u8) && rest.IndexOf("' panicked at"u8) > 0: draft.Level = LogLevel.Error; return;
            case (byte)'C' when rest.StartsWith("Completed "u8): draft.Level = LogLevels.OfStatus(AccessLine.StatusAt(rest[10..])); return;
            case (byte)'n' when rest.StartsWith("npm "u8): draft.Level = LogLevels.Parse(Word(rest[4..])); return;
            case (byte)'(' when rest.StartsWith("(node:"u8) && rest.IndexOf("Warning: "u8) is > 0 and < 48: draft.Level =
                LogLevel.Warning; return;
            case >= (byte)'A' and <= (byte)'Z' when AccessLine.FindMorgan(rest) is > 0 and var status: draft.Level =
                LogLevels.OfStatus(status); return;
        }
        if (!dated && TryNumbered(ref rest, draft)) return;
        if (rest.IndexOf("] ["u8) > 0 && rest[..Math.Min(rest.Length, 48)].IndexOf("[System] [MY-"u8) >= 0) draft.Level =
            LogLevel.Information;
        else if (dated && IsCephError(rest)) draft.Level = LogLevel.Error;
        else if (AccessLine.FindStatus(line, rest) is > 0 and var found) draft.Level = LogLevels.OfStatus(found);
        else if (IsException(rest)) draft.Level = LogLevel.Error;
    }

    /// <summary><c>TypeError: message</c>, <c>java.lang.IllegalStateException: message</c>.</summary>
    internal static bool IsException(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> name = line[..Math.Min(line.Length, 160)];
        int end = name.IndexOfAny((byte)':', (byte)' ');
        if (end == 0 || (end > 0 && name[end] == ' ')) return false;
        if (end > 0) name = name[..end];
        return name.EndsWith("Exception"u8) || name.EndsWith("Error"u8) || name.EndsWith("Throwable"u8);
    }

    /// <summary>Monolog: <c>channel.ERROR: message {context}</c>.</summary>
    private static bool TryMonolog(ref ReadOnlySpan<byte> rest, LogDraft draft)
    {
        if (rest.IsEmpty || rest[0] is < (byte)'a' or > (byte)'z') return false;
        int colon = rest[..Math.Min(rest.Length, 80)].IndexOf(": "u8);
        if (colon < 0) return false;
        int point = rest[..colon].LastIndexOf((byte)'.');
        if (point <= 0 || rest[..colon].IndexOfAny(" \t"u8) >= 0 || rest[(point + 1)..colon].IndexOfAnyExceptInRange((byte)'A',
            (byte)'Z') >= 0) return false;
        LogLevel level = LogLevels.Parse(rest[(point + 1)..colon]);
        if (level == LogLevel.Unknown) return false;
        draft.Level = level;
        draft.SetText("channel", rest[..point]);
        rest = rest[(colon + 2)..];
        return true;
    }

    /// <summary><c>PHP Fatal error:  message</c>.</summary>
    private static bool TryPhp(ref ReadOnlySpan<byte> rest, LogDraft draft)
    {
        if (!rest.StartsWith("PHP "u8)) return false;
        ReadOnlySpan<byte> text = rest[4..];
        int colon = text[..Math.Min(text.Length, 40)].IndexOf((byte)':');
        if (colon < 0) return false;
        ReadOnlySpan<byte> name = text[..colon];
        draft.Level = name.EndsWith("atal error"u8) ? LogLevel.Critical : name.EndsWith("error"u8) ? LogLevel.Error
            : name.EndsWith("arning"u8) || name.EndsWith("eprecated"u8) ? LogLevel.Warning : name.EndsWith("otice"u8)
                || name.StartsWith("Strict"u8) ? LogLevel.Information : LogLevel.Unknown;
        if (draft.Level == LogLevel.Unknown) return false;
        rest = text[(colon + 1)..].TrimStart((byte)' ');
        return true;
    }

    /// <summary>npm's own log: <c>12 error code ENOENT</c>.</summary>
    private static bool TryNumbered(ref ReadOnlySpan<byte> rest, LogDraft draft)
    {
        int digits = rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (digits is < 1 or > 6 || rest[digits] != ' ') return false;
        ReadOnlySpan<byte> word = Word(rest[(digits + 1)..]);
        if (word.IsEmpty || word[0] is < (byte)'a' or > (byte)'z'
            || LogLevels.ParseValue(word) is not (var level and not LogLevel.Unknown)) return false;
        draft.Level = level;
        rest = rest[(digits + 1 + word.Length)..].TrimStart((byte)' ');
        return true;
    }

    /// <summary>Ceph: a thread in hexadecimal figures and the priority, of which -1 is an error.</summary>
    private static bool IsCephError(ReadOnlySpan<byte> rest)
    {
        int space = rest.IndexOf((byte)' ');
        return space is >= 4 and <= 16 && rest[space..].TrimStart((byte)' ').StartsWith("-1 "u8)
            && rest[..space].IndexOfAnyExcept("0123456789abcdef"u8) < 0;
    }

    /// <summary>Rails: <c>Started GET "/orders" for 192.0.2.10 at 2026-11-20 10:00:00 +0000</c>.</summary>
    private static bool TryRails(ReadOnlySpan<byte> line, in LogClock clock, LogDraft draft)
    {
        if (line[^1] is < (byte)'0' or > (byte)'9' || line.IndexOf("Started "u8) is < 0 or > 100
            || line.LastIndexOf(" at "u8) is not (> 0 and var at) || !TimeFinder.TryRead(line[(at + 4)..], clock, alone: false,
            out DateTimeOffset time, out int length)
            || at + 4 + length != line.Length) return false;
        draft.Time = time;
        return true;
    }

    private static ReadOnlySpan<byte> Word(ReadOnlySpan<byte> text)
    {
        int end = text.IndexOfAny(" !\t"u8);
        return end < 0 ? text : text[..end];
    }
}
