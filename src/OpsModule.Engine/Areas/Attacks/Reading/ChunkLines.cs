namespace OpsModule.Engine.Areas.Attacks.Reading;

/// <summary>Which bytes of a chunk are to be scanned: the lines that begin in its region, and what belongs to a line too long for one.</summary>
internal static class ChunkLines
{
    /// <summary>The part in the middle of a long line, when there is one; none otherwise.</summary>
    public static Range Middle(Chunk chunk)
    {
        if (chunk.RegionStart == 0) return default;
        // What follows the line in the tail is of the next chunk.
        int newline = chunk.Buffer.AsSpan(0, chunk.End).IndexOf((byte)'\n');
        int end = newline < 0 ? chunk.End : newline;
        // The chunk before has looked as far as its tail.
        int begin = chunk.RegionStart + chunk.Sizes.Tail - chunk.Sizes.Overlap;
        return end > chunk.RegionStart + chunk.Sizes.Tail ? begin..end : default;
    }

    /// <summary>The lines that begin in the region, the last one to its end or to where it is cut.</summary>
    public static Range Whole(Chunk chunk)
    {
        ReadOnlySpan<byte> buffer = chunk.Buffer.AsSpan(0, chunk.End);
        int begin = chunk.RegionStart;
        if (begin > 0)
        {
            int newline = buffer[..chunk.RegionEnd].IndexOf((byte)'\n');
            if (newline < 0) return default;
            begin = newline + 1;
        }
        if (begin >= chunk.RegionEnd) return default;
        if (chunk.RegionEnd == chunk.End || buffer[chunk.RegionEnd - 1] == '\n') return begin..chunk.RegionEnd;
        int end = buffer[chunk.RegionEnd..].IndexOf((byte)'\n');
        return begin..(end < 0 ? chunk.End : chunk.RegionEnd + end);
    }
}
