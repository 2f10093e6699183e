using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;

namespace OpsModule.Host.Binding;

/// <summary>An object with named properties, as <c>Select-Object -Property</c> makes it.</summary>
internal sealed class PropertyBag : List<KeyValuePair<string, object?>>;

/// <summary>Reads the public properties of any object of a pipeline.</summary>
internal static class ObjectProperties
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Known = [];

    /// <summary>All properties in their order.</summary>
    public static IEnumerable<KeyValuePair<string, object?>> Of(object value) => value switch
    {
        PropertyBag bag => bag,
        IDictionary table => table.Keys.Cast<object>().Select(k => KeyValuePair.Create(k.ToString()!, table[k])),
        _ => Properties(value.GetType()).Select(p => KeyValuePair.Create(p.Name, Get(p, value))),
    };

    /// <summary>One property by its name, whatever its case.</summary>
    public static bool TryGet(object? value, string name, out object? found)
    {
        found = null;
        if (value is null) return false;
        if (value is PropertyBag or IDictionary)
        {
            foreach (var (key, item) in Of(value))
            {
                if (!key.Equals(name, StringComparison.OrdinalIgnoreCase)) continue;
                found = item;
                return true;
            }
            return false;
        }
        if (Properties(value.GetType()).FirstOrDefault(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is not { } property) return false;
        found = Get(property, value);
        return true;
    }

    private static PropertyInfo[] Properties(Type type) => Known.GetOrAdd(type, static t =>
        [.. t.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanRead && p.GetIndexParameters().Length == 0)]);

    private static object? Get(PropertyInfo property, object value)
    {
        try { return property.GetValue(value); }
        catch (TargetInvocationException) { return null; }
    }
}
