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

    public DateTimeOffset? Time { get; private set; }

    public bool Error { get; private set; }

    public int Lines { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>The number of the last line in the instance's output.</summary>
    public long LastLine { get; set; }

    /// <summary>True when another entry of the same stream has begun.</summary>
    public bool IsClosed { get; set; }

    public TraceState Trace;

    /// <summary>PostgreSQL's process; its lines mix with those of other processes.</summary>
    public object? Process => _fields is not null && _fields.TryGetValue("pid", out object? pid) ? pid : null;

    public void Begin(bool error, DateTimeOffset? stamp, LogDraft draft, string raw, int bytes)
    {
        (Error, Format, Level, Time, _message, _fields, _raw, Bytes) = (error, draft.Format, draft.Level, stamp ?? draft.Time, draft.Message, draft.Fields, raw, bytes);
        Lines = 1;
    }

    /// <summary>An empty line, which counts only when more follows.</summary>
    public void AddBlank() => _blanks++;

    public void Add(string raw, string message, int bytes)
    {
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
