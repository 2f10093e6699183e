using OpsModule.Engine.Areas.Logs.Formats;

namespace OpsModule.Engine.Areas.Logs.Reading;

/// <summary>What an entry of several lines that has begun looks like further on.</summary>
internal enum TraceState
{
    None,
    /// <summary>Between Python's "Traceback" and the line that names the exception.</summary>
    Python,
    /// <summary>After that line; another exception may have been raised while this one was handled.</summary>
    PythonEnd,
    /// <summary>After the line that says so: the other's "Traceback" follows.</summary>
    PythonNext,
    /// <summary>Goroutines follow.</summary>
    Go,
    /// <summary>After "thread panicked at": the reason follows.</summary>
    Rust,
    /// <summary>After the reason: notes and the backtrace may follow.</summary>
    RustEnd,
    /// <summary>After Node's place of an uncaught error: the line of the program follows.</summary>
    NodeSource,
    /// <summary>After that line: the mark below it, and then the error.</summary>
    NodeError,
    /// <summary>After the error: its frames, its properties and Node's version.</summary>
    NodeEnd,
    /// <summary>A query of MySQL's slow log, until the next one's time.</summary>
    SlowQuery,
    /// <summary>A run of apt, until its End-Date.</summary>
    Apt,
    /// <summary>An event of Windows as text, until the next one.</summary>
    Event,
    /// <summary>Within quotation marks, as a field of PostgreSQL's csvlog.</summary>
    Quoted,
}

/// <summary>Tells lines that belong to the entry before them: stack traces of Java, .NET, Python, Node, Go, Rust, PHP and Ruby, indented
/// text, and what a kind of log writes in several lines.</summary>
internal static class Continuation
{
    /// <summary>Lines that are not indented belong together only when the platform noted them within this time.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    /// <summary>The trace that a first line begins.</summary>
    public static TraceState Begins(ReadOnlySpan<byte> line) => (char)line[0] switch
    {
        'T' when line.StartsWith("Traceback (most recent call last):"u8) => TraceState.Python,
        'p' when line.StartsWith("panic: "u8) => TraceState.Go,
        'f' when line.StartsWith("fatal error: "u8) => TraceState.Go,
        'g' when IsGoroutine(line) => TraceState.Go,
        't' when line.StartsWith("thread '"u8) && line.IndexOf("' panicked at"u8) > 0 => TraceState.Rust,
        '#' when line.StartsWith("# Time: "u8) || line.StartsWith("# User@Host: "u8) => TraceState.SlowQuery,
        'S' when line.StartsWith("Start-Date: "u8) => TraceState.Apt,
        'E' when line.StartsWith("Event["u8) => TraceState.Event,
        '/' or 'f' or 'n' or 'C' when IsNodePlace(line) => TraceState.NodeSource,
        _ => TraceState.None,
    };

    /// <summary>Whether the trace that a line begins is of something that failed.</summary>
    public static bool IsFailure(TraceState state) => state is TraceState.Python or TraceState.Go or TraceState.Rust;

    /// <summary>Whether a line that is not empty belongs to an entry, by what it looks like.</summary>
    /// <param name="line">The line.</param>
    /// <param name="entry">The entry before it.</param>
    /// <param name="since">How long after the entry's last line the platform noted it; null where it does not.</param>
    public static bool Continues(ReadOnlySpan<byte> line, OpenEntry entry, TimeSpan? since)
    {
        if (entry.Trace == TraceState.Quoted)
        {
            if (line.Count((byte)'"') % 2 == 1) entry.Trace = TraceState.None;
            return true;
        }
        // A line of these is whole; what comes after it is another's.
        if (entry.Format is LogFormat.Json or LogFormat.Access) return false;
        if (line[0] is (byte)' ' or (byte)'\t') return !StartsWithTime(line) && entry.Trace is not TraceState.NodeSource
            || entry.Trace == TraceState.NodeSource && Next(entry, TraceState.NodeError);
        if (since > Moment) return false;
        // Anybody may write the words that these begin with: they swallow no line that is another's by its own time or form.
        if (entry.Trace is TraceState.SlowQuery or TraceState.Apt or TraceState.Event && IsAnothers(line)) return false;
        switch (entry.Trace)
        {
            case TraceState.Go when IsGo(line): return true;
            case TraceState.Python: return Next(entry, TraceState.PythonEnd);
            case TraceState.PythonEnd when line.StartsWith("During handling of"u8)
                || line.StartsWith("The above exception"u8): return Next(entry, TraceState.PythonNext);
            case TraceState.PythonNext when Begins(line) == TraceState.Python: return Next(entry, TraceState.Python);
            case TraceState.Rust: return Next(entry, TraceState.RustEnd);
            case TraceState.RustEnd when line.StartsWith("note: "u8) || line.StartsWith("stack backtrace:"u8): return true;
            case TraceState.NodeSource: return Next(entry, TraceState.NodeError);
            case TraceState.NodeError when line.IndexOfAnyExcept("^~ "u8) < 0: return true;
            case TraceState.NodeError when entry.Lines < 6:
                entry.Level = LogLevel.Error;
                return Next(entry, TraceState.NodeEnd);
            case TraceState.NodeEnd when line.StartsWith("Node.js v"u8): return Next(entry, TraceState.None);
            case TraceState.NodeEnd when line.StartsWith("Emitted 'error' event"u8): return true;
            case TraceState.SlowQuery: return !line.StartsWith("# Time: "u8) && (!line.StartsWith("# User@Host: "u8) || entry.Lines == 1);
            case TraceState.Apt: return !line.StartsWith("Start-Date: "u8);
            case TraceState.Event: return !line.StartsWith("Event["u8);
        }
        // Loggers write a trace after their own line; a trace after a trace is another one.
        if (entry.Trace == TraceState.None && (entry.Level >= LogLevel.Warning || line[0] == 'g') && entry.IsHead && !entry.IsException
            && Begins(line) is var begun && IsFailure(begun) && (entry.Level >= LogLevel.Warning || IsGoroutine(line)))
            return Next(entry, begun);
        switch (line[0])
        {
            case (byte)'C' when line.StartsWith("Caused by: "u8): return true;
            case (byte)'S' when line.StartsWith("Suppressed: "u8) || line.StartsWith("Stack trace:"u8): return true;
            case (byte)'-' when line.StartsWith("--- End of "u8): return true;
            case (byte)'.' when line.StartsWith("... "u8): return true;
            case (byte)'#' when line.Length > 3 && (uint)(line[1] - '0') < 10 && entry.Level >= LogLevel.Warning: return true;
            case (byte)'(' when line.StartsWith("(Use `node "u8): return true;
            // Node closes the braces of an error's properties.
            case (byte)'}' or (byte)']' when entry.Lines > 1 && line.Length <= 3: return true;
        }
        // A name of an exception after a line that is none; two exceptions are two entries.
        return entry.Level >= LogLevel.Warning && entry.IsHead && !entry.IsException && PlainLine.IsException(line);
    }

    /// <summary>Whether a line that was found to have neither time nor level belongs to an entry because of what that is.</summary>
    /// <param name="line">The line.</param>
    /// <param name="draft">What was read from it.</param>
    /// <param name="entry">The entry before it.</param>
    /// <param name="since">How long after the entry's last line the platform noted it; null where it does not.</param>
    public static bool ContinuesUndated(ReadOnlySpan<byte> line, LogDraft draft, OpenEntry entry, TimeSpan? since)
    {
        if (!entry.IsDated || draft.Time is not null || draft.Format != LogFormat.Plain || entry.Format is LogFormat.Json
            or LogFormat.Access || since > Moment) return false;
        if (entry.IsBare && entry.Lines == 1)
        {
            entry.HeadLines = 2;
            return true;
        }
        if (entry.IsBare) return draft.Level == LogLevel.Unknown;
        // java.util.logging writes the level on a second line.
        if (entry.Lines == 1 && entry.Level == LogLevel.Unknown && draft.Level != LogLevel.Unknown && entry.IsClassAndMethod
            && line[0] is >= (byte)'A' and <= (byte)'Z')
        {
            entry.HeadLines = 2;
            return true;
        }
        if (draft.Level != LogLevel.Unknown || entry.Level < LogLevel.Warning) return false;
        return entry.AwaitsMore || IsRest(line);
    }

    /// <summary>What the languages and frameworks write on further lines of what failed, without indenting it.</summary>
    private static bool IsRest(ReadOnlySpan<byte> line) => (char)line[0] switch
    {
        // Laravel
        '[' => line.StartsWith("[stacktrace]"u8) || line.StartsWith("[previous exception]"u8),
        '"' => line.StartsWith("\"}"u8),
        // Elixir
        '*' => line.StartsWith("** ("u8),
        // PostgreSQL's clients
        'L' when line.StartsWith("LINE "u8) => true,
        'D' when line.StartsWith("DETAIL: "u8) => true,
        'H' when line.StartsWith("HINT: "u8) => true,
        'C' when line.StartsWith("CONTEXT: "u8) => true,
        // Ruby: "app/a.rb:7:in `run'"; Go: "main.run" above an indented place.
        _ => line.IndexOf(".rb:"u8) > 0 && line.IndexOf(":in "u8) > 0 || IsGoFunction(line),
    };

    private static bool IsGoFunction(ReadOnlySpan<byte> line)
    {
        int point = line.LastIndexOf((byte)'.');
        return point > 0 && point + 1 < line.Length && line.IndexOfAny(" \t:,"u8) < 0 && ((uint)((line[point + 1] | 0x20) - 'a') < 26
            || line[point + 1] == '(');
    }

    /// <summary>True for a line of a stack trace, which tells that something failed.</summary>
    public static bool IsFrame(ReadOnlySpan<byte> line)
    {
        if (IsGoroutine(line)) return true;
        ReadOnlySpan<byte> text = line.TrimStart(" \t"u8);
        return text.Length < line.Length && (text.StartsWith("at "u8) || text.StartsWith("File \""u8) || (line[0] == '\t'
            && text.StartsWith("from "u8)));
    }

    /// <summary>True for a line that tells a database's error: <c>ORA-00600: ...</c>.</summary>
    public static bool IsOracleError(ReadOnlySpan<byte> line) => line.Length >= 9 && line.StartsWith("ORA-"u8)
        && line[4..9].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;

    private static bool Next(OpenEntry entry, TraceState state)
    {
        entry.Trace = state;
        return true;
    }

    /// <summary>True for a line that has a time at its beginning, or is an object.</summary>
    private static bool IsAnothers(ReadOnlySpan<byte> line) => line[0] == '{' || StartsWithTime(line)
        || (line[0] is (byte)'[' or (byte)'<' && StartsWithTime(line[1..])) || StartsWithMonth(line);

    /// <summary><c>Nov 25 10:00:00</c></summary>
    private static bool StartsWithMonth(ReadOnlySpan<byte> line) => line.Length > 15 && line[3] == ' ' && line[6] == ' ' && line[9] == ':'
        && line[12] == ':' && line[15] == ' ' && char.IsAsciiDigit((char)line[5])
        && "JanFebMarAprMayJunJulAugSepOctNovDec"u8.IndexOf(line[..3]) >= 0;

    /// <summary>Some logs indent their own lines, which begin with a whole time then.</summary>
    private static bool StartsWithTime(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> text = line.TrimStart(" \t"u8);
        return text.Length > 18 && (uint)(text[0] - '0') <= 9 && DigitTime.TryRead(text, new LogClock(default, TimeSpan.Zero),
            alone: false, out _, out int length) && length >= 15;
    }

    private static bool IsGo(ReadOnlySpan<byte> line)
    {
        if (IsGoroutine(line) || line.StartsWith("created by "u8) || line.StartsWith("[signal "u8) || line.StartsWith("exit status "u8)
            || line.StartsWith("\tpanic: "u8)) return true;
        int parenthesis = line.IndexOf((byte)'(');
        return parenthesis > 0 && line[^1] == ')' && line[..parenthesis].IndexOf((byte)' ') < 0;
    }

    private static bool IsGoroutine(ReadOnlySpan<byte> line) => line.StartsWith("goroutine "u8) && line.EndsWith("]:"u8);

    /// <summary><c>/app/a.js:7</c> alone on a line, as Node begins to tell of an error that nothing has caught.</summary>
    private static bool IsNodePlace(ReadOnlySpan<byte> line)
    {
        int colon = line.LastIndexOf((byte)':');
        if (colon < 4 || colon == line.Length - 1 || line[(colon + 1)..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0) return false;
        ReadOnlySpan<byte> path = line[..colon];
        return path.IndexOf((byte)' ') < 0 && (path.EndsWith("js"u8) || path.EndsWith(".ts"u8) || path.StartsWith("node:"u8))
            && path.IndexOfAny("/:"u8) >= 0;
    }
}
