namespace OpsModule.Engine.Environments;

/// <summary>Finds the environment of a call.</summary>
public static class EnvironmentLocator
{
    /// <summary>
    /// The environment meant by <paramref name="given"/> (an <see cref="OpsEnvironment"/>, a file or a folder), else by
    /// <c>OPS_ENVIRONMENT</c>, else the nearest <c>ops.yaml</c> from the current folder upward.
    /// </summary>
    /// <exception cref="OpsException"><c>EnvironmentNotFound</c> or <c>EnvironmentInvalid</c>.</exception>
    public static OpsEnvironment Resolve(object? given, string currentDirectory, IOpsReporter reporter) =>
        throw new NotImplementedException($"{given} {currentDirectory} {reporter}");
}
