namespace OpsModule.Engine.Areas.Logs.Reading;

/// <summary>What a stack trace that has begun looks like further on.</summary>
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
}

/// <summary>Tells lines that belong to the entry before them: stack traces of Java, .NET, Python, Node and Go, and indented text.</summary>
internal static class Continuation
{
    private const int LongestName = 160;

    /// <summary>The trace that a first line begins.</summary>
    public static TraceState Begins(ReadOnlySpan<byte> line) =>
        line.StartsWith("Traceback (most recent call last):"u8) ? TraceState.Python
        : line.StartsWith("panic: "u8) || line.StartsWith("fatal error: "u8) || IsGoroutine(line) ? TraceState.Go
        : TraceState.None;

    /// <summary>Whether a line that is not empty belongs to an entry.</summary>
    /// <param name="line">The line.</param>
    /// <param name="format">The entry's kind.</param>
    /// <param name="level">The entry's level.</param>
    /// <param name="lines">How many lines the entry has.</param>
    /// <param name="state">The trace it is in.</param>
    public static bool Continues(ReadOnlySpan<byte> line, LogFormat format, LogLevel level, int lines, ref TraceState state)
    {
        // A line of these is whole; what comes after it is another's.
        if (format is LogFormat.Json or LogFormat.Access) return false;
        if (line[0] is (byte)' ' or (byte)'\t') return true;
        switch (state)
        {
            case TraceState.Go when IsGo(line): return true;
            case TraceState.Python: state = TraceState.PythonEnd; return true;
            case TraceState.PythonEnd when line.StartsWith("During handling of"u8) || line.StartsWith("The above exception"u8): state = TraceState.PythonNext; return true;
            case TraceState.PythonNext when Begins(line) == TraceState.Python: state = TraceState.Python; return true;
        }
        // Loggers write a trace after their own line; a trace after a trace is another one.
        if (state == TraceState.None && lines == 1 && level >= LogLevel.Warning && Begins(line) is var begun and not TraceState.None) { state = begun; return true; }
        if (line.StartsWith("Caused by: "u8) || line.StartsWith("Suppressed: "u8) || line.StartsWith("--- End of "u8) || line.StartsWith("... "u8)) return true;
        // Node closes the braces of an error's properties.
        if (lines > 1 && line.Length <= 3 && line[0] is (byte)'}' or (byte)']') return true;
        return level >= LogLevel.Warning && lines == 1 && IsException(line);
    }

    /// <summary>True for a line of a stack trace, which tells that something failed.</summary>
    public static bool IsFrame(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> text = line.TrimStart(" \t"u8);
        return text.Length < line.Length && (text.StartsWith("at "u8) || text.StartsWith("File \""u8));
    }

    /// <summary><c>java.lang.IllegalStateException: message</c>, <c>TypeError: message</c>.</summary>
    private static bool IsException(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> name = line[..Math.Min(line.Length, LongestName)];
        int end = name.IndexOfAny((byte)':', (byte)' ');
        if (end == 0 || (end > 0 && name[end] == ' ')) return false;
        if (end > 0) name = name[..end];
        return name.EndsWith("Exception"u8) || name.EndsWith("Error"u8) || name.EndsWith("Throwable"u8);
    }

    private static bool IsGo(ReadOnlySpan<byte> line)
    {
        if (IsGoroutine(line) || line.StartsWith("created by "u8) || line.StartsWith("[signal "u8) || line.StartsWith("exit status "u8)) return true;
        int parenthesis = line.IndexOf((byte)'(');
        return parenthesis > 0 && line[^1] == ')' && line[..parenthesis].IndexOf((byte)' ') < 0;
    }

    private static bool IsGoroutine(ReadOnlySpan<byte> line) => line.StartsWith("goroutine "u8) && line.EndsWith("]:"u8);
}
