namespace OpsModule.Connections.Stores.Contract;

/// <summary>Reads small objects whole. A size that somebody else tells is only claimed, so the bytes are counted.</summary>
internal static class SmallContent
{
    /// <summary>The bytes; null when there are more than allowed.</summary>
    /// <param name="stream">Where they come from.</param>
    /// <param name="claimed">How many there are to be; null where nobody says.</param>
    /// <param name="most">How many there may be.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="IOException">There were fewer than claimed: the connection broke.</exception>
    public static async Task<byte[]?> ReadAsync(Stream stream, long? claimed, int most, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            if (bytes.Length + read > most) return null;
            bytes.Write(buffer, 0, read);
        }
        if (bytes.Length < claimed) throw new IOException($"the connection ended at byte {bytes.Length} of {claimed}");
        return bytes.ToArray();
    }
}
