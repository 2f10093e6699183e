namespace OpsModule.Engine.Areas.Attacks.Decoding;

/// <summary>
/// Brings a text into the plain form that rules are written for. Every step shortens or keeps a text, so the work is bounded by the
/// number of rounds; a view is made when a rule first asks for it. For one thread.
/// </summary>
internal sealed class TextDecoder
{
    /// <summary>Layers that are undone at most: nobody's server undoes more.</summary>
    private const int MostRounds = 5;

    private static readonly int ViewCount = Enum.GetValues<TextView>().Length;

    private const int LongestLines = 256, MostLines = 3;

    private readonly TextBuffer _raw = new(), _text = new(), _scratch = new(), _lines = new();
    private readonly TextBuffer[] _views = [.. Enumerable.Range(0, ViewCount).Select(_ => new TextBuffer())];
    private readonly bool[] _made = new bool[ViewCount], _same = new bool[ViewCount];
    private readonly DecodeTrail[] _trails = new DecodeTrail[ViewCount];
    private DecodeTrail _trail;

    /// <summary>Takes a text.</summary>
    /// <param name="text">As it stands in the log.</param>
    /// <param name="form">True when '+' is a blank.</param>
    /// <param name="json">True when it is a string of JSON, whose own escapes are no disguise.</param>
    public void Set(ReadOnlySpan<byte> text, bool form = false, bool json = false)
    {
        Array.Clear(_made);
        _trail = DecodeTrail.None;
        _raw.Set(text);
        if (json) _raw.Length = EscapeDecoding.DecodeJson(_raw.Span);
        _text.Set(_raw.Span);
        if (form) UrlDecoding.DecodePlus(_text.Span, ref _trail);
        for (int round = 0; round < MostRounds; round++)
        {
            int before = _text.Length;
            _text.Length = UrlDecoding.Decode(_text.Span, ref _trail);
            _text.Length = ByteDecoding.Decode(_text.Span, ref _trail);
            _text.Length = HtmlDecoding.Decode(_text.Span, ref _trail);
            _text.Length = EscapeDecoding.Decode(_text.Span, ref _trail);
            if (_text.Length == before) break;
        }
        _text.Length = ByteDecoding.DecodeHex(_text.Span, ref _trail);
        SetLines();
        _text.Length = PlainText.Fold(_text.Span);
    }

    /// <summary>
    /// To a shell the end of a line ends a command, as a semicolon does. In a text of many lines it is only that.
    /// </summary>
    private void SetLines()
    {
        _lines.Clear();
        if (_text.Length > LongestLines || _text.Span.IndexOfAny((byte)'\n', (byte)'\r') < 0) return;
        int ends = 0;
        foreach (byte b in _text.Span)
        {
            bool end = b is (byte)'\n' or (byte)'\r';
            if (end && _lines.Length > 0 && _lines.Span[^1] == ';') continue;
            if (end) ends++;
            _lines.Append(end ? (byte)';' : b);
        }
        if (ends > MostLines) _lines.Clear();
        else _lines.Length = PlainText.Fold(_lines.Span);
    }

    /// <summary>Takes what a base64 value holds as the text.</summary>
    public void SetInner(ReadOnlySpan<byte> text)
    {
        Set(text);
        _trail |= DecodeTrail.Base64;
    }

    /// <summary>The text before anything was undone, but for JSON's own escapes.</summary>
    public ReadOnlySpan<byte> AsWritten => _raw.Span;

    /// <summary>The text as a view shows it; valid until the next text is taken.</summary>
    public ReadOnlySpan<byte> this[TextView view]
    {
        get
        {
            if (view == TextView.Text) return _text.Span;
            int at = (int)view;
            if (!_made[at]) Make(view, at);
            return _same[at] ? _text.Span : _views[at].Span;
        }
    }

    /// <summary>True when a view shows nothing else than <see cref="TextView.Text"/>.</summary>
    public bool IsText(TextView view)
    {
        _ = this[view];
        return view == TextView.Text || _same[(int)view];
    }

    /// <summary>What was undone for a view.</summary>
    public DecodeTrail Trail(TextView view) => view switch { TextView.Raw => DecodeTrail.None, TextView.Text => _trail, _ => _trail | _trails[(int)view] };

    private void Make(TextView view, int at)
    {
        TextBuffer buffer = _views[at];
        DecodeTrail trail = DecodeTrail.None;
        _made[at] = true;
        _same[at] = false;
        switch (view)
        {
            case TextView.Raw:
                buffer.Set(_raw.Span);
                PlainText.Lower(buffer.Span);
                break;
            case TextView.Sql: _same[at] = !SqlView.Make(_text.Span, buffer, _scratch, ref trail); break;
            case TextView.Path: _same[at] = !PathView.Make(_text.Span, buffer, ref trail); break;
            case TextView.Shell:
                ReadOnlySpan<byte> commands = _lines.Length > 0 ? _lines.Span : _text.Span;
                if (!ShellView.Make(commands, buffer, ref trail)) buffer.Set(commands);
                _same[at] = _lines.Length == 0 && buffer.Span.SequenceEqual(_text.Span);
                break;
            case TextView.Lookup: LookupView.Make(_text.Span, buffer, ref trail); break;
            case TextView.Script: ScriptView.Make(_text.Span, buffer); break;
        }
        _trails[at] = trail;
    }
}
