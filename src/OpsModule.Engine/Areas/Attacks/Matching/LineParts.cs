using System.Buffers;
using OpsModule.Engine.Areas.Attacks.Rules;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>A line taken apart, as places in it: what is common to rules, counters and matches. Used again for the next line.</summary>
internal sealed class LineParts
{
    /// <summary>What names of parameters are made of.</summary>
    private static readonly SearchValues<byte> Word = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"u8);

    private static readonly SearchValues<byte> PlainOrSlash = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./"u8);

    /// <summary>What names of files are made of.</summary>
    private static readonly SearchValues<byte> Plain = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."u8);

    private LineField[] _fields = new LineField[16];

    public int Count { get; private set; }

    public ReadOnlySpan<LineField> Fields => _fields.AsSpan(0, Count);

    /// <summary>Who asked; none where it cannot be told from what a client has written.</summary>
    public Range Client { get; set; }

    /// <summary>True until somebody has asked who it was.</summary>
    public bool IsClientOpen { get; set; }

    /// <summary>What the line says of who asked.</summary>
    public ClientChoice Clients { get; } = new();

    /// <summary>What the line says of the request.</summary>
    public ToldFields Told { get; } = new();

    public Range Tenant { get; set; }

    /// <summary>The tenant whose data was asked for, where the line tells it beside the tenant who asked.</summary>
    public Range ResourceTenant { get; set; }

    public Range Method { get; set; }

    public Range Path { get; set; }

    public int Status { get; set; }

    /// <summary>Length of the answer, or -1.</summary>
    public long Bytes { get; set; }

    public DateTimeOffset? Time { get; set; }

    /// <summary>True for a sentence, in which the address of a client stands by its form.</summary>
    public bool IsText { get; set; }

    /// <summary>True when the line has a request in it and its form is none that is known.</summary>
    public bool IsUnknown { get; set; }

    public void Clear()
    {
        Count = 0;
        Client = Tenant = ResourceTenant = Method = Path = default;
        Clients.Clear();
        Told.Clear();
        Status = 0;
        Bytes = -1;
        Time = null;
        IsUnknown = IsClientOpen = IsText = false;
    }

    public void Add(LineField field)
    {
        if (field.Length == 0) return;
        if (Count == _fields.Length) Array.Resize(ref _fields, Count * 2);
        _fields[Count++] = field;
    }

    /// <summary>
    /// Adds a request's target: its path, what begins at the first and at the last part that is more than a name (a value may stand there),
    /// and each parameter's value. Of an address with a host the host is looked at, too.
    /// </summary>
    public void AddTarget(ReadOnlySpan<byte> line, int start, int length, bool json = false, int nameStart = 0, int nameLength = 0)
    {
        int host = Host(line.Slice(start, length));
        if (host > 0)
        {
            Add(new LineField(RuleTarget.Field, start, host, Json: json));
            (start, length) = (start + host, length - host);
        }
        ReadOnlySpan<byte> target = line.Slice(start, length);
        int question = target.IndexOf((byte)'?'), end = question < 0 ? length : question;
        Add(new LineField(RuleTarget.Path, start, end, nameStart, nameLength, json) { IsOwn = nameLength > 0 });
        Add(new LineField(RuleTarget.Url, start, length, Json: json) { IsOwn = nameLength > 0 });
        int last = target[..end].LastIndexOf((byte)'/') + 1, odd = FirstOddPart(target[..end]);
        if (odd > 0 && odd != last) Add(new LineField(RuleTarget.Path, start + odd, end - odd, Json: json));
        if (last > 0 && target[last..end].IndexOfAnyExcept(Plain) >= 0)
            Add(new LineField(RuleTarget.Path, start + last, end - last, Json: json));
        if (question >= 0) AddQuery(line, start + question + 1, length - question - 1, json);
        if (Path.Equals(default(Range))) Path = start..(start + end);
    }

    /// <summary>How long <c>https://host</c> is that a target begins with; 0 when it does not, or nothing stands behind it.</summary>
    private static int Host(ReadOnlySpan<byte> target)
    {
        int begin = target.StartsWith("http://"u8) ? 7 : target.StartsWith("https://"u8) ? 8 : 0;
        int slash = begin == 0 ? -1 : target[begin..].IndexOfAny((byte)'/', (byte)'?');
        return slash < 0 ? 0 : begin + slash;
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

    /// <summary>
    /// Adds what stands behind the known part of a line, or before it: as a whole, and each text in quotation marks by itself, since
    /// headers and bodies are logged so.
    /// </summary>
    public void AddRest(ReadOnlySpan<byte> line, int start, int end)
    {
        if (line[start..end].IndexOfAnyExcept(" \"-\r"u8) < 0) return;
        Add(new LineField(RuleTarget.Field, start, end - start));
        for (int at = start; at < end;)
        {
            int open = line[at..end].IndexOf((byte)'"');
            if (open < 0) return;
            open += at + 1;
            int close = open;
            while (close < end && line[close] != '"') close += line[close] == '\\' ? 2 : 1;
            close = Math.Min(close, end);
            AddQuoted(line, open, close - open);
            at = close + 1;
        }
    }

    private void AddQuoted(ReadOnlySpan<byte> line, int start, int length)
    {
        ReadOnlySpan<byte> text = line.Slice(start, length);
        if (text.Length < 2) return;
        int equals = text.IndexOf((byte)'=');
        // A body that is a form, or cookies.
        if (equals > 0 && text[..equals].IndexOfAnyExcept(Word) < 0) AddQuery(line, start, length, false);
        Add(new LineField(RuleTarget.Field, start, length));
        Add(new LineField(RuleTarget.User, start, length));
    }

    /// <summary>Adds what looks like the name of a program in quotation marks behind a request.</summary>
    public void AddAgents(ReadOnlySpan<byte> line, int start)
    {
        for (int at = start; at < line.Length;)
        {
            int open = line[at..].IndexOf((byte)'"');
            int length = open < 0 ? -1 : line[(at + open + 1)..].IndexOf((byte)'"');
            if (length < 0) return;
            AddIfAgent(line, at + open + 1, length);
            at += open + length + 2;
        }
    }

    /// <summary>Adds the headers that HAProxy took down between bars, which may be the program that asked.</summary>
    public void AddPieces(ReadOnlySpan<byte> line, int start, int end)
    {
        for (int at = start; at < end;)
        {
            int bar = line[at..end].IndexOf((byte)'|'), stop = bar < 0 ? end : at + bar;
            if (stop > at) Add(new LineField(RuleTarget.User, at, stop - at));
            AddIfAgent(line, at, stop - at);
            at = stop + 1;
        }
    }

    private void AddIfAgent(ReadOnlySpan<byte> line, int start, int length)
    {
        ReadOnlySpan<byte> text = line.Slice(start, length);
        if (length < 4 || !char.IsAsciiLetter((char)text[0]) || text.StartsWith("http"u8) || text.IndexOfAny("/(-"u8) <= 0) return;
        Add(new LineField(RuleTarget.Agent, start, length));
    }

    /// <summary>
    /// When the line tells of no request, its paths are those of files: plain ones are the program's own, others are a text like any other.
    /// </summary>
    public void Settle(ReadOnlySpan<byte> line)
    {
        Told.Settle(this);
        if (Status > 0 || !Method.Equals(default(Range)) || !Clients.IsEmpty || !Tenant.Equals(default(Range)) || IsRequest(line)) return;
        int to = 0;
        bool own = false;
        for (int i = 0; i < Count; i++)
        {
            LineField field = _fields[i];
            if (!field.IsOwn)
            {
                _fields[to++] = field;
                continue;
            }
            bool plain = IsFile(line.Slice(field.Start, field.Length));
            own |= plain && field.Kind == RuleTarget.Path;
            if (!plain && field.Kind != RuleTarget.Url) _fields[to++] = field with { Kind = field.Kind == RuleTarget.Path
                ? RuleTarget.Field : field.Kind };
        }
        Count = to;
        if (own) Path = default;
    }

    /// <summary>True when something in it speaks of a request.</summary>
    private bool IsRequest(ReadOnlySpan<byte> line)
    {
        foreach (LineField field in Fields)
        {
            ReadOnlySpan<byte> text = line.Slice(field.Start, field.Length);
            if (field.Kind is RuleTarget.Agent or RuleTarget.Referrer or RuleTarget.Query) return true;
            if (field.Kind == RuleTarget.Message && (text.IndexOf("equest"u8) >= 0 || text.IndexOf("http"u8) >= 0
                || text.IndexOf("HTTP"u8) >= 0)) return true;
        }
        return false;
    }

    /// <summary>True for the name of a file or a folder in which nothing leads elsewhere.</summary>
    private static bool IsFile(ReadOnlySpan<byte> text) => text.IndexOfAnyExcept(PlainOrSlash) < 0 && text.IndexOf(".."u8) < 0
        && text.IndexOf("//"u8) < 0;
}
