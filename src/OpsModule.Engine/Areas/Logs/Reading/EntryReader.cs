using System.Globalization;
using System.Text;

namespace OpsModule.Engine.Areas.Logs.Reading;

/// <summary>
/// Makes entries of the lines of one instance: parses each line, keeps together what belongs together, and lets pass what is asked for. The
/// two streams are put together apart, and entries leave in the order in which they began.
/// </summary>
internal sealed class EntryReader(string service, string instance, bool stamped, LogClock clock, LogFilter filter) : InstanceReader<LogEntry>(stamped, LongestLine, pieces: false)
{
    /// <summary>What is longer is cut off, and the entry says so.</summary>
    public const int LongestLine = 256 * 1024;

    /// <summary>An entry has no more lines or bytes than this; what follows is an entry of its own.</summary>
    public const int MostLines = 1000, MostBytes = 512 * 1024;

    /// <summary>An entry that has not grown for so many lines of the other stream does not hold those back any longer.</summary>
    private const int Patience = 32;

    private readonly LogLineParser _parser = new(clock);
    private readonly LogDraft _draft = new();
    private readonly OpenEntry?[] _open = new OpenEntry?[2];
    private readonly Queue<OpenEntry> _begun = new();
    private DateTimeOffset? _lastTime;
    private long _line;

    public override void Settle()
    {
        _open[0] = _open[1] = null;
        while (_begun.TryDequeue(out OpenEntry? entry)) Give(entry);
    }

    protected override void TakeLine(bool error, DateTimeOffset? stamp, ReadOnlySpan<byte> line, long missing)
    {
        if (line.Length > 0 && line[^1] == '\r') line = line[..^1];
        _line++;
        int stream = error ? 1 : 0;
        if (line.IsEmpty) { _open[stream]?.AddBlank(); return; }
        if (!Grow(_open[stream], line, missing)) Begin(stream, stamp, line, missing);
        _open[stream]!.LastLine = _line;
        while (_begun.TryPeek(out OpenEntry? first) && (first.IsClosed || _line - first.LastLine > Patience))
        {
            _begun.Dequeue();
            if (!first.IsClosed) _open[first.Error ? 1 : 0] = null;
            Give(first);
        }
    }

    /// <summary>Adds a line to the entry before it when it belongs there; otherwise leaves it parsed in the draft.</summary>
    private bool Grow(OpenEntry? entry, ReadOnlySpan<byte> line, long missing)
    {
        if (entry is not null && (entry.Lines >= MostLines || entry.Bytes + line.Length > MostBytes)) entry = null;
        if (entry is not null && Continuation.Continues(line, entry.Format, entry.Level, entry.Lines, ref entry.Trace))
        {
            if (entry.Level == LogLevel.Unknown && Continuation.IsFrame(line)) entry.Level = LogLevel.Error;
            string text = Text(line, missing);
            entry.Add(text, text, line.Length);
            return true;
        }
        _parser.Parse(line, _draft);
        if (entry is null || !_draft.IsContinuation || entry.Format != LogFormat.Postgres || !Equals(entry.Process, _draft.Fields!["pid"])) return false;
        entry.Add(Text(line, missing), _draft.Message!, line.Length);
        return true;
    }

    private void Begin(int stream, DateTimeOffset? stamp, ReadOnlySpan<byte> line, long missing)
    {
        var entry = new OpenEntry { Trace = _draft.Format == LogFormat.Plain ? Continuation.Begins(line) : TraceState.None };
        if (entry.Trace != TraceState.None && _draft.Level == LogLevel.Unknown) _draft.Level = LogLevel.Error;
        if (missing > 0 && _draft.Message is not null) _draft.Message += Mark(missing);
        entry.Begin(stream == 1, stamp, _draft, Text(line, missing), line.Length);
        if (_open[stream] is { } before) before.IsClosed = true;
        _open[stream] = entry;
        _begun.Enqueue(entry);
    }

    private void Give(OpenEntry open)
    {
        LogEntry entry = open.Finish(service, instance);
        // What has no time of its own belongs to the time of what came before.
        _lastTime = entry.Time ?? _lastTime;
        if (filter.Passes(entry, _lastTime)) MakeReady(entry.Time, entry);
    }

    private static string Text(ReadOnlySpan<byte> line, long missing) => missing == 0 ? Encoding.UTF8.GetString(line) : Encoding.UTF8.GetString(line) + Mark(missing);

    private static string Mark(long missing) => string.Create(CultureInfo.InvariantCulture, $" [{missing} bytes more were cut off]");
}
