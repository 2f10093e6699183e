namespace OpsModule.Connections.Redis.Rdb;

/// <summary>
/// A pattern of keys as KEYS and SCAN take it: <c>*</c>, <c>?</c>, <c>[a-c]</c>, <c>[^a]</c>, and <c>\</c> before what is meant as it is.
/// </summary>
public static class KeyPattern
{
    /// <summary>Whether a name fits.</summary>
    public static bool Fits(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> name)
    {
        // Where the last star stood, and how much of the name it has taken: what does not fit is tried again with one byte more.
        int star = -1, taken = 0, p = 0, n = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (star, taken) = (p++, n);
                continue;
            }
            if (p < pattern.Length && One(pattern, ref p, name[n]))
            {
                n++;
                continue;
            }
            if (star < 0) return false;
            (p, n) = (star + 1, ++taken);
        }
        while (p < pattern.Length && pattern[p] == '*') p++;
        return p == pattern.Length;
    }

    /// <summary>Whether the next element fits one byte; where it does, it is passed.</summary>
    private static bool One(ReadOnlySpan<byte> pattern, ref int at, byte value)
    {
        switch (pattern[at])
        {
            case (byte)'?':
                at++;
                return true;
            case (byte)'[':
                int end = at + 1;
                if (!Class(pattern, ref end, value)) return false;
                at = end;
                return true;
            case (byte)'\\' when at + 1 < pattern.Length:
                if (pattern[at + 1] != value) return false;
                at += 2;
                return true;
            default:
                if (pattern[at] != value) return false;
                at++;
                return true;
        }
    }

    private static bool Class(ReadOnlySpan<byte> pattern, ref int at, byte value)
    {
        bool not = at < pattern.Length && pattern[at] == '^', found = false;
        if (not) at++;
        while (at < pattern.Length && pattern[at] != ']')
        {
            if (pattern[at] == '\\' && at + 1 < pattern.Length) found |= pattern[++at] == value;
            else if (at + 2 < pattern.Length && pattern[at + 1] == '-')
            {
                (byte low, byte high) = pattern[at] <= pattern[at + 2] ? (pattern[at], pattern[at + 2]) : (pattern[at + 2], pattern[at]);
                found |= value >= low && value <= high;
                at += 2;
            }
            else found |= pattern[at] == value;
            at++;
        }
        if (at < pattern.Length) at++;
        return found != not;
    }
}
