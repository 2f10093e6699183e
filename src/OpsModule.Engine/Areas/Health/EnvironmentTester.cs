using System.Runtime.CompilerServices;
using OpsModule.Engine.Access;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Health;

/// <summary>Tests an environment: the file, what it refers to, and on demand whether all of it can be reached.</summary>
public static class EnvironmentTester
{
    /// <summary>All findings; a last one says so when nothing is wrong.</summary>
    /// <param name="load">What was read.</param>
    /// <param name="connect">Whether to try to reach all that it names.</param>
    /// <param name="reporter">Told of what is tried.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="further">What the caller has found, by paths in the file.</param>
    public static async IAsyncEnumerable<EnvironmentFinding> RunAsync(EnvironmentLoad load, bool connect, IOpsReporter reporter,
        [EnumeratorCancellation] CancellationToken cancellationToken, IReadOnlyList<EnvironmentFinding>? further = null)
    {
        int errors = 0, warnings = 0;
        IEnumerable<EnvironmentFinding> all = load.Findings.Concat(EnvironmentReferences.Check(load)).Concat(Folders(load.Environment))
            .Concat((further ?? []).Select(f => Placed(f, load)));
        foreach (EnvironmentFinding finding in all) yield return Counted(finding);
        if (connect && load.Environment is not null)
        {
            var probe = new EnvironmentProbe(OpsContextFactory.Create(load.Environment, reporter), load);
            await foreach (EnvironmentFinding finding in probe.RunAsync(cancellationToken).ConfigureAwait(false)) yield return Counted(finding);
        }
        if (errors == 0 && load.Environment is { } environment) yield return Valid(environment, warnings, connect);

        EnvironmentFinding Counted(EnvironmentFinding finding)
        {
            if (finding.Severity == FindingSeverity.Error) errors++;
            else if (finding.Severity == FindingSeverity.Warning) warnings++;
            return finding;
        }
    }

    private static EnvironmentFinding Placed(EnvironmentFinding finding, EnvironmentLoad load) =>
        load.Places.GetValueOrDefault(finding.Path) is { } at ? finding with { File = load.File, Line = at.Line, Column = at.Column }
            : finding with { File = load.File };

    /// <summary>Folders into which others could put something.</summary>
    private static IEnumerable<EnvironmentFinding> Folders(OpsEnvironment? environment)
    {
        if (environment is null) yield break;
        if (Trust.Doubt(environment.StateDirectory) is { } state)
            yield return Warning("StateNotTrusted", "state", $"The state folder cannot be trusted: {state}. Nothing can be changed until it is.", "a folder of your own that nobody else may write to");
        foreach (StoreSettings store in environment.Backups.Stores.Values)
            if (store.Path is { } path && Trust.Doubt(path) is { } doubt)
                yield return Warning("StoreNotTrusted", $"backups.stores.{store.Name}", $"Others can change or exchange backups in the store {store.Name}: {doubt}.", "a folder of your own that nobody else may write to (chmod go-w)");

        EnvironmentFinding Warning(string code, string path, string message, string expected) =>
            new() { Severity = FindingSeverity.Warning, Code = code, File = environment.File, Path = path, Message = message, Expected = expected };
    }

    private static EnvironmentFinding Valid(OpsEnvironment environment, int warnings, bool connected) => new()
    {
        Severity = FindingSeverity.Information,
        Code = "Valid",
        File = environment.File,
        Message = $"{environment.Name} is valid{(warnings > 0 ? $", with {Plural(warnings, "warning")}" : "")}: "
            + $"{Plural(environment.Databases.Count, "database")}, {Plural(environment.Caches.Count, "cache")}, "
            + $"{Plural(environment.Services.Count, "service")}, {Plural(environment.Backups.Stores.Count, "store")}"
            + (connected ? ", all that was tried can be reached." : ". -Connect also tries to reach them."),
    };

    private static string Plural(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";
}
