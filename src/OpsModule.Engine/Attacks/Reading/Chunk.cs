namespace OpsModule.Engine.Attacks.Reading;

/// <summary>A piece of a source: whole lines, or a part of one that is too long. Used again when it has been scanned.</summary>
internal sealed class Chunk
{
    /// <summary>How much of a source is scanned in one go.</summary>
    public const int Region = 1024 * 1024;

    /// <summary>How far a line may reach beyond its region before it is cut.</summary>
    public const int Tail = 64 * 1024;

    /// <summary>How much of a line that is cut is looked at twice, so that nothing is lost at the cut.</summary>
    public const int Overlap = 4 * 1024;

    public byte[] Buffer { get; } = new byte[1 + Region + Tail];

    /// <summary>Where the region begins in the source, in bytes.</summary>
    public long Offset { get; set; }

    /// <summary>Where the region begins in the buffer.</summary>
    public int RegionStart { get; set; }

    /// <summary>Where the region ends in the buffer; lines that begin before it are of this chunk.</summary>
    public int RegionEnd { get; set; }

    /// <summary>Where the bytes in the buffer end.</summary>
    public int End { get; set; }

    /// <summary>True when nothing follows in the source.</summary>
    public bool IsLast { get; set; }

    /// <summary>The byte of the source at a place in the buffer.</summary>
    public long Position(int place) => Offset + place - RegionStart;
}

/// <summary>Cuts a source into chunks.</summary>
internal abstract class ChunkReader : IDisposable
{
    /// <summary>Takes the next region; false at the end. One call at a time.</summary>
    public abstract bool Claim(Chunk chunk, CancellationToken cancellationToken);

    /// <summary>Brings the bytes of a region that was claimed; may run beside others.</summary>
    public virtual void Fill(Chunk chunk) { }

    /// <inheritdoc/>
    public abstract void Dispose();
}
