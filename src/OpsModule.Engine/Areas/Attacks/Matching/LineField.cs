using System.Buffers;
using OpsModule.Engine.Areas.Attacks.Rules;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>One part of a line that rules may look at.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">Where it begins in the line.</param>
/// <param name="Length">How long it is.</param>
/// <param name="NameStart">Where its name begins, for a field of a structured line.</param>
/// <param name="NameLength">How long its name is; 0 for none.</param>
/// <param name="Json">True when it is a string of JSON with escapes.</param>
internal readonly record struct LineField(RuleTarget Kind, int Start, int Length, int NameStart = 0, int NameLength = 0, bool Json = false)
{
    /// <summary>True where a plus sign is a blank, as in the parameters of a URL.</summary>
    public bool IsForm => Kind is RuleTarget.Query or RuleTarget.Url || (Kind == RuleTarget.Referrer && NameLength > 0);
}

/// <summary>A line taken apart, as places in it: what is common to rules, counters and matches. Used again for the next line.</summary>
internal sealed class LineParts
{
    private LineField[] _fields = new LineField[16];

    public int Count { get; private set; }

    public ReadOnlySpan<LineField> Fields => _fields.AsSpan(0, Count);

    /// <summary>Who asked; none where it cannot be told from what a client has written.</summary>
    public Range Client { get; set; }

    /// <summary>What the line says of who asked.</summary>
    public ClientChoice Clients { get; } = new();

    public Range Tenant { get; set; }

    /// <summary>The tenant whose data was asked for, where the line tells it beside the tenant who asked.</summary>
    public Range ResourceTenant { get; set; }

    public Range Method { get; set; }

    public Range Path { get; set; }

    public int Status { get; set; }

    /// <summary>How deep in the line the status stood.</summary>
    public int StatusDepth { get; set; }

    /// <summary>Length of the answer, or -1.</summary>
    public long Bytes { get; set; }

    public DateTimeOffset? Time { get; set; }

    /// <summary>How deep in the line the time stood.</summary>
    public int TimeDepth { get; set; }

    public void Clear()
    {
        Count = 0;
        Client = Tenant = ResourceTenant = Method = Path = default;
        Clients.Clear();
        Status = 0;
        StatusDepth = TimeDepth = int.MaxValue;
        Bytes = -1;
        Time = null;
    }

    public void Add(LineField field)
    {
        if (field.Length == 0) return;
        if (Count == _fields.Length) Array.Resize(ref _fields, Count * 2);
        _fields[Count++] = field;
    }

    /// <summary>
    /// Adds a request's target: its path, what begins at the first and at the last part that is more than a name (a value may stand there),
    /// and each parameter's value.
    /// </summary>
    public void AddTarget(ReadOnlySpan<byte> line, int start, int length, bool json = false)
    {
        ReadOnlySpan<byte> target = line.Slice(start, length);
        int question = target.IndexOf((byte)'?'), end = question < 0 ? length : question;
        Add(new LineField(RuleTarget.Path, start, end, Json: json));
        Add(new LineField(RuleTarget.Url, start, length, Json: json));
        int last = target[..end].LastIndexOf((byte)'/') + 1, odd = FirstOddPart(target[..end]);
        if (odd > 0 && odd != last) Add(new LineField(RuleTarget.Path, start + odd, end - odd, Json: json));
        if (last > 0 && target[last..end].IndexOfAnyExcept(Plain) >= 0) Add(new LineField(RuleTarget.Path, start + last, end - last, Json: json));
        if (question >= 0) AddQuery(line, start + question + 1, length - question - 1, json);
        if (Path.Equals(default(Range))) Path = start..(start + end);
    }

    /// <summary>Adds the referring page and what is in its query; what is no address of a page is looked at as a whole.</summary>
    public void AddReferrer(ReadOnlySpan<byte> line, int start, int length, bool json = false)
    {
        ReadOnlySpan<byte> page = line.Slice(start, length);
        int question = page.StartsWith("http"u8) ? page.IndexOf((byte)'?') : -1;
        Add(new LineField(RuleTarget.Referrer, start, question < 0 ? length : question, Json: json));
        if (question >= 0) AddQuery(line, start + question + 1, length - question - 1, json, RuleTarget.Referrer);
    }

    /// <summary>Where the first part of a path begins that is no plain name, or 0.</summary>
    private static int FirstOddPart(ReadOnlySpan<byte> path)
    {
        int at = path.IndexOfAnyExcept(PlainOrSlash);
        return at < 0 ? 0 : path[..at].LastIndexOf((byte)'/') + 1;
    }

    /// <summary>Adds each parameter of a query; the whole of it when it does not look like parameters.</summary>
    public void AddQuery(ReadOnlySpan<byte> line, int start, int length, bool json, RuleTarget kind = RuleTarget.Query)
    {
        bool odd = false;
        for (int from = start, end = start + length; from <= end;)
        {
            int and = line[from..end].IndexOf((byte)'&');
            int stop = and < 0 ? end : from + and;
            ReadOnlySpan<byte> pair = line[from..stop];
            int equals = pair.IndexOf((byte)'=');
            if (equals < 0) odd |= pair.IsEmpty || pair.IndexOfAnyExcept(Plain) >= 0;
            else
            {
                if (pair[..equals].IndexOfAnyExcept(Word) >= 0) Add(new LineField(kind, from, equals, Json: json));
                Add(new LineField(kind, from + equals + 1, pair.Length - equals - 1, from, equals, json));
            }
            from = stop + 1;
        }
        if (odd) Add(new LineField(kind, start, length, Json: json));
    }

    /// <summary>What names of parameters are made of.</summary>
    private static readonly SearchValues<byte> Word = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"u8);

    private static readonly SearchValues<byte> PlainOrSlash = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./"u8);

    /// <summary>What names of files are made of.</summary>
    private static readonly SearchValues<byte> Plain = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."u8);
}
