using System.Diagnostics;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>Compose v2 beside the v1 that the machine has: the docker client finds it while this is not disposed.</summary>
public sealed class ComposeV2 : IDisposable
{
    private static readonly Lazy<string> Configuration = new(Bring);

    private readonly string? _before = Environment.GetEnvironmentVariable("DOCKER_CONFIG");

    public ComposeV2() => Environment.SetEnvironmentVariable("DOCKER_CONFIG", Folder);

    /// <summary>The folder of the docker client's configuration, with the plugin.</summary>
    public static string Folder => Configuration.Value;

    public void Dispose() => Environment.SetEnvironmentVariable("DOCKER_CONFIG", _before);

    private static string Bring()
    {
        var info = new ProcessStartInfo("bash") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[Path.Combine(Repository.Root, "build", "compose-v2.sh"), Path.Combine(Repository.Root, "out", "cache", "compose-v2")])
            info.ArgumentList.Add(argument);
        using Process script = Process.Start(info)!;
        Task<string> errors = script.StandardError.ReadToEndAsync();
        string said = script.StandardOutput.ReadToEnd().Trim();
        script.WaitForExit();
        return script.ExitCode == 0 ? said : throw new InvalidOperationException($"Compose v2 could not be brought: {errors.Result}");
    }
}
