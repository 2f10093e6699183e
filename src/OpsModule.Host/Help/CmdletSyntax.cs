using System.Management.Automation;
using OpsModule.Host.Metadata;

namespace OpsModule.Host.Help;

/// <summary>The syntax lines of a cmdlet.</summary>
internal static class CmdletSyntax
{
    public static IEnumerable<string> Of(CmdletMetadata cmdlet) => cmdlet.ParameterSets.Select(set =>
        string.Join(' ', InOrder(cmdlet, set).Select(p => One(p, p.In(set)!)).Prepend(cmdlet.Name))
        + (cmdlet.SupportsShouldProcess ? " [-WhatIf] [-Confirm]" : "") + " [<CommonParameters>]");

    public static IEnumerable<CmdletParameter> InOrder(CmdletMetadata cmdlet, string set) =>
        cmdlet.Parameters.Where(p => p.In(set) is not null).OrderBy(p => p.In(set)!.Position ?? int.MaxValue).ThenByDescending(p => p.In(set)!.Mandatory);

    public static string TypeName(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) return TypeName(inner);
        if (type.IsArray) return TypeName(type.GetElementType()!) + "[]";
        return Type.GetTypeCode(type) switch
        {
            TypeCode.String => "string",
            TypeCode.Int32 when !type.IsEnum => "int",
            TypeCode.Int64 when !type.IsEnum => "long",
            TypeCode.Boolean => "bool",
            _ => type == typeof(object) ? "object" : type.Name,
        };
    }

    /// <summary>What may stand behind a parameter: its type, or the words it can be.</summary>
    public static string ValueName(CmdletParameter parameter)
    {
        Type type = Nullable.GetUnderlyingType(parameter.Type) ?? parameter.Type;
        IReadOnlyList<string> choices = type.IsEnum ? Enum.GetNames(type) : parameter.Choices;
        return choices.Count > 0 ? string.Join('|', choices) : parameter.Transformation is MomentAttribute ? "time" : TypeName(type);
    }

    private static string One(CmdletParameter parameter, ParameterSetPart part)
    {
        string name = part.Position is null ? $"-{parameter.Name}" : $"[-{parameter.Name}]";
        string whole = parameter.Type == typeof(SwitchParameter) ? $"-{parameter.Name}" : $"{name} <{ValueName(parameter)}>";
        return part.Mandatory ? whole : $"[{whole}]";
    }
}
