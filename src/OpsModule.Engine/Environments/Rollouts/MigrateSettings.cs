namespace OpsModule.Engine.Environments.Rollouts;

/// <summary>What is run once when a service is brought out: <c>services.NAME.migrate</c>.</summary>
/// <param name="Command">The program with its arguments.</param>
public sealed record MigrateSettings(IReadOnlyList<string> Command)
{
    /// <summary>True runs it before the first new instance is started, false after the last old one has gone.</summary>
    public bool IsBefore { get; init; } = true;

    /// <summary>What takes it back, a program with its arguments; empty where nothing does.</summary>
    public IReadOnlyList<string> Undo { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => $"{Command[0]} {(IsBefore ? "before" : "after")}";
}
