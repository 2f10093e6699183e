namespace OpsModule.Connections.Platforms.Contract.Rollouts;

/// <summary>What a program said that was run in an instance.</summary>
/// <param name="ExitCode">Its exit code; null where it could not be run.</param>
/// <param name="Words">Its last lines, or why it could not be run.</param>
public sealed record InstanceAnswer(int? ExitCode, string Words)
{
    /// <summary>True when it was run and had not ended in its time.</summary>
    public bool IsLate { get; init; }

    /// <summary>True when it ended well.</summary>
    public bool IsWell => ExitCode == 0;
}
