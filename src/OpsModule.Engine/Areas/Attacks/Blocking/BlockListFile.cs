using System.Text;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Attacks.Blocking;

/// <summary>A block list as a file: written beside its place, flushed and renamed, with the mode that was there.</summary>
public sealed class BlockListFile(string path, BlockListFormat format, TimeSpan? duration, string jail, TimeProvider time)
{
    /// <summary>Fails when a file is there that was not written here.</summary>
    public void CheckFree(bool force)
    {
        if (Directory.Exists(path)) throw new OpsException("BlockListIsFolder", OpsErrorCategory.InvalidArgument, $"{path} is a folder, not a file.", "Name a file.", path);
        if (force || !File.Exists(path) || IsOwn()) return;
        throw new OpsException("BlockListExists", OpsErrorCategory.ResourceExists, $"{path} is there already and is no block list of this module.", "Choose another -Path, or add -Force to replace it.", path);
    }

    /// <summary>Writes the addresses with at least so many matches.</summary>
    public BlockListRecord Write(BlockList list, long minMatches)
    {
        IReadOnlyList<BlockEntry> entries = list.Entries(minMatches);
        try
        {
            UnixFileMode mode = !OperatingSystem.IsWindows() && File.Exists(path) ? File.GetUnixFileMode(path)
                : AtomicFile.Shared; // others read it: the web server, the firewall
            long size = AtomicFile.Write(path, file =>
            {
                using var writer = new StreamWriter(file, new UTF8Encoding(false), leaveOpen: true);
                BlockListText.Write(writer, format, entries, duration, jail, time.GetUtcNow());
            }, mode);
            return new BlockListRecord
            {
                Path = path, Format = format, Addresses = entries.Count, Private = list.Private, Allowed = list.Allowed, Invalid =
                    list.Invalid, LeftOut = list.LeftOut,
                Duration = format is BlockListFormat.Nftables or BlockListFormat.CrowdSec ? duration : null,
                Bytes = size, CreatedAt = time.GetUtcNow(), Next = BlockListText.Next(format, path),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpsException("BlockListNotWritten", OpsErrorCategory.WriteError, $"{path} cannot be written: {e.Message.TrimEnd('.')}.",
                Disk.IsFull(e) ? "Free space there, or write to another disk." : "Make the folder, or give this user the right to write there.", path, e);
        }
    }

    private bool IsOwn()
    {
        try { return BlockListText.IsOwn(path); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return false; }
    }
}
