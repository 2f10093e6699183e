namespace OpsModule.Engine.Attacks.Matching;

/// <summary>
/// Deals fragments into buckets so that few places of ordinary text look like the beginning of one: what a bucket accepts at a place is
/// every combination of the half bytes of its fragments, so those that resemble each other belong together.
/// </summary>
internal static class FragmentBuckets
{
    /// <summary>How common bytes are in logs, roughly, in parts of ten thousand; what is not here is rare. Wrong figures cost time, never a match.</summary>
    private static readonly double[] Frequency = Frequencies();

    public static byte[][][] Deal(byte[][] fragments, int count, int fingerprint)
    {
        var buckets = new List<byte[]>[count];
        var costs = new double[count];
        for (int i = 0; i < count; i++) buckets[i] = [];
        // The most common ones first: they decide what a bucket costs, and the others find their like.
        foreach (byte[] fragment in fragments.OrderByDescending(f => Cost([f], fingerprint)))
        {
            int best = 0;
            double least = double.MaxValue;
            for (int i = 0; i < count; i++)
            {
                double more = Cost([.. buckets[i], fragment], fingerprint) - costs[i];
                if (more < least) (best, least) = (i, more);
            }
            buckets[best].Add(fragment);
            costs[best] += least;
        }
        return [.. buckets.Select(b => b.ToArray())];
    }

    /// <summary>The bytes that a fragment accepts at a place: both cases of a letter, every byte behind its end.</summary>
    public static IEnumerable<byte> Accepted(byte[] fragment, int position)
    {
        if (position >= fragment.Length) return Enumerable.Range(0, 256).Select(b => (byte)b);
        byte b = fragment[position];
        return b is >= (byte)'a' and <= (byte)'z' ? [b, (byte)(b & ~0x20)] : [b];
    }

    /// <summary>How many of ten thousand places a bucket of these fragments holds up.</summary>
    private static double Cost(IReadOnlyList<byte[]> fragments, int fingerprint)
    {
        double cost = 10_000;
        for (int position = 0; position < fingerprint; position++)
        {
            int lows = 0, highs = 0;
            foreach (byte[] fragment in fragments)
            {
                if (position >= fragment.Length) { lows = highs = 0xFFFF; break; }
                byte b = fragment[position];
                lows |= 1 << (b & 15);
                highs |= 1 << (b >> 4);
                if (b is >= (byte)'a' and <= (byte)'z') highs |= 1 << ((b & ~0x20) >> 4);
            }
            double share = 0;
            for (int b = 0; b < 256; b++)
                if ((lows >> (b & 15) & 1) != 0 && (highs >> (b >> 4) & 1) != 0) share += Frequency[b];
            cost *= share / 10_000;
        }
        return cost;
    }

    private static double[] Frequencies()
    {
        var table = new double[256];
        Array.Fill(table, 1);
        foreach ((string characters, double each) in new[]
        {
            (" ", 900), ("eaoti", 450), ("nsrlc", 330), ("dpmuhg", 220), ("bfykwv", 110), ("xzjq", 40), ("0123456789", 270),
            ("./-\":", 280), (",_[]()=;+", 110), ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 55), ("{}%&?", 40), ("'<>*#@!$\\|~^`", 10),
        })
            foreach (char c in characters) table[c] = each;
        double sum = table.Sum();
        return [.. table.Select(f => f * 10_000 / sum)];
    }
}
