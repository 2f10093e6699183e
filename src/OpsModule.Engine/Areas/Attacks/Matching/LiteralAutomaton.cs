namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>
/// Finds every one of many texts in one pass (Aho and Corasick, 1975), as a table of states over classes of bytes. It is for the short texts
/// of lines that a <see cref="FragmentFinder"/> has held up.
/// </summary>
internal sealed class LiteralAutomaton
{
    private readonly byte[] _classes = new byte[256];
    private readonly int _classCount;
    private readonly ushort[] _next;
    private readonly int[]?[] _found;

    /// <summary>Prepares the search.</summary>
    /// <param name="literals">Texts and what each stands for.</param>
    public LiteralAutomaton(IReadOnlyList<(byte[] Text, int Id)> literals)
    {
        foreach (byte b in literals.SelectMany(l => l.Text))
            if (_classes[b] == 0) _classes[b] = checked((byte)++_classCount);
        _classCount++;
        var goTo = new List<int[]> { new int[_classCount] };
        var found = new List<HashSet<int>> { new() };
        foreach ((byte[] text, int id) in literals)
        {
            int state = 0;
            foreach (byte b in text)
            {
                ref int next = ref goTo[state][_classes[b]];
                if (next == 0)
                {
                    next = goTo.Count;
                    goTo.Add(new int[_classCount]);
                    found.Add([]);
                }
                state = next;
            }
            found[state].Add(id);
        }
        LinkFailures(goTo, found);
        if (goTo.Count > ushort.MaxValue) throw new ArgumentException("The rules' literals are too many for one table.", nameof(literals));
        _next = [.. goTo.SelectMany(row => row).Select(s => (ushort)s)];
        _found = [.. found.Select(f => f.Count == 0 ? null : f.Order().ToArray())];
    }

    /// <summary>Sets the bit of every literal that occurs.</summary>
    public void Find(ReadOnlySpan<byte> text, Span<ulong> bits)
    {
        int state = 0;
        foreach (byte b in text)
        {
            state = _next[state * _classCount + _classes[b]];
            if (_found[state] is { } ids)
                foreach (int id in ids) bits[id >> 6] |= 1UL << id;
        }
    }

    private static void LinkFailures(List<int[]> goTo, List<HashSet<int>> found)
    {
        var failure = new int[goTo.Count];
        var queue = new Queue<int>(goTo[0].Where(s => s != 0));
        while (queue.TryDequeue(out int state))
        {
            found[state].UnionWith(found[failure[state]]);
            for (int c = 0; c < goTo[state].Length; c++)
            {
                int next = goTo[state][c], otherwise = goTo[failure[state]][c];
                if (next == 0) goTo[state][c] = otherwise;
                else
                {
                    failure[next] = otherwise;
                    queue.Enqueue(next);
                }
            }
        }
    }
}
