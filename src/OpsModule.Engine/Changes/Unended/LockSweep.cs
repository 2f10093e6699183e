using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Changes.Unended;

/// <summary>
/// Removes lock files that nobody holds and that stand for nothing any more: what a kill left, and what earlier versions left behind. A
/// file is removed only while it is held, and who takes a lock makes sure that it is still the file of that name.
/// </summary>
internal static class LockSweep
{
    private const string OfChange = "change-", Lock = ".lock";

    /// <summary>Removes what can be removed.</summary>
    /// <param name="stateDirectory">The environment's state folder.</param>
    /// <param name="open">Changes that have no end: their locks stay.</param>
    public static void Run(string stateDirectory, IReadOnlySet<string> open)
    {
        string folder = Path.Combine(stateDirectory, "locks");
        if (!Directory.Exists(folder)) return;
        foreach (string path in Directory.EnumerateFiles(folder, "*" + Lock))
        {
            string name = Path.GetFileName(path);
            if (!name.StartsWith(OfChange, StringComparison.Ordinal) || !open.Contains(name[OfChange.Length..^Lock.Length]))
                PrivateFile.TryRemoveLock(path, Path.ChangeExtension(path, ".holder"));
        }
    }
}
