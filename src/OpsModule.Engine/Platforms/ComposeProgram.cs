using System.Text.RegularExpressions;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Processes;

namespace OpsModule.Engine.Platforms;

/// <summary>Runs Compose itself, for what only it can do: read compose files and make containers of them.</summary>
internal static partial class ComposeProgram
{
    /// <summary>The files that a service's containers were made from, where they are still there; else the environment's. None when there is none.</summary>
    public static IReadOnlyList<string> Files(ServiceRecord service, PlatformSettings platform)
    {
        string[] used = service.Instances.Select(i => i.Labels.GetValueOrDefault(ComposeLabels.Files)).FirstOrDefault(f => f is not null)?.Split(',') ?? [];
        if (used.Length > 0 && used.All(File.Exists)) return used;
        return File.Exists(platform.ComposeFile) ? [platform.ComposeFile] : [];
    }

    /// <summary>Runs it to its end.</summary>
    /// <exception cref="OpsException"><c>ComposeMissing</c>, <c>ProgramFailed</c> with what it reports.</exception>
    public static async Task RunAsync(IReadOnlyList<string> files, string project, IReadOnlyList<string> arguments, CancellationToken ct)
    {
        IReadOnlyList<string> program = await FindAsync(ct).ConfigureAwait(false);
        var call = new ProgramCall(program[0], [.. program.Skip(1), .. files.SelectMany(f => new[] { "-f", f }), "-p", project, .. arguments]);
        await ProgramRunner.RunAsync(call with { WorkingDirectory = Path.GetDirectoryName(files[0]), Keeps = [.. ProgramEnvironment.CloudLogins, .. Wanted(files)] }, null, ct).ConfigureAwait(false);
    }

    /// <summary>
    /// The variables that compose files put into containers: without them the containers would be made anew with empty passwords. A file
    /// that takes in others may want any.
    /// </summary>
    private static IEnumerable<string> Wanted(IReadOnlyList<string> files)
    {
        string text = string.Join('\n', files.Select(File.ReadAllText));
        return OtherFiles().IsMatch(text) ? ["*"] : Names().Matches(text).Select(m => m.Value).Distinct();
    }

    [GeneratedRegex(@"^\s*['""]?(include|extends)['""]?\s*:", RegexOptions.Multiline)]
    private static partial Regex OtherFiles();

    [GeneratedRegex(@"[A-Za-z_][A-Za-z0-9_]*")]
    private static partial Regex Names();

    /// <summary>The docker client's plugin first; else the program that was there before it.</summary>
    private static async Task<IReadOnlyList<string>> FindAsync(CancellationToken ct)
    {
        foreach (string[] program in (string[][])[["docker", "compose"], ["docker-compose"]])
        {
            try
            {
                await ProgramRunner.RunAsync(new ProgramCall(program[0], [.. program.Skip(1), "version"]), null, ct).ConfigureAwait(false);
                return program;
            }
            catch (OpsException e) when (e.ErrorId is "ProgramMissing" or "ProgramFailed") { /* not this one */ }
        }
        throw new OpsException("ComposeMissing", OpsErrorCategory.ResourceUnavailable, "Neither 'docker compose' nor docker-compose is installed here; making containers from a compose file needs one of them.",
            "Install the compose plugin (docker-compose-plugin, docker-compose-v2 or docker-compose), then run the command again.", "docker compose");
    }
}
