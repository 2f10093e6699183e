namespace OpsModule.Foundations.Files.Anchored;

/// <summary>What the system knows of an entry of a folder; of a link, of the link itself.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Mode">Permission bits, with those for set-id and sticky: the lower twelve of <c>st_mode</c>.</param>
/// <param name="Owner">The user it belongs to, by number.</param>
/// <param name="Group">Its group, by number.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Device">The file system that it is on.</param>
/// <param name="Inode">Its number there: two names with one number are one file.</param>
/// <param name="Names">How many names it has.</param>
/// <param name="Modified">When its bytes were changed, in nanoseconds since 1970.</param>
/// <param name="Changed">When anything of it was changed, in nanoseconds since 1970; nobody sets this one back.</param>
public readonly record struct EntryFacts(EntryKind Kind, int Mode, uint Owner, uint Group, long Size, ulong Device, ulong Inode,
    uint Names, long Modified, long Changed)
{
    private const int KindMask = 0xF000, ModeMask = 0xFFF;

    /// <summary>The words of <c>struct statx</c>, which is the same on every 64-bit Linux.</summary>
    internal static EntryFacts Of(ulong[] words)
    {
        int mode = (int)(words[3] >> 32) & 0xFFFF;
        return new EntryFacts(KindOf(mode & KindMask), mode & ModeMask, (uint)(words[2] >> 32), (uint)words[3], (long)words[5], words[17],
            words[4], (uint)words[2], Nanoseconds(words[14], words[15]), Nanoseconds(words[12], words[13]));
    }

    private static long Nanoseconds(ulong seconds, ulong rest) => unchecked(((long)seconds * 1_000_000_000) + (uint)rest);

    private static EntryKind KindOf(int kind) => kind switch
    {
        0x8000 => EntryKind.File,
        0x4000 => EntryKind.Folder,
        0xA000 => EntryKind.Link,
        0x1000 => EntryKind.Pipe,
        0xC000 => EntryKind.Socket,
        _ => EntryKind.Device,
    };

    /// <summary>When its bytes were changed, UTC.</summary>
    public DateTimeOffset ModifiedAt => DateTimeOffset.UnixEpoch.AddTicks(Modified / 100);
}
