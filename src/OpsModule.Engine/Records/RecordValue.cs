using System.Collections;
using System.Globalization;
using System.Reflection;

namespace OpsModule.Engine.Records;

/// <summary>Reads one property of a record of another session or a file: CLIXML keeps values, JSON makes numbers of names, CSV makes text of all.</summary>
public static class RecordValue
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>The culture of the session, in which CSV is written there; the current one where none is set.</summary>
    public static AsyncLocal<CultureInfo?> Session { get; } = new();

    private static CultureInfo Here => Session.Value ?? CultureInfo.CurrentCulture;

    /// <summary>What a time looks like where it does not depend on who reads it; seconds of text are what CSV keeps.</summary>
    private static readonly string[] TimeFormats =
        ["MM/dd/yyyy HH:mm:ss zzz", "M/d/yyyy HH:mm:ss zzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd HH:mm:ss zzz"];

    /// <summary>A number, whatever it became; null when it is none, or could mean two.</summary>
    public static double? Number(object? value) => value is null ? null : (double?)Number(value, typeof(double));

    /// <summary>A value, whatever it became; null when there is none, or it could mean two.</summary>
    public static T? Read<T>(object? value) where T : struct => TryRead(value, typeof(T?), true, out object? read) ? (T?)read : null;

    /// <summary>The value as the type has it; false when it was not kept, or cannot be understood in one way only.</summary>
    internal static bool TryRead(object? value, Type type, bool mayBeNull, out object? read)
    {
        Type plain = Nullable.GetUnderlyingType(type) ?? type;
        mayBeNull |= plain != type;
        read = null;
        if (value is null || (value is string { Length: 0 } && mayBeNull)) return mayBeNull;
        if (plain == typeof(object)) read = value;
        else if (plain.IsEnum) read = Name(value, plain);
        else if (plain == typeof(string)) read = value is string or IFormattable or bool ? Convert.ToString(value, Invariant) : null;
        else if (plain == typeof(bool)) read = value as bool? ?? (bool.TryParse(value as string, out bool flag) ? flag : null);
        else if (plain == typeof(DateTimeOffset)) read = Time(value);
        else if (plain == typeof(TimeSpan)) read = Span(value);
        else if (plain.IsPrimitive) read = Number(value, plain);
        else if (DictionaryOf(plain) is { } items) read = Table(value, items);
        else if (plain.IsGenericType && plain.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)) read = List(value, plain.GetGenericArguments()[0]);
        else read = RecordReader.Inner(value, plain);
        return read is not null;
    }

    private static object? Name(object value, Type type)
    {
        string? text = value is string or IFormattable ? Convert.ToString(value, Invariant) : null;
        return Enum.TryParse(type, text, ignoreCase: true, out object? named) && (type.IsDefined(typeof(FlagsAttribute)) || Enum.IsDefined(type, named!)) ? named : null;
    }

    private static object? Number(object value, Type type)
    {
        try
        {
            if (value is string text)
            {
                // As numbers are written to files: never in groups, so that a point and a comma cannot be taken for one another.
                if (type == typeof(double)) return double.TryParse(text, NumberStyles.Float, Invariant, out double number) || double.TryParse(text, NumberStyles.Float, Here, out number) ? number : null;
                return long.TryParse(text, NumberStyles.AllowLeadingSign, Invariant, out long whole) ? Convert.ChangeType(whole, type, Invariant) : null;
            }
            return value is IConvertible and not (bool or char or DateTime or Enum) && (type == typeof(double) || Convert.ToDecimal(value, Invariant) % 1 == 0) ? Convert.ChangeType(value, type, Invariant) : null;
        }
        catch (Exception e) when (e is OverflowException or FormatException or InvalidCastException) { return null; }
    }

    private static object? Time(object value)
    {
        switch (value)
        {
            case DateTimeOffset moment: return moment;
            case DateTime moment: return new DateTimeOffset(moment.Kind == DateTimeKind.Unspecified ? DateTime.SpecifyKind(moment, DateTimeKind.Utc) : moment.ToUniversalTime());
            // CLIXML keeps the parts of a time, exactly.
            case IReadOnlyDictionary<string, object?> parts when parts.TryGetValue("UtcTicks", out object? ticks) && Number(ticks ?? "", typeof(long)) is long count && count >= 0 && count <= DateTime.MaxValue.Ticks:
                return new DateTimeOffset(count, TimeSpan.Zero);
            case not string: return null;
        }
        DateTimeOffset? plain = DateTimeOffset.TryParseExact((string)value, TimeFormats, Invariant, DateTimeStyles.AssumeUniversal, out DateTimeOffset found) ? found : null;
        DateTimeOffset? own = DateTimeOffset.TryParse((string)value, Here, DateTimeStyles.AssumeUniversal, out DateTimeOffset here) ? here : null;
        // 12/11 is a day of November in London and of December elsewhere: who can say which was meant?
        return plain is not null && own is not null && plain != own ? null : plain ?? own;
    }

    private static object? Span(object value) => value switch
    {
        TimeSpan span => span,
        string text => TimeSpan.TryParseExact(text, "c", Invariant, out TimeSpan span) ? span : null,
        IReadOnlyDictionary<string, object?> parts when parts.TryGetValue("Ticks", out object? ticks) && Number(ticks ?? "", typeof(long)) is long count => TimeSpan.FromTicks(count),
        _ => null,
    };

    private static Array? List(object value, Type item)
    {
        if (value is string or IDictionary or IReadOnlyDictionary<string, object?> or not IEnumerable) return null;
        var items = new List<object?>();
        foreach (object? each in (IEnumerable)value)
        {
            if (!TryRead(each, item, false, out object? read)) return null;
            items.Add(read);
        }
        var list = Array.CreateInstance(item, items.Count);
        for (int i = 0; i < items.Count; i++) list.SetValue(items[i], i);
        return list;
    }

    private static Type? DictionaryOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>) && type.GetGenericArguments()[0] == typeof(string) ? type.GetGenericArguments()[1] : null;

    private static IDictionary? Table(object value, Type item)
    {
        if (value is not IReadOnlyDictionary<string, object?> given) return null;
        var table = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), item))!;
        foreach ((string key, object? each) in given)
        {
            if (!TryRead(each, item, item == typeof(object), out object? read)) return null;
            table[key] = read;
        }
        return table;
    }
}
