using OpsModule.Host.Language;

namespace OpsModule.Host.Binding;

/// <summary>What happens at an error or a warning.</summary>
internal enum Preference
{
    Continue,
    Stop,
    SilentlyContinue,
    Ignore,
}

/// <summary>The parameters that every cmdlet has.</summary>
internal sealed class CommonParameters
{
    private static readonly Dictionary<string, string> Aliases = new(StringComparer.OrdinalIgnoreCase)
    {
        ["vb"] = "Verbose", ["db"] = "Debug", ["ea"] = "ErrorAction", ["wa"] = "WarningAction", ["wi"] = "WhatIf", ["cf"] = "Confirm",
    };

    public bool Verbose { get; private set; }

    public Preference ErrorAction { get; private set; }

    public Preference WarningAction { get; private set; }

    public bool WhatIf { get; private set; }

    /// <summary>-Confirm as given; null when it was not.</summary>
    public bool? Confirm { get; private set; }

    /// <summary>The names a cmdlet answers to beside its own.</summary>
    public static IEnumerable<string> Names(bool changes) =>
        changes ? ["Verbose", "Debug", "ErrorAction", "WarningAction", "WhatIf", "Confirm"] : ["Verbose", "Debug", "ErrorAction", "WarningAction"];

    /// <summary>The full name of an alias, or the name itself.</summary>
    public static string FullName(string name) => Aliases.GetValueOrDefault(name, name);

    public static bool IsSwitch(string name) => name is not ("ErrorAction" or "WarningAction");

    public void Set(string name, object? value)
    {
        switch (name)
        {
            case "Verbose": Verbose = value is true; break;
            case "WhatIf": WhatIf = value is true; break;
            case "Confirm": Confirm = value is true; break;
            case "ErrorAction": ErrorAction = Choice(name, value); break;
            case "WarningAction": WarningAction = Choice(name, value); break;
        }
    }

    private static Preference Choice(string name, object? value) =>
        ValueConverter.TryConvert(value, typeof(Preference), out object? choice) && choice is Preference known
            ? known
            : throw new UsageException($"-{name} '{value}': it is one of {string.Join(", ", Enum.GetNames<Preference>())}.");
}
