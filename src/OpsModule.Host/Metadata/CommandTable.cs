using System.Management.Automation;
using System.Reflection;

namespace OpsModule.Host.Metadata;

/// <summary>Finds cmdlets in an assembly and reads their metadata.</summary>
/// <remarks>
/// The attributes are read as data: the reference assembly of PowerShell that is loaded here has attribute classes that forget
/// what their constructors are given.
/// </remarks>
internal sealed class CommandTable
{
    private readonly Dictionary<string, Type> _types = new(StringComparer.OrdinalIgnoreCase);

    public CommandTable(params Assembly[] assemblies)
    {
        foreach (Type type in assemblies.SelectMany(a => a.GetTypes()).Where(t => !t.IsAbstract && typeof(OpsCmdlet).IsAssignableFrom(t)))
        {
            if (Data<CmdletAttribute>(type) is not { } data) continue;
            _types[$"{data.ConstructorArguments[0].Value}-{data.ConstructorArguments[1].Value}"] = type;
        }
    }

    /// <summary>The module's own cmdlets.</summary>
    public static CommandTable Module { get; } = new(typeof(OpsCmdlet).Assembly);

    public IReadOnlyList<string> Names => [.. _types.Keys.Order(StringComparer.OrdinalIgnoreCase)];

    public CmdletMetadata? Find(string name) => _types.TryGetValue(name, out Type? type) ? Read(type) : null;

    private static CmdletMetadata Read(Type type)
    {
        CustomAttributeData data = Data<CmdletAttribute>(type)!;
        return new CmdletMetadata($"{data.ConstructorArguments[0].Value}-{data.ConstructorArguments[1].Value}", type)
        {
            SupportsShouldProcess = Named(data, "SupportsShouldProcess") is true,
            ConfirmImpact = Named(data, "ConfirmImpact") is int impact ? (ConfirmImpact)impact : ConfirmImpact.Medium,
            DefaultParameterSet = Named(data, "DefaultParameterSetName") as string,
            OutputTypes = [.. type.GetCustomAttributesData().Where(a => a.AttributeType == typeof(OutputTypeAttribute)).SelectMany(a => Values(a.ConstructorArguments)).OfType<Type>()],
            Parameters = [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(p => p.GetCustomAttributesData().Any(a => a.AttributeType == typeof(ParameterAttribute))).Select(Read)
                .OrderBy(p => p.Sets.Min(s => s.Position ?? int.MaxValue))],
        };
    }

    private static CmdletParameter Read(PropertyInfo property)
    {
        IList<CustomAttributeData> all = property.GetCustomAttributesData();
        return new CmdletParameter(property.Name, property)
        {
            Aliases = [.. all.Where(a => a.AttributeType == typeof(AliasAttribute)).SelectMany(a => Values(a.ConstructorArguments)).OfType<string>()],
            Sets = [.. all.Where(a => a.AttributeType == typeof(ParameterAttribute)).Select(ReadSet)],
            Rules = [.. all.Select(ValueRules.From).OfType<IValueRule>()],
            Choices = [.. all.Where(a => a.AttributeType == typeof(ValidateSetAttribute)).SelectMany(a => Values(a.ConstructorArguments)).OfType<string>()],
            Transformation = property.GetCustomAttribute<ArgumentTransformationAttribute>(),
            AllowNull = all.Any(a => a.AttributeType == typeof(AllowNullAttribute)),
            AllowEmpty = all.Any(a => a.AttributeType == typeof(AllowEmptyStringAttribute) || a.AttributeType == typeof(AllowEmptyCollectionAttribute)),
        };
    }

    private static ParameterSetPart ReadSet(CustomAttributeData data) =>
        new(Named(data, "ParameterSetName") as string ?? ParameterSetPart.All)
        {
            Position = Named(data, "Position") is int position and >= 0 ? position : null,
            Mandatory = Named(data, "Mandatory") is true,
            ByValue = Named(data, "ValueFromPipeline") is true,
            ByPropertyName = Named(data, "ValueFromPipelineByPropertyName") is true,
            Remaining = Named(data, "ValueFromRemainingArguments") is true,
        };

    private static CustomAttributeData? Data<T>(Type type) => type.GetCustomAttributesData().FirstOrDefault(a => a.AttributeType == typeof(T));

    private static object? Named(CustomAttributeData data, string name) =>
        data.NamedArguments.Where(a => a.MemberName == name).Select(a => a.TypedValue.Value).FirstOrDefault();

    /// <summary>Constructor arguments with arrays (params) flattened.</summary>
    internal static IEnumerable<object?> Values(IEnumerable<CustomAttributeTypedArgument> arguments) =>
        arguments.SelectMany(a => a.Value is IReadOnlyCollection<CustomAttributeTypedArgument> many ? Values(many) : [a.Value]);
}
