namespace OpsModule.Connections.Platforms.Compose;

/// <summary>
/// What the shell that we were started from says to Compose. Its variables count more than the project's <c>.env</c>, so that one which was
/// exported long ago would silently take the place of what has just been written there.
/// </summary>
public static class ComposeShell
{
    private static readonly AsyncLocal<IReadOnlySet<string>?> Hidden = new();

    /// <summary>Hides variables from Compose, and from our own reading of its files, for the caller and whatever it starts.</summary>
    /// <returns>What ends it.</returns>
    public static IDisposable Hide(IEnumerable<string> names)
    {
        var before = new Restored(Hidden.Value);
        Hidden.Value = new HashSet<string>((Hidden.Value ?? new HashSet<string>()).Concat(names), StringComparer.Ordinal);
        return before;
    }

    /// <summary>The names that are hidden.</summary>
    public static IReadOnlySet<string> Names => Hidden.Value ?? new HashSet<string>();

    /// <summary>A variable of the shell; null when it has none, or it is hidden.</summary>
    public static string? Find(string name) => Names.Contains(name) ? null : Environment.GetEnvironmentVariable(name);

    private sealed class Restored(IReadOnlySet<string>? before) : IDisposable
    {
        public void Dispose() => Hidden.Value = before;
    }
}
