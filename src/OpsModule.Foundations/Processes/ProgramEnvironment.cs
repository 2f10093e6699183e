using System.Collections.Concurrent;

namespace OpsModule.Foundations.Processes;

/// <summary>
/// Which of our variables a program gets. The secrets that the environment file takes from variables, and the logins of clouds, are for us
/// alone: a child would hand them on to its own children, and show them in /proc to whoever runs as its user.
/// </summary>
public static class ProgramEnvironment
{
    /// <summary>The logins of clouds, for programs that log in to one by themselves.</summary>
    public static readonly IReadOnlyList<string> CloudLogins = ["AWS_*", "AZURE_*", "ARM_*", "GOOGLE_*", "CLOUDSDK_*"];

    // OPS_ENVIRONMENT is a path, and a hook that calls us again needs it.
    private static readonly string[] Ours = [.. CloudLogins, "OPS_*", "PGPASSWORD"];
    private const string EnvironmentFile = "OPS_ENVIRONMENT";

    private static readonly ConcurrentDictionary<string, bool> Secrets = new(StringComparer.Ordinal);

    /// <summary>Remembers that a variable holds a secret.</summary>
    public static void AddSecret(string variable)
    {
        if (variable is not ("PATH" or "HOME")) Secrets[variable] = true;
    }

    /// <summary>Puts together what a call's program gets; <paramref name="variables"/> holds ours at first.</summary>
    public static void Apply(ProgramCall call, IDictionary<string, string?> variables)
    {
        if (call.StartsEmpty)
        {
            variables.Clear();
            (variables["PATH"], variables["LC_ALL"], variables["TZ"], variables["HOME"]) = ("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "C", "UTC", "/");
        }
        // A program looks for others by itself, and must not do so in the current folder either.
        else if (variables.ContainsKey("PATH")) variables["PATH"] = string.Join(Path.PathSeparator, ProgramFinder.Folders());
        foreach (string name in variables.Keys.Where(n => IsOurs(n) && !call.Keeps.Any(k => Fits(n, k))).ToArray()) variables.Remove(name);
        foreach ((string name, string? value) in call.Environment)
        {
            if (value is null) variables.Remove(name);
            else variables[name] = value;
        }
    }

    private static bool IsOurs(string name) => Secrets.ContainsKey(name) || (name != EnvironmentFile && Ours.Any(o => Fits(name, o)));

    private static bool Fits(string name, string pattern) => pattern.EndsWith('*') ? name.StartsWith(pattern[..^1], StringComparison.Ordinal) : name == pattern;
}
