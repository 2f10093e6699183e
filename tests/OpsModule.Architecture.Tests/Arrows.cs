namespace OpsModule.Architecture.Tests;

/// <summary>Which folder of the source names types of which other one.</summary>
internal static class Arrows
{
    /// <summary>The arrows between namespaces, each with a type that makes it.</summary>
    public static IReadOnlyDictionary<(string From, string To), string> Of(IReadOnlyList<SourceFile> files)
    {
        ILookup<string, string> homes = files.SelectMany(f => f.Types.Select(t => (Type: t, f.Namespace))).ToLookup(t => t.Type, t => t.Namespace);
        var arrows = new Dictionary<(string, string), string>();
        foreach (SourceFile file in files)
        {
            HashSet<string> visible = file.Visible;
            foreach (string word in file.Words)
            {
                // A namespace's own type of the name hides others'.
                if (homes[word].Contains(file.Namespace)) continue;
                foreach (string home in homes[word].Where(visible.Contains)) arrows.TryAdd((file.Namespace, home), $"{word}, in {file.Path}");
            }
        }
        return arrows;
    }

    /// <summary>The knots: sets of namespaces each of which can be reached from each other.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Knots(IEnumerable<(string From, string To)> arrows)
    {
        ILookup<string, string> next = arrows.ToLookup(a => a.From, a => a.To);
        Dictionary<string, HashSet<string>> reached = next.Select(n => n.Key).ToDictionary(n => n, n => Reach(n, next));
        return [.. reached.Keys.Where(n => reached[n].Contains(n)).GroupBy(n => string.Join(' ', reached[n].Where(o => reached.TryGetValue(o, out HashSet<string>? back) && back.Contains(n)).Order(StringComparer.Ordinal)))
            .Select(g => (IReadOnlyList<string>)[.. g.Order(StringComparer.Ordinal)])];
    }

    private static HashSet<string> Reach(string from, ILookup<string, string> next)
    {
        var found = new HashSet<string>();
        var open = new Stack<string>(next[from]);
        while (open.TryPop(out string? one))
            if (found.Add(one)) foreach (string further in next[one]) open.Push(further);
        return found;
    }
}
