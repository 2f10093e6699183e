using OpsModule.Connections.Files;

namespace OpsModule.Connections.Platforms.Compose;

/// <summary>What an env file says to what Compose makes: read as the Compose that is installed here does, where that matters.</summary>
/// <param name="Values">The values by name.</param>
/// <param name="Fault">Why Compose refuses the file; null when it does not.</param>
/// <param name="Faults">Why a name has no value, by name.</param>
public sealed record ComposeEnvFile(IReadOnlyDictionary<string, string> Values, string? Fault, IReadOnlyDictionary<string, string> Faults)
{
    /// <summary>Reads a file's text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="project">Values of the project's own <c>.env</c>, for a file that is not that one.</param>
    public static ComposeEnvFile Read(string text, IReadOnlyDictionary<string, string>? project = null)
    {
        ComposeEnvFile second = Read(text, EnvDialect.ComposeGo, project), first = Read(text, EnvDialect.PythonDotenv, project);
        if (second.Fault is null && second.Faults.Count == 0 && first.Faults.Count == 0 && Same(second.Values, first.Values)) return second;
        return ComposeInstallation.Find()?.Dialect == EnvDialect.PythonDotenv ? first : second;
    }

    /// <summary>Reads it in one dialect.</summary>
    public static ComposeEnvFile Read(string text, EnvDialect dialect, IReadOnlyDictionary<string, string>? project = null)
    {
        EnvFile file = EnvFile.Parse(text, dialect);
        // For variables in values Compose v1 asks only the shell; what the project's .env says is for compose files, and for names alone.
        // Of a raw file, too, a name alone is filled in from elsewhere.
        Func<string, string?> all = name => Shell(name) ?? project?.GetValueOrDefault(name);
        EnvValues values = file.Values(dialect == EnvDialect.PythonDotenv ? Shell : all, all);
        return new ComposeEnvFile(values.All, file.Fault, values.Faults);
    }

    /// <summary>A variable of the shell that we were started from; what it says to Compose itself is about another project.</summary>
    public static string? Shell(string name) =>
        name.StartsWith(ComposeVariables.ComposePrefix, StringComparison.Ordinal) ? null : ComposeShell.Find(name);

    private static bool Same(IReadOnlyDictionary<string, string> one, IReadOnlyDictionary<string, string> other) =>
        one.Count == other.Count && one.All(v => other.TryGetValue(v.Key, out string? value) && value == v.Value);
}
