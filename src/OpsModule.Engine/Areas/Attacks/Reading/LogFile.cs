using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Attacks.Reading;

/// <summary>Opens a log file for a scan, compressed or not; <c>-</c> is standard input.</summary>
internal static class LogFile
{
    public const string StandardInput = "-";

    /// <summary>What matches say they are from.</summary>
    public static string Name(string path) => path == StandardInput ? "(standard input)" : path;

    public static bool IsCompressed(string path) => Has(path, ".gz") || Has(path, ".zst") || Has(path, ".xz") || Has(path, ".bz2");

    /// <summary>The chunks of a file.</summary>
    /// <exception cref="OpsException"><c>ZstdMissing</c>.</exception>
    public static async ValueTask<ChunkReader> OpenAsync(string path, CancellationToken cancellationToken)
    {
        if (path == StandardInput) return new StreamChunks(Console.OpenStandardInput(), live: true);
        // Nobody may ever write to a pipe: what it holds is waited for, and that can be ended.
        if (IsCompressed(path))
            return new StreamChunks(await TextAsync(path, cancellationToken).ConfigureAwait(false), live: ForeignFile.IsPipe(path));
        Stream file = ForeignFile.Open(path);
        if (!file.CanSeek) return new StreamChunks(file, live: true); // a named pipe
        file.Dispose();
        return new FileChunks(path);
    }

    /// <summary>The text of a compressed file, by what it holds.</summary>
    public static Stream Text(string path) => TextAsync(path, CancellationToken.None).AsTask().GetAwaiter().GetResult();

    private static async ValueTask<Stream> TextAsync(string path, CancellationToken cancellationToken)
    {
        Stream file = ForeignFile.Open(path, 256 * 1024);
        try { return await CompressedText.OpenAsync(file, path, cancellationToken).ConfigureAwait(false); }
        catch (Exception e)
        {
            file.Dispose();
            if (e is InvalidDataException) throw Damaged(Name(path), e, 0);
            throw;
        }
    }

    /// <summary>True for what goes wrong with one source while others can be read.</summary>
    public static bool IsUnreadable(Exception e) => e is IOException or UnauthorizedAccessException or InvalidDataException or OpsException or NotSupportedException;

    /// <summary>What to say of it.</summary>
    public static OpsException Failure(string path, Exception e) => e switch
    {
        OpsException known => known,
        _ => new OpsException("LogUnreadable", e is UnauthorizedAccessException ? OpsErrorCategory.PermissionDenied : OpsErrorCategory.ReadError,
            $"{path} cannot be read: {e.Message.TrimEnd('.')}.", "Check that the file is there and that this user may read it.", path, e),
    };

    /// <summary>What to say of a source that was read only in part.</summary>
    /// <param name="name">The source.</param>
    /// <param name="e">What kept it from being read on.</param>
    /// <param name="position">How many bytes of its text were scanned.</param>
    public static OpsException Damaged(string name, Exception e, long position)
    {
        string why = e switch
        {
            OpsException { ErrorId: "BackupTruncated" } => "the compressed data ends in the middle",
            OpsException { ErrorId: "CompressionFailed" } => "the compressed data is damaged",
            _ => e.Message.TrimEnd('.'),
        };
        return new OpsException("LogDamaged", OpsErrorCategory.InvalidData, FormattableString.Invariant($"{name} was read only in part: {why}; {position:N0} bytes of text were scanned."),
            "Take the file from another place for the rest.", name, e);
    }

    private static bool Has(string path, string ending) => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase);
}
