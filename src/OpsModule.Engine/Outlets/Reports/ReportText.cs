using System.Collections;
using OpsModule.Engine.Changes.Chain;
using System.Globalization;
using System.Text;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Outlets.Reports;

/// <summary>How values are written in a report.</summary>
internal static class ReportText
{
    /// <summary>The longest text that is kept of one value: enough for a stack trace, and not for a log line of a hundred megabytes.</summary>
    public const int Longest = 2000;

    private const int ListItems = 50;
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>A text that is short enough to be kept, without what looks like a password.</summary>
    public static string Cut(string text)
    {
        if (text.Length <= Longest) return text;
        // Masked before it is cut: half of a password would no longer look like one.
        string start = JournalMask.Patterns(text[..Math.Min(text.Length, Longest + 500)]);
        int end = Math.Min(start.Length, Longest);
        if (char.IsHighSurrogate(start[end - 1])) end--;
        return $"{start[..end]} … ({Number(text.Length - end)} more characters)";
    }

    /// <summary>A value of a property, for a cell.</summary>
    public static string Of(string name, object? value) => value switch
    {
        null => "",
        string text => Cut(text),
        DateTimeOffset { Ticks: 0 } => "",
        DateTimeOffset time => Time(time),
        DateTime time => Time(time.ToUniversalTime()),
        TimeSpan span => DurationText.Show(span),
        long bytes when IsBytes(name) => Bytes(bytes),
        double number => number.ToString("0.###", Invariant),
        byte or short or int or long => Number(Convert.ToInt64(value, Invariant)),
        Enum => value.ToString()!,
        IFormattable other => other.ToString(null, Invariant),
        IDictionary table => List(table.Keys.Cast<object>().Select(k => $"{k}={Of("", table[k])}")),
        IEnumerable many => List(many.Cast<object?>().Select(Item)),
        _ => Cut($"{value}"),
    };

    /// <summary>True for values that are set right-aligned, so that their digits stand below one another.</summary>
    public static bool IsNumber(object? value) => value is byte or short or int or long or float or double or decimal or TimeSpan;

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", Invariant);

    public static string Number(long number) => number.ToString("N0", Invariant);

    public static string Bytes(double bytes) => LevelText.Show(bytes, FigureUnit.Bytes);

    /// <summary>How many of something: never "1 checks".</summary>
    public static string Count(long number, string one, string? many = null) => $"{Number(number)} {(number == 1 ? one : many ?? one + "s")}";

    /// <summary>PascalCase as words: <c>StoredBytes</c> is "Stored bytes".</summary>
    public static string Words(string name)
    {
        var words = new StringBuilder();
        for (int i = 0; i < name.Length; i++)
        {
            bool begins = i > 0 && char.IsUpper(name[i]) && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (begins) words.Append(' ');
            words.Append(begins && !(i + 1 < name.Length && char.IsUpper(name[i + 1])) ? char.ToLowerInvariant(name[i]) : name[i]);
        }
        return words.ToString();
    }

    private static bool IsBytes(string name) => name.EndsWith("Bytes", StringComparison.Ordinal) || name is "Size" or "Bytes";

    private static string Item(object? item) => item?.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>)
        ? $"{type.GetProperty("Key")!.GetValue(item)}={Of("", type.GetProperty("Value")!.GetValue(item))}"
        : Of("", item);

    private static string List(IEnumerable<string> items)
    {
        List<string> first = [.. items.Take(ListItems + 1)];
        string text = string.Join(", ", first.Take(ListItems));
        return Cut(first.Count > ListItems ? text + ", …" : text);
    }
}
