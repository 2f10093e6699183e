using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Reflection;

namespace OpsModule.Host.Binding;

/// <summary>Converts argument and pipeline values to the types of parameters, as PowerShell does for the types cmdlets use.</summary>
internal static class ValueConverter
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Converts a value.</summary>
    /// <exception cref="FormatException">It cannot be converted; the message says why.</exception>
    public static object? Convert(object? value, Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) return value is null or "" ? null : Convert(value, inner);
        if (value is null) return type.IsValueType ? throw new FormatException($"null is not a {type.Name}.") : null;
        if (type.IsInstanceOfType(value)) return value;
        if (type == typeof(SwitchParameter)) return new SwitchParameter(IsTrue(value));
        if (type == typeof(bool)) return IsTrue(value);
        if (type == typeof(string)) return value is IEnumerable list and not IDictionary ? string.Join(' ', list.Cast<object?>()) : Text(value);
        if (ElementType(type) is { } element) return ToList(value, type, element);
        if (value is IList { Count: 1 } single) return Convert(single[0], type);
        if (value is IDictionary table && ToDictionary(table, type) is { } dictionary) return dictionary;
        if (value is IList) throw new FormatException($"One {type.Name} was expected, a list was found.");
        try { return ToScalar(value, type); }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException or InvalidCastException or TargetInvocationException)
        {
            throw new FormatException($"'{Text(value)}' is not a {type.Name}: {(e.InnerException ?? e).Message}");
        }
    }

    /// <summary>Converts a value when that is possible.</summary>
    public static bool TryConvert(object? value, Type type, out object? converted)
    {
        try { converted = Convert(value, type); return true; }
        catch (FormatException) { converted = null; return false; }
    }

    /// <summary>A value's text, the same in every culture.</summary>
    public static string Text(object? value) => value is IFormattable formattable ? formattable.ToString(null, Invariant) : value?.ToString() ?? "";

    /// <summary>Reads a number with PowerShell's suffixes KB to PB; null when the text is none.</summary>
    public static object? ParseNumber(string text)
    {
        long factor = 1;
        string digits = text;
        if (text.Length > 2 && "KMGTP".IndexOf(char.ToUpperInvariant(text[^2])) is >= 0 and var power && text[^1] is 'b' or 'B')
        {
            factor = 1L << (10 * (power + 1));
            digits = text[..^2];
        }
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && long.TryParse(digits[2..], NumberStyles.HexNumber, Invariant, out long hex)) return hex * factor;
        if (long.TryParse(digits, NumberStyles.AllowLeadingSign, Invariant, out long whole)) return checked(whole * factor);
        return double.TryParse(digits, NumberStyles.Float, Invariant, out double number) ? number * factor : null;
    }

    /// <summary>A value as a bool.</summary>
    public static bool IsTrue(object value) => value switch
    {
        bool b => b,
        SwitchParameter s => s.IsPresent,
        string s when bool.TryParse(s, out bool parsed) => parsed,
        string s when ParseNumber(s) is { } number => System.Convert.ToDouble(number, Invariant) != 0,
        IConvertible number and not string => number.ToBoolean(Invariant),
        _ => throw new FormatException($"'{value}' is neither $true nor $false."),
    };

    private static object ToScalar(object value, Type type)
    {
        if (type.IsEnum) return ToEnum(value, type);
        if (IsNumber(type))
        {
            object number = value is string text ? ParseNumber(text.Trim()) ?? throw new FormatException("It is not a number.") : value;
            return System.Convert.ChangeType(number, type, Invariant);
        }
        if (type == typeof(TimeSpan) && value is not string && IsNumber(value.GetType())) return new TimeSpan(System.Convert.ToInt64(value, Invariant));
        if (type == typeof(DateTimeOffset) && value is DateTime moment) return new DateTimeOffset(moment);
        if (value is not string) return ByConstructor(value, type);
        if (type.GetMethod("Parse", [typeof(string), typeof(IFormatProvider)]) is { IsStatic: true } parse) return parse.Invoke(null, [value, Invariant])!;
        if (type.GetMethod("Parse", [typeof(string)]) is { IsStatic: true } plain) return plain.Invoke(null, [value])!;
        return ByConstructor(value, type);
    }

    private static object ByConstructor(object value, Type type) =>
        type.GetConstructor([value.GetType()]) is { } constructor && !type.IsAbstract
            ? constructor.Invoke([value])
            : throw new FormatException($"there is no conversion from {value.GetType().Name}.");

    private static object ToEnum(object value, Type type)
    {
        if (value is not string) return Enum.ToObject(type, value);
        return Enum.TryParse(type, (string)value, ignoreCase: true, out object? found) && (Enum.IsDefined(type, found) || type.IsDefined(typeof(FlagsAttribute)))
            ? found
            : throw new FormatException($"it is one of {string.Join(", ", Enum.GetNames(type))}.");
    }

    private static bool IsNumber(Type type) => Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.Decimal && !type.IsEnum;

    private static Type? ElementType(Type type)
    {
        if (type.IsArray) return type.GetElementType();
        if (type.IsGenericType && type.GetGenericTypeDefinition() is var open
            && (open == typeof(IReadOnlyList<>) || open == typeof(IList<>) || open == typeof(List<>) || open == typeof(IEnumerable<>)
                || open == typeof(ICollection<>) || open == typeof(IReadOnlyCollection<>))) return type.GetGenericArguments()[0];
        return null;
    }

    private static object ToList(object value, Type type, Type element)
    {
        object?[] items = value is IEnumerable many and not string and not IDictionary ? [.. many.Cast<object?>()] : [value];
        Array array = Array.CreateInstance(element, items.Length);
        for (int i = 0; i < items.Length; i++) array.SetValue(Convert(items[i], element), i);
        return type.IsInstanceOfType(array) ? array : Activator.CreateInstance(type, array)!;
    }

    private static IDictionary? ToDictionary(IDictionary table, Type type)
    {
        Type[] arguments = type.IsGenericType ? type.GetGenericArguments() : [];
        if (arguments.Length != 2) return null;
        Type closed = typeof(Dictionary<,>).MakeGenericType(arguments);
        if (!type.IsAssignableFrom(closed)) return null;
        var made = (IDictionary)Activator.CreateInstance(closed)!;
        foreach (DictionaryEntry entry in table) made[Convert(entry.Key, arguments[0])!] = Convert(entry.Value, arguments[1]);
        return made;
    }
}
