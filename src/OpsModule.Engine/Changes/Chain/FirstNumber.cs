using System.Buffers.Text;

namespace OpsModule.Engine.Changes.Chain;

/// <summary>The number that the first line of a file bears, whether or not that line is as it was written.</summary>
internal static class FirstNumber
{
    private static readonly byte[] Begin = "{\"seq\":"u8.ToArray();

    /// <summary>The number; null when the file does not begin as a line does.</summary>
    public static long? Of(Stream file, long length)
    {
        byte[] start = new byte[Math.Min(length, 40)];
        file.Position = 0;
        file.ReadExactly(start);
        return start.AsSpan().StartsWith(Begin) && Utf8Parser.TryParse(start.AsSpan(Begin.Length), out long number, out _) && number > 0
            ? number : null;
    }
}
