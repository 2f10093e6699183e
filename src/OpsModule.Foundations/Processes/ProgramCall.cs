namespace OpsModule.Foundations.Processes;

/// <summary>A program to run: no shell, no quoting, secrets by environment only.</summary>
/// <param name="FileName">Name on PATH or a path. The current folder is not looked in for a name.</param>
/// <param name="Arguments">Arguments, each as it is. Never a secret.</param>
public sealed record ProgramCall(string FileName, params IReadOnlyList<string> Arguments)
{
    /// <summary>Environment variables that are added; a null value removes one.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>
    /// Variables the program needs of those that are kept from programs: the ones that hold secrets of the environment file, and the logins
    /// of clouds. A star at the end stands for any rest.
    /// </summary>
    public IReadOnlyList<string> Keeps { get; init; } = [];

    /// <summary>Gives the program none of our variables, but PATH, LC_ALL, TZ and HOME of its own and what <see cref="Environment"/> adds.</summary>
    public bool StartsEmpty { get; init; }

    /// <summary>Values that must never be shown: they are masked in stderr tails and messages.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>
    /// What it reads before its input; for secrets of a program that is far away, where our variables do not reach. Short.
    /// </summary>
    public string? Preface { get; init; }

    /// <summary>Told of every line the program writes to stderr, secrets masked, of which errors show only the last ones.</summary>
    public Action<string>? OnErrorLine { get; init; }

    /// <summary>Folder to run in; null for the current one.</summary>
    public string? WorkingDirectory { get; init; }
}
