using Microsoft.Win32.SafeHandles;

namespace OpsModule.Engine.Attacks.Reading;

/// <summary>A plain file: its regions are read beside each other.</summary>
internal sealed class FileChunks : ChunkReader
{
    private readonly SafeFileHandle _file;
    private readonly long _begin, _end;
    private long _next;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="begin">The byte to begin at, where a line begins.</param>
    /// <param name="end">The byte to end at; null for what the file has now.</param>
    public FileChunks(string path, long begin = 0, long? end = null)
    {
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        _end = Math.Min(end ?? long.MaxValue, RandomAccess.GetLength(_file));
        _begin = _next = begin;
    }

    public override bool Claim(Chunk chunk, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_next >= _end) return false;
        chunk.Offset = _next;
        _next = Math.Min(_end, _next + Chunk.Region);
        chunk.IsLast = _next >= _end;
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
            if (read == 0) break; // it has become shorter
            length += read;
        }
        chunk.RegionStart = before;
        chunk.RegionEnd = Math.Min(before + Chunk.Region, length);
        chunk.End = length;
    }

    public override void Dispose() => _file.Dispose();
}
