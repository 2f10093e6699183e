using System.Text.RegularExpressions;
using OpsModule.Connections.Files;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Connections.Platforms.Compose;

/// <summary>Runs Compose itself, for what only it can do: read compose files and make containers of them.</summary>
public static partial class ComposeProgram
{
    /// <summary>Runs it to its end.</summary>
    /// <exception cref="OpsException"><c>ComposeMissing</c>, <c>ComposeFailed</c> with what it reports.</exception>
    public static Task RunAsync(ComposeSource source, string project, IReadOnlyList<string> arguments, CancellationToken ct) =>
        AskAsync(source, project, [], arguments, null, ct);

    /// <summary>Runs it to its end, and returns what it printed; a file named - is the input.</summary>
    /// <exception cref="OpsException"><c>ComposeMissing</c>, <c>ComposeFailed</c> with what it reports.</exception>
    public static async Task<string> AskAsync(ComposeSource source, string project, IReadOnlyList<string> options,
        IReadOnlyList<string> arguments, string? input, CancellationToken ct)
    {
        IReadOnlyList<string> program = (await FindAsync(ct).ConfigureAwait(false)).Program;
        IEnumerable<string> variables = source.EnvFiles.SelectMany(f => new[] { "--env-file", f });
        var call = new ProgramCall(program[0], [.. program.Skip(1), .. source.Files.SelectMany(f => new[] { "-f", f }),
            "--project-directory", source.Folder, .. variables, "-p", project, .. options, .. arguments])
        {
            WorkingDirectory = source.Folder,
            Keeps = [.. ProgramEnvironment.CloudLogins, .. Wanted(source)],
            Environment = Own.Concat(ComposeShell.Names).Distinct().Select(name => (Name: name, Value: (string?)null))
                .Concat(source.Variables.Select(v => (Name: v.Key, Value: (string?)v.Value))).ToDictionary(v => v.Name, v => v.Value),
        };
        try { return await ProgramRunner.RunAsync(call, input, ct).ConfigureAwait(false); }
        catch (OpsException e) when (e.ErrorId == "ProgramFailed") { throw ComposeErrors.Failed(project, arguments, e); }
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
        string text = TextOf(source);
        return OtherFiles().IsMatch(text) ? ["*"] : Names().Matches(text).Select(m => m.Value).Distinct();
    }

    /// <summary>Whether the files name others, which are not known here.</summary>
    public static bool TakesInOthers(ComposeSource source) => OtherFiles().IsMatch(TextOf(source));

    private static string TextOf(ComposeSource source) => string.Join('\n',
        source.Files.Concat(source.EnvFiles.Count > 0 ? source.EnvFiles : [Path.Combine(source.Folder, ".env")]).Where(File.Exists)
            .Select(File.ReadAllText));

    [GeneratedRegex(@"['""]?\b(include|extends|env_file)\b['""]?\s*:")]
    private static partial Regex OtherFiles();

    [GeneratedRegex(@"[A-Za-z_][A-Za-z0-9_]*")]
    private static partial Regex Names();

    internal static async Task<ComposeInstallation> FindAsync(CancellationToken ct) => await ComposeInstallation.FindAsync(ct)
        .ConfigureAwait(false)
        ?? throw new OpsException("ComposeMissing", OpsErrorCategory.ResourceUnavailable,
            "Neither 'docker compose' nor docker-compose is installed here; making containers from a compose file needs one of them.",
            "Install the compose plugin (docker-compose-plugin, docker-compose-v2 or docker-compose), then run the command again.", "docker compose");
}
