using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Changes.Chain;

/// <summary>
/// The journal's files as they were at one moment: the closed ones, and the one that lines are added to as far as it went.
/// </summary>
internal sealed class JournalSnapshot : IDisposable
{
    private readonly IReadOnlyList<JournalSegment> _closed;
    private readonly FileStream? _active;
    private FileStream? _opened;
    private long _openedFirst = -1;

    private JournalSnapshot(IReadOnlyList<JournalSegment> closed, string path, FileStream? active)
    {
        (_closed, ActivePath, _active) = (closed, path, active);
        ActiveLength = active?.Length ?? 0;
        ActiveFirst = active is null ? 0 : FirstNumber.Of(active, ActiveLength) ?? AfterClosed();
    }

    /// <summary>The file that lines are added to.</summary>
    public string ActivePath { get; }

    /// <summary>How much of it belongs to this moment.</summary>
    public long ActiveLength { get; }

    /// <summary>The number of its first line; 0 when it holds nothing.</summary>
    public long ActiveFirst { get; }

    /// <summary>The closed files, the oldest first.</summary>
    public IReadOnlyList<JournalSegment> Closed => _closed;

    /// <summary>Opens the files. A journal that is not there has none.</summary>
    /// <exception cref="IOException">When they cannot be read.</exception>
    public static JournalSnapshot Open(string stateDirectory, string activePath)
    {
        // A file that is closed between the two looks would be in neither, or in both.
        for (int attempt = 0; ; attempt++)
        {
            IReadOnlyList<JournalSegment> before = JournalSegment.Of(stateDirectory);
            FileStream? active = PrivateFile.OpenForReading(activePath);
            if (before.Count == JournalSegment.Of(stateDirectory).Count) return new JournalSnapshot(before, activePath, active);
            active?.Dispose();
            if (attempt == 20) throw new IOException($"the files of the journal in {stateDirectory} change all the time");
        }
    }

    /// <summary>All lines, the newest first.</summary>
    public IEnumerable<PlacedLine> ReadBackwards()
    {
        for (int at = _closed.Count; at >= 0; at--)
        {
            (FileStream? file, long first, long length) = Part(at);
            if (file is null) continue;
            foreach ((ReadOnlyMemory<byte> line, long offset, bool ended) in BackwardReader.Read(file, length))
                yield return new PlacedLine(first, offset, line, ended);
        }
    }

    /// <summary>All lines, the oldest first, from a place on.</summary>
    /// <param name="first">The number of the first line of the file to begin with; 0 for the oldest.</param>
    /// <param name="offset">Where in that file.</param>
    public IEnumerable<PlacedLine> ReadForwards(long first = 0, long offset = 0)
    {
        for (int at = 0; at <= _closed.Count; at++)
        {
            (FileStream? file, long number, long length) = Part(at);
            if (file is null || number < first) continue;
            long position = number == first ? offset : 0;
            file.Position = position;
            foreach ((byte[] line, bool ended) in LineReader.Read(file, length - position))
            {
                var placed = new PlacedLine(number, position, line, ended);
                position = placed.End;
                yield return placed;
            }
        }
    }

    /// <summary>The line at a place; null when there is none that is as it was written.</summary>
    public JournalLine? At(long first, long offset)
    {
        int at = first == ActiveFirst ? _closed.Count : _closed.ToList().FindIndex(s => s.First == first);
        if (at < 0) return null;
        (FileStream? file, _, long length) = Part(at);
        if (file is null || offset < 0 || offset >= length) return null;
        file.Position = offset;
        foreach ((byte[] line, bool _) in LineReader.Read(file, length - offset)) return JournalLine.Parse(line);
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _active?.Dispose();
        _opened?.Dispose();
    }

    private (FileStream? File, long First, long Length) Part(int at)
    {
        if (at == _closed.Count) return (ActiveLength == 0 ? null : _active, ActiveFirst, ActiveLength);
        if (_openedFirst != _closed[at].First)
        {
            _opened?.Dispose();
            _opened = PrivateFile.OpenForReading(_closed[at].Path)
                ?? throw new FileNotFoundException($"{_closed[at].Path} has gone while the journal was read");
            _openedFirst = _closed[at].First;
        }
        return (_opened, _openedFirst, _opened!.Length);
    }

    /// <summary>Where the active file's own first line does not tell its number.</summary>
    private long AfterClosed()
    {
        if (_closed.Count == 0) return 1;
        using FileStream? file = PrivateFile.OpenForReading(_closed[^1].Path);
        return (file is null ? null : JournalTail.Read(file).Last)?.Sequence + 1 ?? _closed[^1].First + 1;
    }
}
