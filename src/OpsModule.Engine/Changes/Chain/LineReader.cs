namespace OpsModule.Engine.Changes.Chain;

/// <summary>Cuts a file into lines as bytes, and says of each whether its line end is there.</summary>
internal static class LineReader
{
    public static IEnumerable<(byte[] Line, bool Ended)> Read(Stream file, long length)
    {
        byte[] buffer = new byte[64 * 1024];
        using var line = new MemoryStream();
        while (length > 0)
        {
            int count = file.Read(buffer, 0, (int)Math.Min(buffer.Length, length));
            if (count == 0) break;
            length -= count;
            for (int from = 0; from < count;)
            {
                int end = Array.IndexOf(buffer, (byte)'\n', from, count - from);
                line.Write(buffer, from, (end < 0 ? count : end) - from);
                if (end < 0) break;
                yield return (line.ToArray(), true);
                line.SetLength(0);
                from = end + 1;
            }
        }
        if (line.Length > 0) yield return (line.ToArray(), false);
    }
}
