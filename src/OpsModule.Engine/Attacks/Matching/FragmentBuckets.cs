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
        var shapes = new Shape[count];
        for (int i = 0; i < count; i++) (buckets[i], shapes[i]) = ([], new Shape(fingerprint));
        // The most common ones first: they decide what a bucket costs, and the others find their like.
        foreach (byte[] fragment in fragments.OrderByDescending(f => new Shape(fingerprint).With(f).Cost))
        {
            int best = 0;
            Shape? grown = null;
            double least = double.MaxValue;
            for (int i = 0; i < count; i++)
            {
                Shape candidate = shapes[i].With(fragment);
                double more = candidate.Cost - shapes[i].Cost;
                if (more < least) (best, grown, least) = (i, candidate, more);
            }
            buckets[best].Add(fragment);
            shapes[best] = grown!;
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

    /// <summary>What a bucket accepts: at each place the low and the high half bytes of its fragments, in any combination.</summary>
    private sealed class Shape(int fingerprint)
    {
        private readonly (ushort Lows, ushort Highs)[] _places = new (ushort, ushort)[fingerprint];

        /// <summary>How many of ten thousand places of ordinary text it holds up.</summary>
        public double Cost { get; private set; }

        public Shape With(byte[] fragment)
        {
            var shape = new Shape(_places.Length) { Cost = 10_000 };
            for (int position = 0; position < _places.Length; position++)
            {
                (ushort lows, ushort highs) = _places[position];
                if (position >= fragment.Length) lows = highs = ushort.MaxValue;
                else
                {
                    byte b = fragment[position];
                    lows |= (ushort)(1 << (b & 15));
                    highs |= (ushort)(1 << (b >> 4));
                    if (b is >= (byte)'a' and <= (byte)'z') highs |= (ushort)(1 << ((b & ~0x20) >> 4));
                }
                shape._places[position] = (lows, highs);
                shape.Cost *= Share(lows, highs) / 10_000;
            }
            return shape;
        }

        private static double Share(int lows, int highs)
        {
            double share = 0;
            for (int high = 0; high < 16; high++)
            {
                if ((highs >> high & 1) == 0) continue;
                for (int low = 0; low < 16; low++)
                    if ((lows >> low & 1) != 0) share += Frequency[high << 4 | low];
            }
            return share;
        }
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
