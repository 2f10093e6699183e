using System.Formats.Tar;
using System.Text;

namespace OpsModule.Engine.Areas.Lockdown.Evidence;

/// <summary>Writes files into an archive that goes on as it is written; what is long is cut into several, and never lies on a
/// disk.</summary>
/// <param name="tar">The archive.</param>
/// <param name="time">The clock.</param>
internal sealed class EvidenceArchive(TarWriter tar, TimeProvider time)
{
    private const int MostBytes = 4 * 1024 * 1024;

    /// <summary>True when something could not be written: no source is to blame, and nothing that follows would be whole.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>One file.</summary>
    public async Task AddAsync(string name, byte[] content, CancellationToken ct)
    {
        using var data = new MemoryStream(content, writable: false);
        IsBroken = true;
        await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, name)
        {
            DataStream = data, ModificationTime = time.GetUtcNow(), Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }, ct).ConfigureAwait(false);
        IsBroken = false;
    }

    /// <summary>Lines, in files of some megabytes that are numbered.</summary>
    /// <param name="name">What the files are called, before their number.</param>
    /// <param name="lines">The lines, which are UTF-8 without an end.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>How many there were.</returns>
    public async Task<long> AddLinesAsync(string name, IAsyncEnumerable<ReadOnlyMemory<byte>> lines, CancellationToken ct)
    {
        long count = 0;
        int number = 0;
        using var block = new MemoryStream();
        await foreach (ReadOnlyMemory<byte> line in lines.WithCancellation(ct).ConfigureAwait(false))
        {
            block.Write(line.Span);
            block.WriteByte((byte)'\n');
            count++;
            if (block.Length >= MostBytes) await FlushAsync().ConfigureAwait(false);
        }
        if (block.Length > 0 || number == 0) await FlushAsync().ConfigureAwait(false);
        return count;

        async Task FlushAsync()
        {
            await AddAsync($"{name}-{++number:D4}.jsonl", block.ToArray(), ct).ConfigureAwait(false);
            block.SetLength(0);
        }
    }

    /// <summary>A text.</summary>
    public Task AddAsync(string name, string text, CancellationToken ct) => AddAsync(name, Encoding.UTF8.GetBytes(text), ct);
}
