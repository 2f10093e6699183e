namespace OpsModule.Engine.Changes.Chain;

/// <summary>A line as it lies in a file of the journal.</summary>
/// <param name="File">The number of the file's first line.</param>
/// <param name="Offset">Where it begins in the file.</param>
/// <param name="Bytes">The line without its end; valid until the next one is asked for.</param>
/// <param name="Ended">Whether its line end is there.</param>
internal readonly record struct PlacedLine(long File, long Offset, ReadOnlyMemory<byte> Bytes, bool Ended)
{
    /// <summary>Where the next line begins.</summary>
    public long End => Offset + Bytes.Length + (Ended ? 1 : 0);

    /// <summary>
    /// The line when it is as it was written. One without an end is being written, or its writer was killed, unless it is whole.
    /// </summary>
    public JournalLine? Parse() => JournalLine.Parse(Bytes.Span);

    /// <summary>Whether any of these stands in it.</summary>
    public bool Holds(IEnumerable<byte[]> words)
    {
        foreach (byte[] word in words)
            if (Bytes.Span.IndexOf(word) >= 0) return true;
        return false;
    }
}
