namespace OpsModule.Connections.Stores.S3;

/// <summary>The body of a request: tells whenever a piece of it is taken, so that a stall is told from a slow line.</summary>
internal sealed class S3Body(byte[] buffer, int count, Action moved) : MemoryStream(buffer, 0, count, writable: false)
{
    public override int Read(byte[] target, int offset, int length)
    {
        moved();
        return base.Read(target, offset, length);
    }

    public override int Read(Span<byte> target)
    {
        moved();
        return base.Read(target);
    }
}
