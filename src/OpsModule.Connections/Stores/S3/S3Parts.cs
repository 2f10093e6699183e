namespace OpsModule.Connections.Stores.S3;

/// <summary>
/// How big the parts of a multipart upload are. The whole length is not known while it is sent, S3 allows 10,000 parts, and each
/// part under way is held in memory to be sent again: so parts begin small and grow late.
/// </summary>
public static class S3Parts
{
    /// <summary>Parts under way at once, while they are small.</summary>
    public const int UnderWay = 3;

    /// <summary>Bytes of the biggest part.</summary>
    public const int Largest = 384 * Mebibyte;

    private const int Mebibyte = 1024 * 1024;

    /// <summary>Bytes of a part; 10,000 of them hold 2.19 TB.</summary>
    public static int SizeOf(int number) => number switch
    {
        <= 1000 => 8 * Mebibyte,
        <= 3000 => 16 * Mebibyte,
        <= 5000 => 64 * Mebibyte,
        _ => Largest,
    };

    /// <summary>How many places of those under way a part takes: a big one takes all.</summary>
    public static int SlotsOf(int size) => size <= 16 * Mebibyte ? 1 : UnderWay;
}
