using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace OpsModule.Help;

/// <summary>The help of one parameter.</summary>
/// <param name="Metadata">What PowerShell knows of it.</param>
/// <param name="Text">What it says.</param>
/// <param name="Default">Its value when it is not given; empty when there is none.</param>
internal sealed record ParameterTopic(ParameterMetadata Metadata, string Text, string Default)
{
    public string Name => Metadata.Name;

    public bool IsSwitch => Metadata.ParameterType == typeof(SwitchParameter);

    public bool Wildcards => Metadata.Attributes.OfType<SupportsWildcardsAttribute>().Any();

    /// <summary>The parts it plays, by set; never empty.</summary>
    public IReadOnlyList<ParameterSetMetadata> Sets => [.. Metadata.ParameterSets.Values];

    /// <summary>What may stand behind it: its type, or the words it can be.</summary>
    public string ValueName
    {
        get
        {
            Type type = Nullable.GetUnderlyingType(Metadata.ParameterType) ?? Metadata.ParameterType;
            if (type.IsEnum) return string.Join('|', Enum.GetNames(type));
            if (Metadata.Attributes.OfType<ValidateSetAttribute>().FirstOrDefault() is { } set) return string.Join('|', set.ValidValues);
            if (Metadata.Attributes.Any(a => a.GetType().Name == "MomentAttribute")) return "time";
            return TypeName(type);
        }
    }

    /// <summary>The type as PowerShell writes it.</summary>
    public static string TypeName(Type type) =>
        Nullable.GetUnderlyingType(type) is { } inner ? TypeName(inner)
        : type.IsArray ? TypeName(type.GetElementType()!) + "[]"
        : type == typeof(object) ? "object"
        : Type.GetTypeCode(type) switch
        {
            TypeCode.String => "string",
            TypeCode.Int32 when !type.IsEnum => "int",
            TypeCode.Int64 when !type.IsEnum => "long",
            TypeCode.Boolean => "bool",
            _ => type.Name,
        };

    /// <summary>How it stands in a line of syntax.</summary>
    public string Syntax(CommandParameterInfo part)
    {
        string whole = IsSwitch ? $"-{Name}" : $"{(part.Position < 0 ? $"-{Name}" : $"[-{Name}]")} <{ValueName}>";
        return part.IsMandatory ? whole : $"[{whole}]";
    }

    /// <summary>A default as one would type it; empty for what says nothing.</summary>
    public static string DefaultText(object? value) => value switch
    {
        null or false or SwitchParameter or "" => "",
        TimeSpan span => span == TimeSpan.Zero ? "" : Duration(span),
        string text => text,
        IEnumerable many => string.Join(", ", many.Cast<object?>().Select(DefaultText)),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string Duration(TimeSpan span)
    {
        (int Count, string Unit)[] parts = [(span.Days, "d"), (span.Hours, "h"), (span.Minutes, "m"), (span.Seconds, "s"), (span.Milliseconds, "ms")];
        return string.Concat(parts.Where(p => p.Count > 0).Select(p => $"{p.Count}{p.Unit}"));
    }
}
