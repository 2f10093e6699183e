namespace OpsModule.Foundations.Bytes;

/// <summary>How stored bytes are compressed.</summary>
public enum Compression
{
    /// <summary>zstd where it is installed, else gzip.</summary>
    Auto,
    /// <summary>zstd (RFC 8878).</summary>
    Zstd,
    /// <summary>gzip (RFC 1952), as concatenated members.</summary>
    Gzip,
    /// <summary>Not at all.</summary>
    None,
}
