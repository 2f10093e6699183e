using Microsoft.Win32.SafeHandles;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Attacks.Reading;

/// <summary>A plain file: its regions are read beside each other.</summary>
internal sealed class FileChunks : ChunkReader
{
    private readonly SafeFileHandle _file;
    private readonly bool _owned;
    private readonly long _begin, _end;
    private readonly object _cutting = new();
    private readonly Lazy<ReadOnlyMemory<byte>> _head;
    private long _next, _cut = long.MaxValue;

    /// <summary>Opens a file and reads what it has now.</summary>
    public FileChunks(string path)
    {
        _file = Open(path);
        _end = RandomAccess.GetLength(_file);
        _owned = true;
        _head = new(ReadHead);
    }

    /// <summary>Reads a part of a file that is open.</summary>
    /// <param name="file">The file, which stays open.</param>
    /// <param name="begin">The byte to begin at, where a line begins.</param>
    /// <param name="end">The byte to end at.</param>
    public FileChunks(SafeFileHandle file, long begin, long end)
    {
        (_file, _end) = (file, end);
        _begin = _next = begin;
        _head = new(ReadHead);
    }

    public override long Position => Math.Min(_next, _cut);

    /// <summary>Opens a file whatever others do with it.</summary>
    public static SafeFileHandle Open(string path) => ForeignFile.OpenRegular(path);

    /// <summary>True when it begins like text of two bytes a character, which PowerShell 5 and other programs of Windows write.</summary>
    public bool IsUtf16()
    {
        Span<byte> head = stackalloc byte[512];
        head = head[..RandomAccess.Read(_file, head, 0)];
        if (head is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..]) return true;
        // Without a mark: every second byte of what is written in Latin letters is 0.
        int even = 0, odd = 0;
        for (int i = 0; i < head.Length; i++)
            if (head[i] == 0) _ = i % 2 == 0 ? even++ : odd++;
        return head.Length >= 8 && Math.Max(even, odd) > head.Length / 3 && Math.Min(even, odd) <= head.Length / 20;
    }

    public override bool Claim(Chunk chunk, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_next >= _end) return false;
        chunk.Offset = _next;
        _next = Math.Min(_end, _next + chunk.Sizes.Region);
        return true;
    }

    public override void Fill(Chunk chunk)
    {
        // One byte before the region tells whether a line begins with it.
        int before = chunk.Offset > _begin ? 1 : 0;
        long from = chunk.Offset - before;
        int wanted = (int)Math.Min(chunk.Buffer.Length, _end - from), length = 0;
        while (length < wanted)
        {
            int read = RandomAccess.Read(_file, chunk.Buffer.AsSpan(length, wanted - length), from + length);
            if (read == 0) break;
            length += read;
        }
        if (length < wanted)
            lock (_cutting)
            {
                _cut = Math.Min(_cut, from + length);
                Trouble = new EndOfStreamException("it became shorter while it was read");
            }
        chunk.Head = _head.Value;
        if (HasReturnsOnly(chunk.Head.Span)) chunk.Buffer.AsSpan(0, length).Replace((byte)'\r', (byte)'\n');
        chunk.RegionStart = Math.Min(before, length);
        chunk.RegionEnd = Math.Min(before + chunk.Sizes.Region, length);
        chunk.End = length;
    }

    private ReadOnlyMemory<byte> ReadHead()
    {
        byte[] head = new byte[LongestHead];
        return head.AsMemory(0, RandomAccess.Read(_file, head, 0));
    }

    public override void Dispose()
    {
        if (_owned) _file.Dispose();
    }
}
