namespace OpsModule.Connections.Postgres;

/// <summary>Finds PostgreSQL's programs on this host, by major version.</summary>
public static class PostgresTools
{
    private static readonly string[] VersionedRoots = ["/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt", "/usr/local/opt"];

    /// <summary>
    /// Full path of a program, of the given major version or, failing that, the oldest newer one; its name alone, to be looked
    /// for on PATH when it is run, when no versioned folder has it. Debian keeps versions in <c>/usr/lib/postgresql/N/bin</c>, Red Hat in <c>/usr/pgsql-N/bin</c>.
    /// </summary>
    /// <param name="program">For example <c>pg_dump</c>.</param>
    /// <param name="major">The server's major version, or 0 for the newest there is.</param>
    public static string Locate(string program, int major)
    {
        var found = Installed(program);
        if (found.Count == 0) return program;
        var fitting = found.Where(f => f.Major >= major).ToList();
        if (major == 0 || fitting.Count == 0) return found.MaxBy(f => f.Major).Path;
        return fitting.MinBy(f => f.Major).Path;
    }

    /// <summary>All versioned installations of a program.</summary>
    public static IReadOnlyList<(int Major, string Path)> Installed(string program)
    {
        var found = new List<(int, string)>();
        foreach (string bin in BinFolders())
        {
            string path = Path.Combine(bin, OperatingSystem.IsWindows() ? program + ".exe" : program);
            if (MajorOf(bin) is { } major && File.Exists(path)) found.Add((major, path));
        }
        return found;
    }

    private static IEnumerable<string> BinFolders()
    {
        foreach (string root in VersionedRoots)
        {
            string? parent = Path.GetDirectoryName(root);
            if (Directory.Exists(root))
                foreach (string folder in Directory.EnumerateDirectories(root)) yield return Path.Combine(folder, "bin");
            else if (parent is not null && Directory.Exists(parent))
                foreach (string folder in Directory.EnumerateDirectories(parent, Path.GetFileName(root) + "-*")) yield return Path.Combine(folder, "bin");
        }
        string windows = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL");
        if (OperatingSystem.IsWindows() && Directory.Exists(windows))
            foreach (string folder in Directory.EnumerateDirectories(windows)) yield return Path.Combine(folder, "bin");
    }

    private static int? MajorOf(string bin)
    {
        string folder = Path.GetFileName(Path.GetDirectoryName(bin))!;
        string digits = folder[(folder.LastIndexOfAny(['-', '@']) + 1)..];
        return folder.StartsWith("postgresql@", StringComparison.Ordinal) || folder.StartsWith("pgsql-", StringComparison.Ordinal) || char.IsDigit(folder[0])
            ? int.TryParse(digits.Split('.')[0], out int major) ? major : null
            : null;
    }
}
