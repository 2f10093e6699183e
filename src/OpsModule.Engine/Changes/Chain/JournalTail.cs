namespace OpsModule.Engine.Changes.Chain;

/// <summary>The end of a journal, as the next line finds it.</summary>
/// <param name="Last">The last line that is as it was written; null when there is none.</param>
/// <param name="End">Where the next line begins.</param>
/// <param name="NeedsLineEnd">True when the last line is whole but its line end is missing.</param>
/// <param name="Torn">What stands behind <paramref name="End"/>: the beginning of a line whose writer was killed or ran out of disk.</param>
internal sealed record JournalTail(JournalLine? Last, long End, bool NeedsLineEnd, byte[] Torn)
{
    private const int FirstWindow = 64 * 1024;

    /// <summary>Reads backwards, so that the cost does not grow with the journal.</summary>
    public static JournalTail Read(Stream file)
    {
        for (long window = FirstWindow; ; window *= 4)
        {
            long start = Math.Max(0, file.Length - window);
            byte[] bytes = new byte[file.Length - start];
            file.Position = start;
            file.ReadExactly(bytes);
            if (Find(bytes, start) is { } tail) return tail;
        }
    }

    private static JournalTail? Find(byte[] bytes, long start)
    {
        int lastLineEnd = Array.LastIndexOf(bytes, (byte)'\n');
        if (lastLineEnd < 0 && start > 0) return null;
        byte[] torn = bytes[(lastLineEnd + 1)..];
        if (torn.Length > 0 && JournalLine.Parse(torn) is { } whole) return new JournalTail(whole, start + bytes.Length, true, []);
        long end = start + lastLineEnd + 1;
        for (int lineEnd = lastLineEnd; lineEnd > 0;)
        {
            int before = Array.LastIndexOf(bytes, (byte)'\n', lineEnd - 1);
            if (before < 0 && start > 0) return null;
            if (JournalLine.Parse(bytes.AsSpan(before + 1, lineEnd - before - 1)) is { } line) return new JournalTail(line, end, false, torn);
            lineEnd = before;
        }
        return start > 0 ? null : new JournalTail(null, end, false, torn);
    }
}
