namespace OpsModule.Engine.Changes.Chain;

/// <summary>Cuts a file into lines, the last one first, so that what happened lately costs the same however long the file is.</summary>
internal static class BackwardReader
{
    private const int FirstWindow = 64 * 1024, LargestWindow = 1024 * 1024;

    /// <summary>The lines before <paramref name="length"/>; the bytes of each are valid until the next one is asked for.</summary>
    public static IEnumerable<(ReadOnlyMemory<byte> Line, long Offset, bool Ended)> Read(Stream file, long length)
    {
        byte[] window = new byte[FirstWindow];
        long end = length;
        while (end > 0)
        {
            long start = Math.Max(0, end - window.Length);
            int count = (int)(end - start);
            file.Position = start;
            file.ReadExactly(window, 0, count);
            // The first line of a window is cut off, unless the window begins with the file.
            int whole = start == 0 ? 0 : Array.IndexOf(window, (byte)'\n', 0, count - 1) + 1;
            if (whole == 0 && start > 0)
            {
                if (window.Length * 4L > Array.MaxLength) throw new IOException("a line of the journal is too long to be read");
                window = new byte[window.Length * 4];
                continue;
            }
            for (int to = count; to > whole;)
            {
                bool ended = window[to - 1] == (byte)'\n';
                int last = ended ? to - 1 : to;
                int from = Math.Max(whole, last == 0 ? 0 : Array.LastIndexOf(window, (byte)'\n', last - 1, last - whole) + 1);
                yield return (window.AsMemory(from, last - from), start + from, ended);
                to = from;
            }
            end = start + whole;
            if (window.Length < LargestWindow) window = new byte[LargestWindow];
        }
    }
}
