using System.Collections;
using System.Management.Automation;
using System.Reflection;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Records;
using OpsModule.Foundations.Errors;

namespace OpsModule;

/// <summary>What came through the pipeline, without PowerShell's wrapper; an object that is nothing but its wrapper becomes its properties.</summary>
internal static class PipedObject
{
    private const string PropertyBag = "PSCustomObject";

    public static object? Of(object? value) => value is PSObject wrapped
        ? wrapped.BaseObject is PSCustomObject ? wrapped.Properties.Where(p => p.IsGettable).ToDictionary(p => p.Name, p => Of(p.Value)) : wrapped.BaseObject
        : value;

    /// <summary>The record that came: itself, or made anew from what a job, another session, a file or a selection left of it; anything else as of <see cref="Of"/>.</summary>
    public static object? Record(object? value) => Read(value)?.Record ?? Of(value);

    /// <summary>The record that was made anew; null for a live one, and for what cannot be judged any more.</summary>
    public static RecordRead? Read(object? value) => value is PSObject { BaseObject: PSCustomObject } bag
        ? RecordReader.Read((IReadOnlyDictionary<string, object?>)Plain(bag)!, bag.TypeNames) : null;

    /// <summary>An object without PowerShell in it, to its last part.</summary>
    private static object? Plain(object? value, int depth = 12)
    {
        if (depth == 0) return null;
        switch (value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value)
        {
            case PSObject bag:
                var properties = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
                foreach (PSPropertyInfo property in bag.Properties) if (property.IsGettable) properties[property.Name] = Plain(Value(property), depth - 1);
                return properties;
            case IDictionary table:
                var entries = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
                foreach (DictionaryEntry entry in table) entries[$"{entry.Key}"] = Plain(entry.Value, depth - 1);
                return entries;
            case string text: return text;
            case IEnumerable many: return many.Cast<object?>().Select(item => Plain(item, depth - 1)).ToList();
            case var bare: return bare;
        }
    }

    private static object? Value(PSPropertyInfo property)
    {
        try { return property.Value; }
        catch (GetValueException) { return null; }
    }

    /// <summary>Whether it is the plan of a change, live or from elsewhere.</summary>
    public static bool IsPlan(object? value) =>
        Of(value) is ChangePlan || (value is PSObject bag && RecordKinds.Find(bag.TypeNames) == typeof(ChangePlan));

    /// <summary>The items of a list that was given as one object, however deep; anything else is its own only item.</summary>
    public static IEnumerable<object?> Each(object? value) => Of(value) is IEnumerable many and not string and not IDictionary and not IEnumerable<KeyValuePair<string, object?>>
        ? many.Cast<object?>().SelectMany(Each)
        : [value];

    /// <summary>What a table of properties, a hash table or a group of Group-Object holds in its values, however deep.</summary>
    public static IEnumerable<(object Value, string TypeName)> Within(object? value, int depth = 4)
    {
        if (depth == 0) yield break;
        foreach (object? item in Holds(value).SelectMany(Each))
        {
            if (Of(item) is not { } held || held is string) continue;
            yield return (held, TypeName(item!));
            foreach ((object, string) deeper in Within(item, depth - 1)) yield return deeper;
        }
    }

    private static IEnumerable<object?> Holds(object? value) => Of(value) switch
    {
        IDictionary table => table.Values.Cast<object?>(),
        IEnumerable<KeyValuePair<string, object?>> bag => bag.Select(p => p.Value),
        { } typed when typed.GetType().FullName == "Microsoft.PowerShell.Commands.GroupInfo" && TryGet(typed, "Group", out object? group) => [group],
        _ => [],
    };

    /// <summary>Whether it has a property of one of these names that says something.</summary>
    public static bool Says(object? value, params ReadOnlySpan<string> names) => Named(value, names) is not null;

    /// <summary>What the first property of these names says; null when none does.</summary>
    public static string? Named(object? value, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            if (Property(value, name)?.ToString() is { Length: > 0 } said) return said;
        return null;
    }

    /// <summary>What came, without PowerShell's wrapper; an object that is nothing but its wrapper stays in it.</summary>
    public static object? Bare(object? value) => value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;

    /// <summary>Whether it has a property of this name, which may be empty.</summary>
    public static bool Has(object? value, string name) => TryGet(value, name, out _);

    /// <summary>The error for an object that names nothing of what a cmdlet works on.</summary>
    public static OpsException IsNo(string what, object value, string expected) => PipelineObject.IsNo(what, value, expected, TypeName(value));

    /// <summary>The type's name as PowerShell has it: <c>Deserialized.X</c> for what came out of another session or a file.</summary>
    public static string TypeName(object value) => value switch
    {
        PSObject wrapped => WrappedTypeName(wrapped),
        IEnumerable<KeyValuePair<string, object?>> => PropertyBag,
        Job => nameof(Job),
        _ => value.GetType().Name,
    };

    /// <summary>The text of a property; null where there is none, or nothing in it.</summary>
    public static string? Text(object? value, string name) => Property(value, name) is { } said && said is string or bool or IFormattable && $"{said}" is { Length: > 0 } text ? text : null;

    /// <summary>The value of a property; null where there is none.</summary>
    public static object? Property(object? value, string name) => TryGet(value, name, out object? found) ? found : null;

    private static bool TryGet(object? value, string name, out object? found)
    {
        found = null;
        switch (value)
        {
            case null: return false;
            case IEnumerable<KeyValuePair<string, object?>> bag:
                KeyValuePair<string, object?>[] named = [.. bag.Where(p => p.Key.Equals(name, StringComparison.OrdinalIgnoreCase))];
                if (named.Length > 0) found = named[0].Value;
                return named.Length > 0;
            case IDictionary table:
                object? key = table.Keys.Cast<object>().FirstOrDefault(k => name.Equals(k.ToString(), StringComparison.OrdinalIgnoreCase));
                if (key is not null) found = table[key];
                return key is not null;
            case PSObject wrapped: return TryGetWrapped(wrapped, name, out found);
        }
        PropertyInfo? property = value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .FirstOrDefault(p => p.CanRead && p.GetIndexParameters().Length == 0 && p.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (property is null) return false;
        try { found = property.GetValue(value); }
        catch (TargetInvocationException) { /* it says nothing */ }
        return true;
    }

    private static bool TryGetWrapped(PSObject wrapped, string name, out object? found)
    {
        found = null;
        if (wrapped.Properties[name] is not { } property) return false;
        try { found = Of(property.Value); }
        catch (GetValueException) { /* it says nothing */ }
        return true;
    }

    private static string WrappedTypeName(PSObject wrapped)
    {
        string? named = wrapped.TypeNames.FirstOrDefault();
        bool isLikeness = wrapped.BaseObject is PSCustomObject && named is not null && !named.StartsWith("System.", StringComparison.Ordinal);
        return isLikeness ? named! : TypeName(wrapped.BaseObject);
    }
}
