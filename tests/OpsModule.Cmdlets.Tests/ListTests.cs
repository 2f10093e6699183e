using System.Management.Automation;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace OpsModule.Cmdlets.Tests;

/// <summary>Lists of what cmdlets emit are arrays: PowerShell takes the compiler's own read-only lists for one thing, whatever index is asked for.</summary>
public sealed class ListTests
{
    [Fact]
    public void Every_list_of_what_is_emitted_can_be_indexed_in_PowerShell()
    {
        PropertyInfo[] lists = [.. Emitted().SelectMany(t => t.GetProperties()).Where(p => p.CanWrite && IsList(p.PropertyType))];
        Assert.True(lists.Length > 10);
        Assert.Empty(lists.Where(p => !Kept(p)).Select(p => $"{p.DeclaringType!.Name}.{p.Name}").Distinct().Order());
    }

    private static bool Kept(PropertyInfo list)
    {
        object record = RuntimeHelpers.GetUninitializedObject(list.ReflectedType!);
        Type item = list.PropertyType.GetGenericArguments()[0];
        list.SetValue(record, typeof(ListTests).GetMethod(nameof(Two), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(item).Invoke(null, null));
        return list.GetValue(record)!.GetType().IsArray;
    }

    /// <summary>A list as the compiler makes it.</summary>
    private static IReadOnlyList<T> Two<T>() => [default!, default!];

    /// <summary>What cmdlets say they emit, and the records in it.</summary>
    private static HashSet<Type> Emitted()
    {
        var all = new HashSet<Type>();
        var open = new Queue<Type>(typeof(OpsCmdlet).Assembly.GetTypes().Where(t => typeof(Cmdlet).IsAssignableFrom(t))
            .SelectMany(t => t.GetCustomAttributesData()).Where(a => a.AttributeType == typeof(OutputTypeAttribute)).SelectMany(Types));
        while (open.TryDequeue(out Type? type))
        {
            if (type.Namespace?.StartsWith("OpsModule.", StringComparison.Ordinal) != true || type.Namespace.EndsWith("Environments", StringComparison.Ordinal)
                || type.IsEnum || type.IsAbstract || !all.Add(type)) continue;
            foreach (PropertyInfo property in type.GetProperties())
                open.Enqueue(IsList(property.PropertyType) ? property.PropertyType.GetGenericArguments()[0] : property.PropertyType);
        }
        return all;
    }

    private static IEnumerable<Type> Types(CustomAttributeData attribute) =>
        attribute.ConstructorArguments.SelectMany(a => a.Value is IEnumerable<CustomAttributeTypedArgument> several ? several.Select(s => s.Value) : [a.Value]).OfType<Type>();

    private static bool IsList(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() is var open && (open == typeof(IReadOnlyList<>) || open == typeof(IReadOnlyCollection<>));
}
