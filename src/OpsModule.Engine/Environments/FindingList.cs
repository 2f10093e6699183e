using OpsModule.Foundations.Files;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Environments;

/// <summary>Collects findings about one file.</summary>
internal sealed class FindingList(string? file)
{
    private readonly List<EnvironmentFinding> _findings = [];

    public IReadOnlyList<EnvironmentFinding> All => [.. _findings.OrderBy(f => f.Line).ThenBy(f => f.Column)];

    public bool HasErrors => _findings.Exists(f => f.Severity == FindingSeverity.Error);

    public void Error(string code, YamlItem? at, string path, string message, string? expected = null, string? nearest = null) =>
        Add(FindingSeverity.Error, code, at?.Line ?? 0, at?.Column ?? 0, path, message, expected, nearest);

    public void Warning(string code, YamlItem? at, string path, string message, string? expected = null) =>
        Add(FindingSeverity.Warning, code, at?.Line ?? 0, at?.Column ?? 0, path, message, expected, null);

    /// <summary>What is wrong with the text of the file itself.</summary>
    public void Add(TextFault fault) => Add(FindingSeverity.Error, fault.Code, fault.Line, fault.Column, "", fault.Message, fault.Expected, null);

    public void Add(FindingSeverity severity, string code, int line, int column, string path, string message, string? expected, string? nearest)
    {
        _findings.Add(new EnvironmentFinding
        {
            Severity = severity,
            Code = code,
            Message = Complete(message, expected, nearest),
            File = file,
            Line = line,
            Column = column,
            Path = path,
            Expected = expected,
            Nearest = nearest,
        });
    }

    // The message alone must do for someone who reads it in a log.
    private static string Complete(string message, string? expected, string? nearest) =>
        message + (nearest is not null ? $" Did you mean '{nearest}'?" : expected is not null ? $" Expected: {expected}." : "");
}
