using OpsModule.Foundations.Files.Anchored;

namespace OpsModule.Engine.Areas.Configuration.Reading;

/// <summary>Reads files that others may be writing: one that was changed meanwhile is read again.</summary>
internal static class StillFile
{
    /// <summary>A larger one is no configuration.</summary>
    public const int MostBytes = 64 * 1024 * 1024;

    private const int Tries = 6;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Reads a file of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">Its name.</param>
    /// <returns>What it holds and what it is; null content for what is no file, or too large. Not still: it was changed each
    /// time.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not.</exception>
    public static (byte[]? Content, EntryFacts Facts, bool IsStill) Read(AnchoredFolder folder, string name)
    {
        for (int attempt = 1; ; attempt++)
        {
            using var file = new FileStream(folder.OpenFile(name), FileAccess.Read, 0);
            EntryFacts before = AnchoredFolder.Look(file.SafeFileHandle);
            if (before.Kind != EntryKind.File || before.Size > MostBytes) return (null, before, true);
            byte[] content = ReadAll(file, (int)before.Size);
            // The name as well: another file may have taken its place, of which this one knows nothing.
            bool isStill = AnchoredFolder.Look(file.SafeFileHandle) == before && folder.Look(name) == before
                && content.Length == before.Size;
            if (isStill || attempt == Tries) return (content, before, isStill);
            Thread.Sleep(Pause);
        }
    }

    private static byte[] ReadAll(FileStream file, int size)
    {
        byte[] content = new byte[size];
        int read = file.ReadAtLeast(content, size, throwOnEndOfStream: false);
        return read == size && file.ReadByte() < 0 ? content : content[..Math.Min(read, Math.Max(size - 1, 0))];
    }
}
