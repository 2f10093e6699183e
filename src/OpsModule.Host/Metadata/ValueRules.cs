using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Reflection;
using System.Text.RegularExpressions;

namespace OpsModule.Host.Metadata;

/// <summary>One validation attribute.</summary>
internal interface IValueRule
{
    /// <summary>What is wrong with a value, or null.</summary>
    string? Check(object? value);
}

/// <summary>The validation attributes of PowerShell, read as data.</summary>
internal static class ValueRules
{
    public static IValueRule? From(CustomAttributeData data)
    {
        object?[] given = [.. CommandTable.Values(data.ConstructorArguments)];
        Type type = data.AttributeType;
        if (type == typeof(ValidateNotNullAttribute)) return new Rule(v => Items(v).Contains(null) ? "It is null." : null);
        if (type == typeof(ValidateNotNullOrEmptyAttribute)) return new Rule(v => IsEmpty(v) || Items(v).Any(IsEmpty) ? "It is null or empty." : null);
        if (type == typeof(ValidateSetAttribute)) return new Rule(v => Each(v, item => OneOf(item, given)));
        if (type == typeof(ValidatePatternAttribute)) return new Rule(v => Each(v, item => Matches(item, (string)given[0]!)));
        if (type == typeof(ValidateRangeAttribute) && given.Length == 2) return new Rule(v => Each(v, item => Within(item, given[0], given[1])));
        if (type == typeof(ValidateLengthAttribute)) return new Rule(v => Each(v, item => Length(item, (int)given[0]!, (int)given[1]!)));
        if (type == typeof(ValidateCountAttribute)) return new Rule(v => Count(v, (int)given[0]!, (int)given[1]!));
        return null;
    }

    private static IEnumerable<object?> Items(object? value) => value is IEnumerable many and not string and not IDictionary ? many.Cast<object?>() : [value];

    private static bool IsEmpty(object? value) => value is null or "" || (value is ICollection { Count: 0 });

    private static string? Each(object? value, Func<object?, string?> check) => Items(value).Select(check).FirstOrDefault(found => found is not null);

    private static string? OneOf(object? item, object?[] allowed) =>
        allowed.Any(a => string.Equals(a?.ToString(), item?.ToString(), StringComparison.OrdinalIgnoreCase))
            ? null : $"'{item}' is not one of {string.Join(", ", allowed)}.";

    private static string? Matches(object? item, string pattern) =>
        Regex.IsMatch(item?.ToString() ?? "", pattern, RegexOptions.IgnoreCase) ? null : $"'{item}' does not match the pattern {pattern}.";

    private static string? Within(object? item, object? least, object? most)
    {
        if (item is not IComparable value) return "It is not a number.";
        object? low = Convert.ChangeType(least, item.GetType(), CultureInfo.InvariantCulture);
        object? high = Convert.ChangeType(most, item.GetType(), CultureInfo.InvariantCulture);
        return value.CompareTo(low) >= 0 && value.CompareTo(high) <= 0 ? null : $"{item} is not between {least} and {most}.";
    }

    private static string? Length(object? item, int least, int most) =>
        item is string text && text.Length >= least && text.Length <= most ? null : $"Its length must be between {least} and {most}.";

    private static string? Count(object? value, int least, int most)
    {
        int count = Items(value).Count();
        return count >= least && count <= most ? null : $"{count} values were given; between {least} and {most} are allowed.";
    }

    private sealed class Rule(Func<object?, string?> check) : IValueRule
    {
        public string? Check(object? value) => check(value);
    }
}
