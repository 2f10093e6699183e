namespace OpsModule.Connections.Postgres.Archives;

/// <summary>Joins pieces of COPY text into batches of whole rows and drops the closing <c>\.</c> line.</summary>
public sealed class RowCollector(Func<ReadOnlyMemory<byte>, ValueTask> sink)
{
    private const int BatchSize = 128 * 1024;

    private byte[] _batch = new byte[BatchSize];
    private int _filled;

    /// <summary>Takes a piece; false when the batch must be flushed first.</summary>
    public bool TryAdd(ReadOnlySpan<byte> piece)
    {
        if (_filled + piece.Length > _batch.Length)
        {
            if (_batch.AsSpan(0, _filled).Contains((byte)'\n')) return false;
            Array.Resize(ref _batch, Math.Max(_batch.Length * 2, _filled + piece.Length));
        }
        piece.CopyTo(_batch.AsSpan(_filled));
        _filled += piece.Length;
        return true;
    }

    /// <summary>Hands over the whole rows and keeps the beginning of the next one.</summary>
    public async ValueTask FlushAsync()
    {
        int end = _batch.AsSpan(0, _filled).LastIndexOf((byte)'\n') + 1;
        // What may be the closing lines "\.\n\n\n" stays until more comes or the block ends.
        end = WithoutTrailer(end);
        if (end > 0) await sink(_batch.AsMemory(0, end)).ConfigureAwait(false);
        else if (_filled == _batch.Length) Array.Resize(ref _batch, _batch.Length * 2);
        Buffer.BlockCopy(_batch, end, _batch, 0, _filled - end);
        _filled -= end;
    }

    /// <summary>Hands over what is left and returns the closing line.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> EndAsync()
    {
        int end = WithoutTrailer(_filled);
        if (end == _filled) throw ArchiveBuffer.Unreadable("the rows of a table have no end");
        if (end > 0) await sink(_batch.AsMemory(0, end)).ConfigureAwait(false);
        return _batch.AsMemory(end, _filled - end);
    }

    /// <summary>Where the trailer begins, or <paramref name="end"/> when there is none. A row is never just <c>\.</c>: COPY escapes it.</summary>
    private int WithoutTrailer(int end)
    {
        int last = end;
        while (last > 0 && _batch[last - 1] == '\n') last--;
        bool found = last >= 2 && _batch[last - 1] == '.' && _batch[last - 2] == '\\' && (last == 2 || _batch[last - 3] == '\n');
        return found && last < end ? last - 2 : end;
    }
}
