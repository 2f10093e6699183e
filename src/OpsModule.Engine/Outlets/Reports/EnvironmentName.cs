using System.Collections.Concurrent;
using System.Reflection;

namespace OpsModule.Engine.Outlets.Reports;

/// <summary>The environment that a record says it is of.</summary>
internal static class EnvironmentName
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo?> Known = [];

    public static string? Of(object record) => Known.GetOrAdd(record.GetType(), t =>
        t.GetProperty("Environment", BindingFlags.Public | BindingFlags.Instance) is { CanRead: true } p && p.PropertyType == typeof(string) && p.GetIndexParameters().Length == 0 ? p : null)
        ?.GetValue(record) as string;
}
