using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Environments;

/// <summary>How much a finding matters.</summary>
public enum FindingSeverity
{
    /// <summary>Nothing can be done with the environment until it is corrected.</summary>
    Error,
    /// <summary>It works, but an operator should know.</summary>
    Warning,
    /// <summary>A fact worth showing.</summary>
    Information,
}

/// <summary>One thing found while an environment file was read or tested. It never contains a secret.</summary>
public sealed record EnvironmentFinding : IVerdict
{
    /// <summary>How much it matters.</summary>
    public required FindingSeverity Severity { get; init; }

    /// <summary>A stable code in PascalCase, for example <c>UnknownKey</c>.</summary>
    public required string Code { get; init; }

    /// <summary>What was found, in a sentence.</summary>
    public required string Message { get; init; }

    /// <summary>Full path of the file, or null when the environment was made in memory.</summary>
    public string? File { get; init; }

    /// <summary>Line, from 1; 0 when it concerns the file as a whole.</summary>
    public int Line { get; init; }

    /// <summary>Column, from 1; 0 when it concerns the file as a whole.</summary>
    public int Column { get; init; }

    /// <summary>What was expected instead.</summary>
    public string? Expected { get; init; }

    /// <summary>The valid key or name that is closest to what was written.</summary>
    public string? Nearest { get; init; }

    /// <summary>Where in the file's tree it is, for example <c>databases.main.port</c>; empty for the file as a whole.</summary>
    public string Path { get; init; } = "";

    /// <summary>The place as compilers write it, <c>file(line,column)</c>.</summary>
    public string Location => (File ?? "(in memory)") + (Line > 0 ? $"({Line},{Column})" : "");

    bool IVerdict.IsBad() => Severity == FindingSeverity.Error;

    /// <summary>The finding in one line: place, severity, code and message.</summary>
    public override string ToString() => $"{Location}: {Severity.ToString().ToLowerInvariant()} {Code}: {Message}";
}
