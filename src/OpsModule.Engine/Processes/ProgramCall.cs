namespace OpsModule.Engine.Processes;

/// <summary>A program to run: no shell, no quoting, secrets by environment only.</summary>
/// <param name="FileName">Name on PATH or full path.</param>
/// <param name="Arguments">Arguments, each as it is. Never a secret.</param>
public sealed record ProgramCall(string FileName, params IReadOnlyList<string> Arguments)
{
    /// <summary>Environment variables that are added; a null value removes one.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>Values that must never be shown: they are masked in stderr tails and messages.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>Told of every line the program writes to stderr, secrets masked, of which errors show only the last ones.</summary>
    public Action<string>? OnErrorLine { get; init; }

    /// <summary>Folder to run in; null for the current one.</summary>
    public string? WorkingDirectory { get; init; }
}
