using OpsModule.Foundations.Files.Anchored;

namespace OpsModule.Engine.Areas.Configuration.Reading;

/// <summary>Reads one file as it is, by a path without links.</summary>
internal static class LiveFile
{
    /// <summary>What it holds; null when it is no file, or cannot be read any more.</summary>
    public static byte[]? Read(string path)
    {
        try
        {
            using AnchoredFolder? folder = AnchoredFolder.OpenAbove(path);
            return folder?.Look(Path.GetFileName(path)) is { Kind: EntryKind.File } ? StillFile.Read(folder, Path.GetFileName(path)).Content
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return null; }
    }
}
