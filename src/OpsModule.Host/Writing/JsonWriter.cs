using System.Collections;
using System.Globalization;
using System.Text;
using OpsModule.Host.Binding;

namespace OpsModule.Host.Writing;

/// <summary>
/// Writes JSON exactly as PowerShell's ConvertTo-Json does: enums as numbers unless told otherwise, a TimeSpan with all its
/// properties, times in ISO 8601 with their offset, and text in place of what lies deeper than the depth.
/// </summary>
internal sealed class JsonWriter(int depth, bool compress = false, bool enumsAsStrings = false)
{
    private readonly StringBuilder _json = new();

    /// <summary>True when something lay deeper than the depth.</summary>
    public bool Truncated { get; private set; }

    public string Write(object? value)
    {
        _json.Clear();
        Append(value, 0);
        return _json.ToString();
    }

    private void Append(object? value, int level)
    {
        if (Scalar(value) is { } text) _json.Append(text);
        else if (level > depth) AppendTruncated(value!);
        else if (value is PropertyBag or IDictionary || value is not IEnumerable many) AppendObject(value!, level);
        else AppendArray(many, level);
    }

    private string? Scalar(object? value) => value switch
    {
        null => "null",
        string s => Quote(s),
        char c => Quote(c.ToString()),
        bool b => b ? "true" : "false",
        Enum e => enumsAsStrings ? Quote(e.ToString()) : Convert.ToString(Convert.ChangeType(e, e.GetTypeCode(), CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
        double d => Real(d),
        float f => Real(f),
        decimal m => m.ToString(CultureInfo.InvariantCulture) is var text && text.Contains('.') ? text : m.ToString(CultureInfo.InvariantCulture) + ".0",
        DateTimeOffset t => Quote(t.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture)),
        DateTime t => Quote(t.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture)),
        Guid g => Quote(g.ToString()),
        Uri u => Quote(u.OriginalString),
        IConvertible number => number.ToString(CultureInfo.InvariantCulture),
        _ => null,
    };

    private static string Real(double value)
    {
        if (!double.IsFinite(value)) return Quote(value.ToString(CultureInfo.InvariantCulture));
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().IndexOfAny('.', 'E') >= 0 ? text : text + ".0";
    }

    private void AppendTruncated(object value)
    {
        Truncated = true;
        _json.Append(Quote(value is IEnumerable many and not IDictionary and not PropertyBag
            ? string.Join(' ', many.Cast<object?>().Select(ValueConverter.Text))
            : ValueConverter.Text(value)));
    }

    private void AppendObject(object value, int level) => AppendItems('{', '}', ObjectProperties.Of(value), level, property =>
    {
        _json.Append(Quote(property.Key)).Append(compress ? ":" : ": ");
        Append(property.Value, level + 1);
    });

    private void AppendArray(IEnumerable values, int level) => AppendItems('[', ']', values.Cast<object?>(), level, item => Append(item, level + 1));

    private void AppendItems<T>(char open, char close, IEnumerable<T> items, int level, Action<T> append)
    {
        _json.Append(open);
        bool any = false;
        foreach (T item in items)
        {
            if (any) _json.Append(',');
            any = true;
            NewLine(level + 1);
            append(item);
        }
        if (any) NewLine(level);
        _json.Append(close);
    }

    private void NewLine(int level)
    {
        if (!compress) _json.Append('\n').Append(' ', level * 2);
    }

    private static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                '\b' => quoted.Append("\\b"),
                '\f' => quoted.Append("\\f"),
                < ' ' or '\u0085' or '\u2028' or '\u2029' => quoted.Append($"\\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        }
        return quoted.Append('"').ToString();
    }
}
