using System.Text;

namespace OpsModule.Engine.Areas.Logs;

/// <summary>What one line says, filled in by a parser; used again for the next line.</summary>
public sealed class LogDraft
{
    /// <summary>The kind of line.</summary>
    public LogFormat Format { get; set; }

    /// <summary>The line's own time, UTC.</summary>
    public DateTimeOffset? Time { get; set; }

    /// <summary>The level.</summary>
    public LogLevel Level { get; set; }

    /// <summary>What it says; null until it is known, and then the whole line counts.</summary>
    public string? Message { get; set; }

    /// <summary>What else it says; null when nothing.</summary>
    public Dictionary<string, object?>? Fields { get; set; }

    /// <summary>True when the line belongs to the one before it (PostgreSQL's DETAIL).</summary>
    public bool IsContinuation { get; set; }

    /// <summary>True when the line says a time and nothing else; what it says follows on the next line.</summary>
    internal bool IsBare { get; set; }

    /// <summary>True when a quoted text has no end on this line (PostgreSQL's csvlog): the entry goes on.</summary>
    internal bool IsOpen { get; set; }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Format = LogFormat.Plain;
        Time = null;
        Level = LogLevel.Unknown;
        Message = null;
        Fields = null;
        IsContinuation = IsBare = IsOpen = false;
    }

    /// <summary>Adds a field; one of the same name is replaced.</summary>
    public void Set(string name, object? value) => (Fields ??= new Dictionary<string, object?>(8))[name] = value;

    /// <summary>Adds a field of text, unless it is empty or a dash, which is how logs write nothing.</summary>
    internal void SetText(string name, ReadOnlySpan<byte> value)
    {
        if (value.Length > 0 && !(value.Length == 1 && value[0] == '-')) Set(name, Encoding.UTF8.GetString(value));
    }
}
