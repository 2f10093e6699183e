using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using OpsModule.Foundations.Files;

namespace OpsModule.Connections.Files;

/// <summary>
/// Writes into a file that must stay the same file. What it held and what it is to hold lie in a folder of ours meanwhile (0600), so that a
/// write that was cut off is recognized and finished.
/// </summary>
/// <param name="target">The file; no link.</param>
/// <param name="folder">The folder of ours.</param>
internal sealed class InPlaceWriting(string target, string folder)
{
    private const int Header = 8;

    private string Note => Path.Combine(folder,
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(target)).AsSpan(0, 16)).ToLowerInvariant() + ".inplace");

    /// <summary>What a write that was cut off meant the file to hold; null when none was.</summary>
    public byte[]? Unfinished(byte[] now)
    {
        byte[] note;
        try { note = File.ReadAllBytes(Note); }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException) { return null; }
        if (note.Length < Header) return null;
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(note);
        if (length < 0 || length > note.Length - Header) return null;
        ReadOnlySpan<byte> before = note.AsSpan(Header, length), after = note.AsSpan(Header + length);
        return IsBetween(now, before, after) ? after.ToArray() : null;
    }

    /// <summary>Writes; durable on return. When it fails, the file is as it was.</summary>
    public void Write(byte[] before, byte[] after)
    {
        PrivateFile.CreateFolder(folder);
        byte[] note = new byte[Header + before.Length + after.Length];
        BinaryPrimitives.WriteInt64LittleEndian(note, before.Length);
        before.CopyTo(note, Header);
        after.CopyTo(note, Header + before.Length);
        AtomicFile.Write(Note, note);
        using (var file = new FileStream(target, new FileStreamOptions
        {
            Mode = FileMode.Open, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0,
        }))
        {
            try { Put(file, after); }
            catch (IOException)
            {
                // A disk that is full has room for what was there.
                Put(file, before);
                Forget();
                throw;
            }
        }
        Forget();
    }

    /// <summary>Takes away what was to become a note when its run was killed.</summary>
    public void Sweep() => AtomicFile.Sweep(Note);

    /// <summary>Takes the note of an earlier write away.</summary>
    public void Forget()
    {
        if (!File.Exists(Note)) return;
        File.Delete(Note);
        Disk.FlushFolder(folder);
    }

    /// <summary>Nothing is cut off before all is written: a reader never finds the file empty.</summary>
    private static void Put(FileStream file, byte[] bytes)
    {
        file.Position = 0;
        file.Write(bytes);
        file.SetLength(bytes.Length);
        file.Flush(flushToDisk: true);
    }

    /// <summary>True of a file whose beginning is new and whose rest is old, and that is whole in neither way.</summary>
    private static bool IsBetween(ReadOnlySpan<byte> now, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        if (now.SequenceEqual(before) || now.SequenceEqual(after)) return false;
        int written = now.CommonPrefixLength(after);
        if (now.Length > before.Length) return written == now.Length;
        if (now.Length < before.Length) return false;
        int old = now.Length;
        while (old > 0 && now[old - 1] == before[old - 1]) old--;
        return old <= written;
    }
}
