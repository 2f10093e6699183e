namespace OpsModule.Connections.Redis.Rdb;

/// <summary>Unpacks texts that a server has packed with LZF.</summary>
internal static class Lzf
{
    private const int LongestLiteral = 32, LongRun = 7;

    /// <summary>Unpacks as much as the target takes; returns how much that is, or -1 for what cannot have been packed.</summary>
    public static int Unpack(ReadOnlySpan<byte> packed, Span<byte> target)
    {
        int read = 0, written = 0;
        while (read < packed.Length && written < target.Length)
        {
            int control = packed[read++];
            if (control < LongestLiteral)
            {
                int length = Math.Min(control + 1, target.Length - written);
                if (read + length > packed.Length) return -1;
                packed.Slice(read, length).CopyTo(target[written..]);
                read += control + 1;
                written += length;
                continue;
            }
            int run = control >> 5;
            if (run == LongRun)
            {
                if (read >= packed.Length) return -1;
                run += packed[read++];
            }
            if (read >= packed.Length) return -1;
            int from = written - ((control & 31) << 8) - packed[read++] - 1;
            if (from < 0) return -1;
            // It may repeat what it is just writing.
            for (int left = Math.Min(run + 2, target.Length - written); left > 0; left--) target[written++] = target[from++];
        }
        return written;
    }
}
