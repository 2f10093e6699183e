using System.Buffers;
using System.Globalization;
using System.Text;
using OpsModule.Engine.Areas.Logs.Formats;

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
    /// <summary>Of each stream: the engine writes the parts of both between one another.</summary>
    private readonly ArrayBufferWriter<byte>[] _parts = [new(), new()], _partLines = [new(), new()];

    private readonly DateTimeOffset?[] _partTimes = new DateTimeOffset?[2];
    private byte[] _plain = [], _source = [];
    private DateTimeOffset? _lastTime;
    private long _line, _entries, _undated;

    public override void Settle()
    {
        EndParts(0, 0);
        EndParts(1, 0);
        _open[0] = _open[1] = null;
        while (_begun.TryDequeue(out OpenEntry? entry)) Give(entry);
    }

    public override long Undated => _undated;

    public override long Entries => _entries;

    protected override void TakeLine(bool error, DateTimeOffset? stamp, ReadOnlySpan<byte> line, long missing)
    {
        if (line.Length > 0 && line[^1] == '\r') line = line[..^1];
        if (IsStamped || !ContainerLine.TryUnwrap(line, out ContainerLine.Wrapped wrapped)) { Take(error, stamp, line, line,
            missing); return; }
        if (wrapped.Partial || _parts[wrapped.Error ? 1 : 0].WrittenCount > 0)
        {
            Collect(wrapped, line, missing);
            return;
        }
        if (!wrapped.Source.SequenceEqual(_source.AsSpan()))
        {
            Close(0);
            _source = wrapped.Source.ToArray();
        }
        Take(wrapped.Error, wrapped.Time, line, wrapped.Text, missing);
    }

    /// <summary>Puts together a line that the engine wrote in parts.</summary>
    private void Collect(ContainerLine.Wrapped wrapped, ReadOnlySpan<byte> line, long missing)
    {
        int stream = wrapped.Error ? 1 : 0;
        if (_parts[stream].WrittenCount == 0) _partTimes[stream] = wrapped.Time;
        else _partLines[stream].Write("\n"u8);
        _partLines[stream].Write(line);
        _parts[stream].Write(wrapped.Text);
        if (wrapped.Partial && _parts[stream].WrittenCount < LongestLine) return;
        EndParts(stream, missing);
    }

    private void EndParts(int stream, long missing)
    {
        if (_partLines[stream].WrittenCount == 0) return;
        Take(stream == 1, _partTimes[stream], _partLines[stream].WrittenSpan, _parts[stream].WrittenSpan, missing);
        _parts[stream].ResetWrittenCount();
        _partLines[stream].ResetWrittenCount();
    }

    /// <summary>Takes a line.</summary>
    /// <param name="error">The stream.</param>
    /// <param name="stamp">When the platform noted it.</param>
    /// <param name="raw">The line as it was written.</param>
    /// <param name="text">What the program wrote.</param>
    /// <param name="missing">How many bytes of it were cut off.</param>
    private void Take(bool error, DateTimeOffset? stamp, ReadOnlySpan<byte> raw, ReadOnlySpan<byte> text, long missing)
    {
        _line++;
        int stream = error ? 1 : 0;
        if (raw.IsEmpty) { _open[stream]?.AddBlank(); return; }
        ReadOnlySpan<byte> line = TerminalColours.Strip(text, ref _plain);
        if (!Grow(_open[stream], stamp, raw, text, line, missing)) Begin(stream, stamp, raw, text, line, missing);
        _open[stream]!.LastLine = _line;
        while (_begun.TryPeek(out OpenEntry? first) && (first.IsClosed || _line - first.LastLine > Patience))
        {
            _begun.Dequeue();
            if (!first.IsClosed) _open[first.Error ? 1 : 0] = null;
            Give(first);
        }
    }

    private void Close(int stream)
    {
        if (_open[stream] is { } before) before.IsClosed = true;
        _open[stream] = null;
    }

    /// <summary>Adds a line to the entry before it when it belongs there; otherwise leaves it parsed in the draft.</summary>
    private bool Grow(OpenEntry? entry, DateTimeOffset? stamp, ReadOnlySpan<byte> raw, ReadOnlySpan<byte> text, ReadOnlySpan<byte> line,
        long missing)
    {
        if (entry is not null && (entry.Lines >= MostLines || entry.Bytes + line.Length > MostBytes)) entry = null;
        TimeSpan? since = entry?.LastStamp is { } last && stamp is { } now ? now - last : null;
        if (entry is not null && line.Length > 0 && Continuation.Continues(line, entry, since))
        {
            if (entry.Level == LogLevel.Unknown && Continuation.IsFrame(line)) entry.Level = LogLevel.Error;
            if (entry.Trace == TraceState.Event) TakeEvent(entry, line);
            if (entry.Trace == TraceState.Apt && line.StartsWith("End-Date: "u8)) entry.Trace = TraceState.None;
            Add(entry, stamp, raw, text, null, missing);
            return true;
        }
        _parser.Parse(line, _draft);
        if (entry is null) return false;
        if (_draft.IsContinuation && entry.Format == LogFormat.Postgres && Equals(entry.Process, _draft.Fields?.GetValueOrDefault("pid")))
        {
            Add(entry, stamp, raw, text, _draft.Message!, missing);
            return true;
        }
        if (line.IsEmpty || !Continuation.ContinuesUndated(line, _draft, entry, since)) return false;
        if (entry.Level == LogLevel.Unknown) entry.Level = Continuation.IsOracleError(line) ? LogLevel.Error : _draft.Level;
        Add(entry, stamp, raw, text, null, missing);
        return true;
    }

    private static void Add(OpenEntry entry, DateTimeOffset? stamp, ReadOnlySpan<byte> raw, ReadOnlySpan<byte> text, string? message,
        long missing)
    {
        string whole = Text(raw, missing);
        entry.Add(whole, message ?? (raw == text ? whole : Text(text, missing)), raw.Length, text.EndsWith(":"u8));
        if (stamp is not null) entry.LastStamp = stamp;
    }

    private void Begin(int stream, DateTimeOffset? stamp, ReadOnlySpan<byte> raw, ReadOnlySpan<byte> text, ReadOnlySpan<byte> line,
        long missing)
    {
        var entry = new OpenEntry { Trace = line.IsEmpty ? TraceState.None : _draft.IsOpen ? TraceState.Quoted
            : _draft.Format == LogFormat.Plain ? Continuation.Begins(line) : TraceState.None };
        if (Continuation.IsFailure(entry.Trace) && _draft.Level == LogLevel.Unknown) _draft.Level = LogLevel.Error;
        // What colours a message in a terminal stays in it; what coloured the time and the level does not.
        if (line.Length != text.Length && _draft.Message is { } plain) _draft.Message = TerminalColours.Coloured(text, line, plain);
        if (missing > 0 && _draft.Message is not null) _draft.Message += Mark(missing);
        entry.Begin(stream == 1, stamp, _draft, Text(raw, missing), raw == text ? null : Text(text, missing), raw.Length,
            _draft.Level >= LogLevel.Warning && PlainLine.IsException(line));
        entry.AwaitsMore = line.EndsWith(":"u8);
        Close(stream);
        _open[stream] = entry;
        _begun.Enqueue(entry);
    }

    /// <summary>The date and the level of a Windows event stand on lines of their own.</summary>
    private void TakeEvent(OpenEntry entry, ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> text = line.TrimStart(" \t"u8);
        if (entry.Time is null && text.StartsWith("Date: "u8)
            && TimeFinder.TryValue(text[6..], clock, out DateTimeOffset time)) entry.Time = time;
        else if (entry.Level == LogLevel.Unknown && text.StartsWith("Level: "u8)) entry.Level = LogLevels.ParseValue(text[7..]);
    }

    private void Give(OpenEntry open)
    {
        LogEntry entry = open.Finish(service, instance);
        // What has no time of its own belongs to the time of what came before.
        _lastTime = entry.Time ?? _lastTime;
        _entries++;
        if (_lastTime is null) _undated++;
        if (filter.Passes(entry, _lastTime)) MakeReady(entry.Time, entry);
    }

    private static string Text(ReadOnlySpan<byte> line, long missing) => missing == 0 ? Encoding.UTF8.GetString(line) : Encoding.UTF8.GetString(line) + Mark(missing);

    private static string Mark(long missing) => string.Create(CultureInfo.InvariantCulture, $" [{missing} bytes more were cut off]");
}
