using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Services;

/// <summary>Where a line was written to.</summary>
public enum OutputStream
{
    /// <summary>Standard output.</summary>
    Output,
    /// <summary>Standard error.</summary>
    Error,
}

/// <summary>One line that a program wrote.</summary>
/// <param name="Service">The service.</param>
/// <param name="Instance">The instance it ran in.</param>
/// <param name="Stream">Where it was written to.</param>
/// <param name="Line">The line, without its end.</param>
public sealed record CommandOutput(string Service, string Instance, OutputStream Stream, string Line) : IEnvironmentRecord
{
    /// <summary>The environment that it is of; null where that is not known.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <inheritdoc/>
    public override string ToString() => Line;
}

/// <summary>How a program ended.</summary>
/// <param name="Service">The service.</param>
/// <param name="Instance">The instance it ran in.</param>
/// <param name="Command">The program and its arguments.</param>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Duration">How long it took.</param>
public sealed record CommandResult(string Service, string Instance, IReadOnlyList<string> Command, int ExitCode, TimeSpan Duration)
{
    /// <inheritdoc/>
    public override string ToString() => $"{CommandText.Program(Command)} in {Instance}: exit code {ExitCode}";
}
