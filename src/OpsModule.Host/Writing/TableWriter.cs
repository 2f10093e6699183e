using OpsModule.Engine;
using System.Collections;
using OpsModule.Host.Binding;

namespace OpsModule.Host.Writing;

/// <summary>Shows objects to a person: rows are written as they come when the view says how wide its columns are.</summary>
internal sealed class TableWriter(Action<string> writeLine, int width, ViewCatalog views)
{
    /// <summary>A last column of text with less room than this is left out.</summary>
    private const int LeastRest = 20;

    private readonly List<object> _waiting = [];
    private Type? _type;
    private View? _view;
    private int[]? _widths;
    private bool _any;

    /// <summary>Shows these properties instead of the view's.</summary>
    public string[]? Properties { get; init; }

    /// <summary>Table or list; null leaves it to the view.</summary>
    public ViewForm? Form { get; init; }

    /// <summary>Breaks long cells into several lines instead of cutting them.</summary>
    public bool Wrap { get; init; }

    public void Write(object value)
    {
        if (value is string text) { writeLine(text); return; }
        if (value.GetType() != _type || value is PropertyBag && !SameShape(value)) Begin(value);
        if (_view!.Form == ViewForm.List) WriteList(value);
        else if (_view.Form == ViewForm.Line) writeLine(Shown(_view.Columns[0].Value(value)));
        else if (_widths is not null) WriteRow(value);
        else _waiting.Add(value);
    }

    public void End()
    {
        if (_waiting.Count > 0)
        {
            WriteHeader([.. _view!.Columns.Select(c => Math.Max(c.Label.Length, _waiting.Max(v => Shown(c.Value(v)).Length)))]);
            foreach (object value in _waiting) WriteRow(value);
            _waiting.Clear();
        }
        _type = null;
        _widths = null;
    }

    private bool SameShape(object value) => ObjectProperties.Of(value).Select(p => p.Key).SequenceEqual(_view!.Columns.Select(c => c.Label));

    private void Begin(object value)
    {
        End();
        _type = value.GetType();
        _view = Choose(value);
        if (_any && _view.Form == ViewForm.Table) writeLine("");
        if (_view.Form == ViewForm.Table && _view.Columns.SkipLast(1).All(c => c.Width is not null)) WriteHeader([.. _view.Columns.Select(c => c.Width ?? 0)]);
    }

    private View Choose(object value)
    {
        if (Properties is not null) return new View(Form ?? ViewForm.Table, Columns(Properties), Wrap);
        if (views.Find(value.GetType()) is { } view && (Form is null || view.Form == Form)) return view;
        string[] all = [.. ObjectProperties.Of(value).Select(p => p.Key)];
        return new View(Form ?? (all.Length <= 4 ? ViewForm.Table : ViewForm.List), Columns(all), Wrap);
    }

    private static ViewColumn[] Columns(IEnumerable<string> names) =>
        [.. names.Select(n => new ViewColumn(n, null, false, value => ObjectProperties.TryGet(value, n, out object? found) ? found : null))];

    private void WriteHeader(int[] widths)
    {
        _widths = Fit(widths);
        _any = true;
        WriteCells([.. _view!.Columns.Select(c => c.Label)]);
        WriteCells([.. _view.Columns.Select(c => new string('-', c.Label.Length))]);
    }

    /// <summary>As PowerShell does: columns stand in the order of their weight, and those at the end that find no room are left out.</summary>
    private int[] Fit(int[] widths)
    {
        // Cut only for a terminal: what goes into a file or a mail keeps every character.
        if (width == int.MaxValue) return widths;
        var fitting = new List<int>();
        int room = width;
        foreach (int wanted in widths)
        {
            bool open = fitting.Count == widths.Length - 1 && _view!.Columns[^1] is { RightAligned: false };
            int least = open ? Math.Min(wanted == 0 ? LeastRest : wanted, LeastRest) : wanted;
            if (fitting.Count > 0 && least > room) break;
            fitting.Add(open ? room : Math.Min(wanted, room));
            room -= fitting[^1] + 1;
        }
        return [.. fitting];
    }

    private void WriteRow(object value)
    {
        string[] cells = [.. _view!.Columns.Take(_widths!.Length).Select(c => Shown(c.Value(value)))];
        if (!_view.Wrap || width == int.MaxValue) { WriteCells(cells); return; }
        string[][] wrapped = [.. cells.Select((cell, i) => TextWrap.Lines(cell, _widths[i]).ToArray())];
        for (int line = 0; line < wrapped.Max(w => w.Length); line++) WriteCells([.. wrapped.Select(w => w.ElementAtOrDefault(line) ?? "")]);
    }

    private void WriteCells(string[] cells)
    {
        var line = new List<string>();
        for (int i = 0; i < _widths!.Length; i++)
        {
            bool right = _view!.Columns[i].RightAligned;
            string cell = width == int.MaxValue ? cells[i] : TextWrap.Cut(cells[i], _widths[i]);
            line.Add(right ? cell.PadLeft(_widths[i]) : cell.PadRight(_widths[i]));
        }
        writeLine(string.Join(' ', line).TrimEnd());
    }

    private void WriteList(object value)
    {
        if (_any) writeLine("");
        _any = true;
        int longest = _view!.Columns.Count == 0 ? 0 : _view.Columns.Max(c => c.Label.Length);
        foreach (ViewColumn column in _view.Columns)
        {
            string label = column.Label.PadRight(longest) + " : ";
            object? content = column.Value(value);
            IEnumerable<string> lines = content is string text ? PrintableText.Of(text).ReplaceLineEndings("\n").Split('\n') : [Shown(content)];
            if (width < int.MaxValue) lines = lines.SelectMany(l => TextWrap.Lines(l, Math.Max(LeastRest, width - label.Length)));
            foreach (string line in lines)
            {
                writeLine((label + line).TrimEnd());
                label = new string(' ', label.Length);
            }
        }
    }

    private static string Shown(object? value) => value switch
    {
        DateTimeOffset or DateTime => Display.Time(value),
        TimeSpan => Display.Duration(value),
        IEnumerable and not string => Display.List(value),
        _ => PrintableText.Of(ValueConverter.Text(value)).ReplaceLineEndings(" "),
    };
}
