namespace OpsModule.Engine.Areas.Attacks.Reading;

/// <summary>In what pieces a source is read.</summary>
/// <param name="Region">How much of a source is scanned in one go.</param>
/// <param name="Tail">How far a line may reach beyond its region before it is cut.</param>
/// <param name="Overlap">How much of a line that is cut is looked at twice, so that nothing is lost at the cut.</param>
internal sealed record ChunkSizes(int Region, int Tail, int Overlap)
{
    public static readonly ChunkSizes Usual = new(1024 * 1024, 64 * 1024, 4 * 1024);
}

/// <summary>A piece of a source: whole lines, or a part of one that is too long. Used again when it has been scanned.</summary>
internal sealed class Chunk(ChunkSizes sizes)
{
    public ChunkSizes Sizes => sizes;

    public byte[] Buffer { get; } = new byte[1 + sizes.Region + sizes.Tail];

    /// <summary>How the source begins, where that is known: a file may say there what its fields are.</summary>
    public ReadOnlyMemory<byte> Head { get; set; }

    /// <summary>Where the region begins in the source, in bytes.</summary>
    public long Offset { get; set; }

    /// <summary>Where the region begins in the buffer.</summary>
    public int RegionStart { get; set; }

    /// <summary>Where the region ends in the buffer; lines that begin before it are of this chunk.</summary>
    public int RegionEnd { get; set; }

    /// <summary>Where the bytes in the buffer end.</summary>
    public int End { get; set; }

    /// <summary>The byte of the source at a place in the buffer.</summary>
    public long Position(int place) => Offset + place - RegionStart;
}

/// <summary>Cuts a source into chunks.</summary>
internal abstract class ChunkReader : IDisposable
{
    /// <summary>Why the source could not be read to its end; null when it could.</summary>
    public Exception? Trouble { get; protected set; }

    /// <summary>How far the source has been claimed, in bytes of its text.</summary>
    public abstract long Position { get; }

    /// <summary>How much of the beginning of a source is kept for what it says of its fields.</summary>
    protected const int LongestHead = 4096;

    /// <summary>True for a text whose lines end with a carriage return alone, as old programs write them.</summary>
    protected static bool HasReturnsOnly(ReadOnlySpan<byte> head) => head.IndexOf((byte)'\r') >= 0 && head.IndexOf((byte)'\n') < 0;

    /// <summary>Takes the next region; false at the end. One call at a time.</summary>
    public abstract bool Claim(Chunk chunk, CancellationToken cancellationToken);

    /// <summary>Brings the bytes of a region that was claimed; may run beside others.</summary>
    public virtual void Fill(Chunk chunk) { }

    /// <inheritdoc/>
    public abstract void Dispose();
}
