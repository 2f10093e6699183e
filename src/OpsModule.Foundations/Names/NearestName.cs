namespace OpsModule.Foundations.Names;

/// <summary>Finds the valid name that someone probably meant.</summary>
public static class NearestName
{
    /// <summary>The candidate closest to what was written, or null when none is close.</summary>
    public static string? Of(string written, IEnumerable<string> candidates)
    {
        if (written.Length is 0 or > 100) return null;
        string lower = written.ToLowerInvariant();
        (string? name, int distance) best = (null, int.MaxValue);
        foreach (string candidate in candidates)
        {
            int distance = Distance(lower, candidate.ToLowerInvariant());
            if (distance < best.distance) best = (candidate, distance);
        }
        // Two fifths of the longer name may differ; more would be guessing.
        return best.name is { } name && best.distance <= Math.Max(1, Math.Max(written.Length, name.Length) * 2 / 5) ? name : null;
    }

    /// <summary>Insertions, deletions, replacements and swaps of neighbours that turn one into the other.</summary>
    private static int Distance(string a, string b)
    {
        int[,] d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++) d[i, 0] = i;
        for (int j = 0; j <= b.Length; j++) d[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int change = a[i - 1] == b[j - 1] ? 0 : 1;
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + change);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }
        return d[a.Length, b.Length];
    }
}
