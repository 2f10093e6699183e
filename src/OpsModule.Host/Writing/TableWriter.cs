using System.Collections;
using OpsModule.Host.Binding;

namespace OpsModule.Host.Writing;

/// <summary>Shows objects to a person: rows are written as they come when the view says how wide its columns are.</summary>
internal sealed class TableWriter(Action<string> writeLine, int width, ViewCatalog views)
{
    private readonly List<object> _waiting = [];
    private Type? _type;
    private View? _view;
    private int[]? _widths;
    private bool _any;

    /// <summary>Shows these properties instead of the view's.</summary>
    public string[]? Properties { get; init; }

    /// <summary>Table or list; null leaves it to the view.</summary>
    public ViewForm? Form { get; init; }

    public void Write(object value)
    {
        if (value is string text) { writeLine(text); return; }
        if (value.GetType() != _type || value is PropertyBag && !SameShape(value)) Begin(value);
        if (_view!.Form == ViewForm.List) WriteList(value);
        else if (_widths is not null) WriteRow(value);
        else _waiting.Add(value);
    }

    public void End()
    {
        if (_waiting.Count > 0)
        {
            WriteHeader([.. _view!.Columns.Select(c => _waiting.Max(v => Shown(c.Value(v)).Length) is var longest && longest > c.Label.Length ? longest : c.Label.Length)]);
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
        if (Properties is not null) return new View(Form ?? ViewForm.Table, Columns(Properties));
        if (views.Find(value.GetType()) is { } view && (Form is null || view.Form == Form)) return view;
        string[] all = [.. ObjectProperties.Of(value).Select(p => p.Key)];
        return new View(Form ?? (all.Length <= 4 ? ViewForm.Table : ViewForm.List), Columns(all));
    }

    private static ViewColumn[] Columns(IEnumerable<string> names) =>
        [.. names.Select(n => new ViewColumn(n, null, false, value => ObjectProperties.TryGet(value, n, out object? found) ? found : null))];

    private void WriteHeader(int[] widths)
    {
        _widths = widths;
        WriteCells([.. _view!.Columns.Select(c => c.Label)]);
        WriteCells([.. _view.Columns.Select(c => new string('-', c.Label.Length))]);
    }

    private void WriteRow(object value) => WriteCells([.. _view!.Columns.Select(c => Shown(c.Value(value)))]);

    private void WriteCells(string[] cells)
    {
        _any = true;
        for (int i = 0; i < cells.Length; i++)
        {
            bool last = i == cells.Length - 1;
            int room = last && !_view!.Columns[i].RightAligned ? 0 : _widths![i];
            // Cut only for a terminal: what goes into a file or a mail keeps every character.
            if (width < int.MaxValue && room > 1 && cells[i].Length > room) cells[i] = cells[i][..(room - 1)] + "…";
            cells[i] = _view!.Columns[i].RightAligned ? cells[i].PadLeft(room) : cells[i].PadRight(room);
        }
        string line = string.Join(' ', cells).TrimEnd();
        writeLine(line);
    }

    private void WriteList(object value)
    {
        if (_any) writeLine("");
        _any = true;
        int longest = _view!.Columns.Count == 0 ? 0 : _view.Columns.Max(c => c.Label.Length);
        foreach (ViewColumn column in _view.Columns) writeLine($"{column.Label.PadRight(longest)} : {Shown(column.Value(value))}");
    }

    private static string Shown(object? value) => value switch
    {
        DateTimeOffset or DateTime => Display.Time(value),
        TimeSpan => Display.Duration(value),
        IEnumerable and not string => Display.List(value),
        _ => ValueConverter.Text(value).ReplaceLineEndings(" "),
    };
}
