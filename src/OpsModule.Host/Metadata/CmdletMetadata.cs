using System.Management.Automation;

namespace OpsModule.Host.Metadata;

/// <summary>What the attributes of a cmdlet class say about it.</summary>
internal sealed record CmdletMetadata(string Name, Type Type)
{
    public bool SupportsShouldProcess { get; init; }

    public ConfirmImpact ConfirmImpact { get; init; } = ConfirmImpact.Medium;

    public string? DefaultParameterSet { get; init; }

    public IReadOnlyList<Type> OutputTypes { get; init; } = [];

    public IReadOnlyList<CmdletParameter> Parameters { get; init; } = [];

    /// <summary>The names of all parameter sets; one nameless set when the cmdlet declares none.</summary>
    public IReadOnlyList<string> ParameterSets
    {
        get
        {
            var named = Parameters.SelectMany(p => p.Sets).Select(s => s.Name).Where(n => n != ParameterSetPart.All).Distinct().ToList();
            return named.Count > 0 ? named : [ParameterSetPart.All];
        }
    }
}

/// <summary>One parameter.</summary>
internal sealed record CmdletParameter(string Name, System.Reflection.PropertyInfo Property)
{
    public Type Type => Property.PropertyType;

    public bool IsSwitch => Type == typeof(SwitchParameter);

    public IReadOnlyList<string> Aliases { get; init; } = [];

    public IReadOnlyList<ParameterSetPart> Sets { get; init; } = [];

    public IReadOnlyList<IValueRule> Rules { get; init; } = [];

    /// <summary>The words of a ValidateSet.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>What an attribute of the parameter makes of a value before it is converted.</summary>
    public ArgumentTransformationAttribute? Transformation { get; init; }

    public bool AllowNull { get; init; }

    public bool AllowEmpty { get; init; }

    /// <summary>How it takes part in a parameter set, or null when it does not.</summary>
    public ParameterSetPart? In(string set) =>
        Sets.FirstOrDefault(s => s.Name == set) ?? Sets.FirstOrDefault(s => s.Name == ParameterSetPart.All);

    public bool Answers(string name) =>
        Name.Equals(name, StringComparison.OrdinalIgnoreCase) || Aliases.Contains(name, StringComparer.OrdinalIgnoreCase);
}

/// <summary>How a parameter takes part in one parameter set.</summary>
internal sealed record ParameterSetPart(string Name)
{
    /// <summary>PowerShell's name for every set.</summary>
    public const string All = "__AllParameterSets";

    public int? Position { get; init; }

    public bool Mandatory { get; init; }

    public bool ByValue { get; init; }

    public bool ByPropertyName { get; init; }

    public bool Remaining { get; init; }
}
