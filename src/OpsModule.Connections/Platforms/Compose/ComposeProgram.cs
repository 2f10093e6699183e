using System.Text.RegularExpressions;
using OpsModule.Connections.Files;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Connections.Platforms.Compose;

/// <summary>Runs Compose itself, for what only it can do: read compose files and make containers of them.</summary>
public static partial class ComposeProgram
{
    /// <summary>Runs it to its end.</summary>
    /// <exception cref="OpsException"><c>ComposeMissing</c>, <c>ProgramFailed</c> with what it reports.</exception>
    public static async Task RunAsync(ComposeSource source, string project, IReadOnlyList<string> arguments, CancellationToken ct)
    {
        IReadOnlyList<string> program = await FindAsync(ct).ConfigureAwait(false);
        string[] variables = source.EnvFile is { } file ? ["--env-file", file] : [];
        var call = new ProgramCall(program[0], [.. program.Skip(1), .. source.Files.SelectMany(f => new[] { "-f", f }), "--project-directory", source.Folder, .. variables, "-p", project, .. arguments])
        {
            WorkingDirectory = source.Folder,
            Keeps = [.. ProgramEnvironment.CloudLogins, .. Wanted(source)],
            Environment = Own.ToDictionary(name => name, _ => (string?)null),
        };
        await ProgramRunner.RunAsync(call, null, ct).ConfigureAwait(false);
    }

    /// <summary>What a shell says to Compose by its variables is meant for the project that somebody works on there: other files, profiles, a name.</summary>
    private static IEnumerable<string> Own => Environment.GetEnvironmentVariables().Keys.Cast<string>()
        .Where(name => name.StartsWith(ComposeVariables.ComposePrefix, StringComparison.Ordinal) && name != "COMPOSE_HTTP_TIMEOUT");

    /// <summary>
    /// The variables that compose files, and the project's variables, put into containers: without them the containers would be made anew with
    /// empty passwords. A file that takes in others may want any.
    /// </summary>
    public static IEnumerable<string> Wanted(ComposeSource source)
    {
        string env = source.EnvFile ?? Path.Combine(source.Folder, ".env");
        string text = string.Join('\n', source.Files.Append(env).Where(File.Exists).Select(File.ReadAllText));
        return OtherFiles().IsMatch(text) ? ["*"] : Names().Matches(text).Select(m => m.Value).Distinct();
    }

    [GeneratedRegex(@"['""]?\b(include|extends|env_file)\b['""]?\s*:")]
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
