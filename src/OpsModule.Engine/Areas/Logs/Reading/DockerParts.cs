namespace OpsModule.Engine.Areas.Logs.Reading;

/// <summary>Docker keeps a long line in parts, and puts its time before each part.</summary>
internal static class DockerParts
{
    private const int Size = 16 * 1024;

    /// <summary>The line without its time, and without those that Docker put into the middle of it.</summary>
    /// <param name="line">The line with its time.</param>
    /// <param name="length">How long the time is.</param>
    /// <param name="joined">Keeps the line when it had to be put together.</param>
    public static ReadOnlySpan<byte> Join(ReadOnlySpan<byte> line, int length, ref byte[] joined)
    {
        if (line.Length <= Size + length) return line[length..];
        if (joined.Length < line.Length) joined = new byte[line.Length];
        int filled = 0;
        for (ReadOnlySpan<byte> rest = line[length..]; ;)
        {
            bool part = rest.Length > Size && LogTime.TryStamp(rest[Size..], out _, out length);
            ReadOnlySpan<byte> taken = part ? rest[..Size] : rest;
            taken.CopyTo(joined.AsSpan(filled));
            filled += taken.Length;
            if (!part) return joined.AsSpan(0, filled);
            rest = rest[(Size + length)..];
        }
    }
}
