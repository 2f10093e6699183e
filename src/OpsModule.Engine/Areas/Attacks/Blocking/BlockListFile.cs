using System.Text;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Attacks.Blocking;

/// <summary>A block list as a file: written beside its place, flushed and renamed, with the mode that was there.</summary>
public sealed class BlockListFile(string path, BlockListFormat format, TimeSpan? duration, string jail, TimeProvider time)
{
    // Others read it: the web server, the firewall. Addresses are no secret.
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

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
        string beside = Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.tmp");
        try
        {
            UnixFileMode mode = !OperatingSystem.IsWindows() && File.Exists(path) ? File.GetUnixFileMode(path) : Mode;
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = mode;
            long size;
            using (var file = new FileStream(beside, options))
            {
                using (var writer = new StreamWriter(file, new UTF8Encoding(false), leaveOpen: true)) BlockListText.Write(writer, format, entries, duration, jail, time.GetUtcNow());
                file.Flush(flushToDisk: true);
                size = file.Length;
            }
            File.Move(beside, path, overwrite: true);
            Disk.FlushFolder(Path.GetDirectoryName(path)!);
            return new BlockListRecord
            {
                Path = path, Format = format, Addresses = entries.Count, Private = list.Private, Allowed = list.Allowed, Invalid = list.Invalid,
                Duration = format is BlockListFormat.Nftables or BlockListFormat.CrowdSec ? duration : null,
                Bytes = size, CreatedAt = time.GetUtcNow(), Next = BlockListText.Next(format, path),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpsException("BlockListNotWritten", OpsErrorCategory.WriteError, $"{path} cannot be written: {e.Message.TrimEnd('.')}.",
                Disk.IsFull(e) ? "Free space there, or write to another disk." : "Make the folder, or give this user the right to write there.", path, e);
        }
        finally
        {
            try { File.Delete(beside); }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { /* its name tells that it is no list */ }
        }
    }

    private bool IsOwn()
    {
        try { return BlockListText.IsOwn(path); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return false; }
    }
}
