namespace OpsModule.Engine.Changes.Chain;

/// <summary>Who acts: the user, the host and the process.</summary>
/// <param name="User">The user's name; under sudo also the name of the person behind it.</param>
/// <param name="Host">The host's name.</param>
/// <param name="ProcessId">The process.</param>
internal sealed record Actor(string User, string Host, int ProcessId)
{
    /// <summary>This process.</summary>
    public static Actor Current { get; } = new(UserName(), Environment.MachineName, Environment.ProcessId);

    private static string UserName() =>
        Environment.GetEnvironmentVariable("SUDO_USER") is { Length: > 0 } person && person != Environment.UserName
            ? $"{person} (as {Environment.UserName})"
            : Environment.UserName;
}
