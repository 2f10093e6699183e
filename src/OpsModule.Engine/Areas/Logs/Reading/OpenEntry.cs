using System.Collections.ObjectModel;
using System.Text;

namespace OpsModule.Engine.Areas.Logs.Reading;

/// <summary>An entry that may still grow by lines that belong to it.</summary>
internal sealed class OpenEntry
{
    private string _raw = "";
    private string? _message;
    private StringBuilder? _moreRaw, _moreMessage;
    private Dictionary<string, object?>? _fields;
    private int _blanks;

    public LogFormat Format { get; private set; }

    public LogLevel Level { get; set; }

    public DateTimeOffset? Time { get; set; }

    /// <summary>True when the line itself says its time.</summary>
    public bool IsDated { get; private set; }

    /// <summary>True when it says a time and nothing else.</summary>
    public bool IsBare { get; private set; }

    /// <summary>True when it begins with the name of an exception.</summary>
    public bool IsException { get; private set; }

    /// <summary>True when its last line ends with a colon, so that what it announces follows.</summary>
    public bool AwaitsMore { get; set; }

    /// <summary>When the platform noted its last line.</summary>
    public DateTimeOffset? LastStamp { get; set; }

    /// <summary>True when what it says are two words, as the first line of java.util.logging.</summary>
    public bool IsClassAndMethod => _message is { } text && text.IndexOf(' ') is > 0 and var space && text.IndexOf(' ', space + 1) < 0
        && text.AsSpan(0, space).Contains('.');

    public bool Error { get; private set; }

    public int Lines { get; private set; }

    /// <summary>True until something has followed what the program wrote of its own: one line, or two where the level or the text stands on
    /// a second one.</summary>
    public bool IsHead => Lines == HeadLines;

    /// <summary>How many lines that is.</summary>
    public int HeadLines { get; set; } = 1;

    public long Bytes { get; private set; }

    /// <summary>The number of the last line in the instance's output.</summary>
    public long LastLine { get; set; }

    /// <summary>True when another entry of the same stream has begun.</summary>
    public bool IsClosed { get; set; }

    public TraceState Trace;

    /// <summary>PostgreSQL's process; its lines mix with those of other processes.</summary>
    public object? Process => _fields is not null && _fields.TryGetValue("pid", out object? pid) ? pid : null;

    /// <summary>Takes the first line.</summary>
    /// <param name="error">The stream.</param>
    /// <param name="stamp">When the platform noted it.</param>
    /// <param name="draft">What was read from it.</param>
    /// <param name="raw">The line as it was written.</param>
    /// <param name="text">The line without what was wrapped around it, where that is another text.</param>
    /// <param name="bytes">How long it is.</param>
    /// <param name="exception">Whether it begins with the name of an exception.</param>
    public void Begin(bool error, DateTimeOffset? stamp, LogDraft draft, string raw, string? text, int bytes, bool exception)
    {
        (Error, Format, Level, Time, _message, _fields, _raw, Bytes) = (error, draft.Format, draft.Level, stamp ?? draft.Time,
            draft.Message ?? text, draft.Fields, raw, bytes);
        (IsDated, IsBare, IsException, LastStamp) = (draft.Time is not null, draft.IsBare, exception, stamp);
        Lines = 1;
    }

    /// <summary>An empty line, which counts only when more follows.</summary>
    public void AddBlank() => _blanks++;

    public void Add(string raw, string message, int bytes, bool awaitsMore)
    {
        AwaitsMore = awaitsMore;
        _moreRaw ??= new StringBuilder(_raw);
        _moreMessage ??= new StringBuilder(_message ?? _raw);
        for (; _blanks > 0; _blanks--)
        {
            _moreRaw.Append('\n');
            _moreMessage.Append('\n');
        }
        _moreRaw.Append('\n').Append(raw);
        _moreMessage.Append('\n').Append(message);
        Lines++;
        Bytes += bytes;
    }

    public LogEntry Finish(string service, string instance) => new()
    {
        Time = Time,
        Service = service,
        Instance = instance,
        Stream = Error ? LogStream.Error : LogStream.Output,
        Level = Level,
        Message = _moreMessage?.ToString() ?? _message ?? _raw,
        Fields = _fields is null ? ReadOnlyDictionary<string, object?>.Empty : _fields,
        Format = Format,
        Raw = _moreRaw?.ToString() ?? _raw,
    };
}
