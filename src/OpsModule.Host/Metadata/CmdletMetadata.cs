using System.Management.Automation;

namespace OpsModule.Host.Metadata;

/// <summary>What the attributes of a cmdlet class say about it.</summary>
internal sealed record CmdletMetadata(string Name, Type Type)
{
    public bool SupportsShouldProcess { get; init; }

    public ConfirmImpact ConfirmImpact { get; init; } = ConfirmImpact.Medium;

    public string? DefaultParameterSet { get; init; }

    public IReadOnlyList<Type> OutputTypes { get; init; } = [];

    public IReadOnlyList<ParameterMetadata> Parameters { get; init; } = [];

    /// <summary>The names of all parameter sets; one nameless set when the cmdlet declares none.</summary>
    public IReadOnlyList<string> ParameterSets
    {
        get
        {
            var named = Parameters.SelectMany(p => p.Sets).Select(s => s.Name).Where(n => n != ParameterSetMetadata.All).Distinct().ToList();
            return named.Count > 0 ? named : [ParameterSetMetadata.All];
        }
    }
}

/// <summary>One parameter.</summary>
internal sealed record ParameterMetadata(string Name, System.Reflection.PropertyInfo Property)
{
    public Type Type => Property.PropertyType;

    public bool IsSwitch => Type == typeof(SwitchParameter);

    public IReadOnlyList<string> Aliases { get; init; } = [];

    public IReadOnlyList<ParameterSetMetadata> Sets { get; init; } = [];

    public IReadOnlyList<IValueRule> Rules { get; init; } = [];

    public bool AllowNull { get; init; }

    public bool AllowEmpty { get; init; }

    /// <summary>How it takes part in a parameter set, or null when it does not.</summary>
    public ParameterSetMetadata? In(string set) =>
        Sets.FirstOrDefault(s => s.Name == set) ?? Sets.FirstOrDefault(s => s.Name == ParameterSetMetadata.All);

    public bool Answers(string name) =>
        Name.Equals(name, StringComparison.OrdinalIgnoreCase) || Aliases.Contains(name, StringComparer.OrdinalIgnoreCase);
}

/// <summary>How a parameter takes part in one parameter set.</summary>
internal sealed record ParameterSetMetadata(string Name)
{
    /// <summary>PowerShell's name for every set.</summary>
    public const string All = "__AllParameterSets";

    public int? Position { get; init; }

    public bool Mandatory { get; init; }

    public bool ByValue { get; init; }

    public bool ByPropertyName { get; init; }

    public bool Remaining { get; init; }
}
