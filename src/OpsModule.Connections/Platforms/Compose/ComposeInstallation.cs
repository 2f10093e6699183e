using System.Collections.Concurrent;
using OpsModule.Connections.Files;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Connections.Platforms.Compose;

/// <summary>The Compose that is installed here.</summary>
/// <param name="Program">The program and the words that stand before its own arguments.</param>
/// <param name="Version">Its version, as it says it.</param>
public sealed record ComposeInstallation(IReadOnlyList<string> Program, string Version)
{
    private static readonly ConcurrentDictionary<(string?, string?), ComposeInstallation?> Known = new();

    /// <summary>True for the one in Python, which reads env files in its own way and knows neither hashes nor JSON.</summary>
    public bool IsFirst => Version.TrimStart('v').StartsWith("1.", StringComparison.Ordinal);

    /// <summary>How it reads env files.</summary>
    public EnvDialect Dialect => IsFirst ? EnvDialect.PythonDotenv : EnvDialect.ComposeGo;

    /// <summary>The docker client's plugin; else the program that was there before it; null where there is none.</summary>
    public static async Task<ComposeInstallation?> FindAsync(CancellationToken cancellationToken)
    {
        // What was found is kept, and asked for again when programs are looked for elsewhere; what was not may be installed by now.
        (string?, string?) place = (Environment.GetEnvironmentVariable("DOCKER_CONFIG"), Environment.GetEnvironmentVariable("PATH"));
        if (Known.TryGetValue(place, out ComposeInstallation? known)) return known;
        foreach (string[] program in (string[][])[["docker", "compose"], ["docker-compose"]])
        {
            try
            {
                string version = await ProgramRunner.RunAsync(new ProgramCall(program[0], [.. program.Skip(1), "version", "--short"]), null,
                    cancellationToken).ConfigureAwait(false);
                return Known[place] = new ComposeInstallation(program, version.Trim());
            }
            catch (OpsException e) when (e.ErrorId is "ProgramMissing" or "ProgramFailed") { /* not this one */ }
        }
        return null;
    }

    /// <summary>The same for what cannot wait otherwise.</summary>
    public static ComposeInstallation? Find() => Task.Run(() => FindAsync(CancellationToken.None)).GetAwaiter().GetResult();
}
