using System.Collections.Concurrent;
using System.Reflection;

namespace OpsModule.Engine.Records;

/// <summary>How a record of a type is made: its constructor, what is set afterwards, and what follows from that.</summary>
internal sealed class RecordShape
{
    private const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance;

    private static readonly ConcurrentDictionary<Type, RecordShape> Shapes = [];

    private RecordShape(Type type)
    {
        var nullability = new NullabilityInfoContext();
        Constructor = type.GetConstructors().OrderBy(c => c.GetParameters().Length).First();
        PropertyInfo[] properties = [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanRead && p.GetIndexParameters().Length == 0)];
        Names = new HashSet<string>(properties.Select(p => p.Name), StringComparer.OrdinalIgnoreCase);
        Set = [.. properties.Where(p => p.CanWrite).Select(p => (p, nullability.Create(p).ReadState == NullabilityState.Nullable))];
        Computed = [.. properties.Where(p => !p.CanWrite).Select(p => (p, type.GetProperty("Kept" + p.Name, Any)))];
        Required = [.. properties.Where(p => p.IsDefined(typeof(System.Runtime.CompilerServices.RequiredMemberAttribute))).Select(p => p.Name)];
    }

    public ConstructorInfo Constructor { get; }

    public HashSet<string> Names { get; }

    public IReadOnlyList<(PropertyInfo Property, bool MayBeNull)> Set { get; }

    /// <summary>What follows from other properties, and where a value that does not follow any more is kept.</summary>
    public IReadOnlyList<(PropertyInfo Property, PropertyInfo? Kept)> Computed { get; }

    public IReadOnlyList<string> Required { get; }

    public static RecordShape Of(Type type) => Shapes.GetOrAdd(type, t => new RecordShape(t));
}
