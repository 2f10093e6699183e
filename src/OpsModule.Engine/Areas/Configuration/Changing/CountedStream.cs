using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Configuration.Changing;

/// <summary>Counts the bytes on their way; it does not end what they go to.</summary>
/// <param name="next">Where they go.</param>
internal sealed class CountedStream(Stream next) : WriteOnlyStream
{
    /// <summary>How many there were.</summary>
    public long Bytes { get; private set; }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Bytes += buffer.Length;
        await next.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
    }
}
