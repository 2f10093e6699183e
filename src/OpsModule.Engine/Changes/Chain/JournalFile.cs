using System.Globalization;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Changes.Chain;

/// <summary>The journal's file: appends one durable line at a time, chained across processes, and reads them back.</summary>
/// <remarks>
/// Above a size the file is closed: it is renamed after the number of its first line, and the next line begins a new one, chained to
/// the last of the closed one. Killed in between, there is no file to add to; the next line makes it.
/// </remarks>
internal sealed class JournalFile(string stateDirectory, TimeProvider time, long closeAt = JournalFile.CloseAt)
{
    /// <summary>From how many bytes on a file is closed.</summary>
    public const long CloseAt = 32L * 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The folder of all of its files.</summary>
    public string Folder => stateDirectory;

    public string FilePath { get; } = System.IO.Path.Combine(stateDirectory, "journal.jsonl");

    public string HeadPath { get; } = System.IO.Path.Combine(stateDirectory, "journal.head");

    private string LockPath { get; } = System.IO.Path.Combine(stateDirectory, "journal.lock");

    /// <summary>Appends a line; <paramref name="compose"/> is given its number and the previous hash. Durable on return.</summary>
    public async Task AppendAsync(Func<long, string, JournalLine> compose)
    {
        try
        {
            StateFolder.Prepare(stateDirectory, null, LockPath, FilePath, HeadPath);
            using FileStream guard = await PrivateFile.TryOpenExclusivelyAsync(LockPath, Patience).ConfigureAwait(false)
                ?? throw new IOException($"another process has held {LockPath} for {Patience.TotalSeconds:0} seconds");
            Append(compose);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw Unwritable(e); }
    }

    /// <summary>True when there are locks of changes, or the lock that every line takes: something was to be written here once.</summary>
    public bool HasTraces => File.Exists(LockPath) || (Directory.Exists(Locks) && Directory.EnumerateFiles(Locks, "change-*.lock").Any());

    private string Locks { get; } = System.IO.Path.Combine(stateDirectory, "locks");

    /// <summary>Takes the lock that appends take; null when it cannot be had, as by someone who may only read.</summary>
    public FileStream? TryLock() => TryLock(TimeSpan.FromSeconds(5));

    /// <summary>The same, with another patience.</summary>
    public FileStream? TryLock(TimeSpan patience)
    {
        try { return File.Exists(LockPath) ? PrivateFile.TryOpenExclusively(LockPath, patience) : null; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return null; }
    }

    /// <summary>The files as they are now.</summary>
    public JournalSnapshot Snapshot() => JournalSnapshot.Open(stateDirectory, FilePath);

    private void Append(Func<long, string, JournalLine> compose)
    {
        Close();
        bool isNew = !File.Exists(FilePath);
        using FileStream file = PrivateFile.Open(FilePath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        JournalTail tail = JournalTail.Read(file);
        JournalHead? head = JournalHead.Read(HeadPath, out _);
        JournalHead last = (tail.Last ?? LastClosed()) is { } line ? new JournalHead(line.Sequence, line.Hash)
            : new JournalHead(0, JournalLine.NoHash);
        bool linesMissing = head is not null && (head.Sequence > last.Sequence || (head.Sequence == last.Sequence && head.Hash != last.Hash));
        file.SetLength(tail.End);
        file.Position = tail.End;
        if (tail.NeedsLineEnd) file.WriteByte((byte)'\n');
        if (linesMissing || tail.Torn.Length > 0) last = Write(file, NoteOfRepair(last, head, linesMissing, tail.Torn));
        Write(file, compose(last.Sequence + 1, last.Hash));
        if (isNew) Disk.FlushFolder(stateDirectory);
    }

    /// <summary>Closes the file when it has grown enough, and its end is in order: what is torn or missing is noted in it first.</summary>
    private void Close()
    {
        long first;
        using (FileStream? file = PrivateFile.OpenForReading(FilePath))
        {
            if (file is null || file.Length < closeAt) return;
            JournalTail tail = JournalTail.Read(file);
            JournalHead? head = JournalHead.Read(HeadPath, out _);
            if (tail.Last is not { } last || tail.NeedsLineEnd || tail.Torn.Length > 0 || head is null
                || head.Sequence > last.Sequence) return;
            if (FirstNumber.Of(file, file.Length) is not { } number) return;
            first = number;
        }
        try
        {
            File.Move(FilePath, JournalSegment.PathOf(stateDirectory, first), overwrite: false);
            Disk.FlushFolder(stateDirectory);
        }
        catch (IOException) { /* it goes on growing; a change is not refused for that */ }
    }

    /// <summary>The last line of the newest closed file, for the first line of the next one.</summary>
    private JournalLine? LastClosed()
    {
        IReadOnlyList<JournalSegment> closed = JournalSegment.Of(stateDirectory);
        if (closed.Count == 0) return null;
        using FileStream? file = PrivateFile.OpenForReading(closed[^1].Path);
        return file is null ? null : JournalTail.Read(file).Last;
    }

    /// <summary>Writes one line, or nothing of it: a disk that fills up must not leave half a line for the next to stumble over.</summary>
    private JournalHead Write(FileStream file, JournalLine line)
    {
        long start = file.Position;
        (byte[] bytes, string hash) = line.Seal();
        try
        {
            file.Write([.. bytes, (byte)'\n']);
            file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            try { file.SetLength(start); }
            catch (IOException) { /* the next line repairs it */ }
            throw;
        }
        var head = new JournalHead(line.Sequence, hash);
        head.Write(HeadPath);
        return head;
    }

    private JournalLine NoteOfRepair(JournalHead last, JournalHead? head, bool linesMissing, byte[] torn)
    {
        var data = new Dictionary<string, string>();
        if (torn.Length > 0)
        {
            data["tornBytes"] = torn.Length.ToString(CultureInfo.InvariantCulture);
            data["tornSha256"] = JournalLine.HashOf(torn);
        }
        if (linesMissing) data["expectedHead"] = head!.ToString();
        // After a loss the numbers go on behind the lost lines: the gap stays visible for ever.
        return new JournalLine
        {
            Sequence = Math.Max(last.Sequence, linesMissing ? head!.Sequence : 0) + 1,
            Time = time.GetUtcNow(),
            Change = "",
            Action = "Journal",
            Target = "journal",
            Event = JournalEvent.Repaired,
            Message = linesMissing
                ? "Confirmed lines before this one are missing or damaged."
                : "An incomplete last line was removed; its writer was killed or the disk was full.",
            Actor = Actor.Current,
            Data = data,
            Previous = linesMissing ? head!.Hash : last.Hash,
        };
    }

    private OpsException Unwritable(Exception cause)
    {
        string free = Disk.IsFull(cause) && Disk.FreeBytes(stateDirectory) is { } bytes ? $" ({bytes:N0} bytes are free)" : "";
        return new OpsException("JournalUnwritable", OpsErrorCategory.WriteError,
            $"The journal {FilePath} cannot be written: {cause.Message}{free}. A change that cannot be journaled is not made.",
            Disk.IsFull(cause)
                ? "Free some space on that disk, or set 'state:' in the environment file to a folder on another one."
                : $"Make {stateDirectory} writable for {Actor.Current.User}, or set 'state:' in the environment file to a folder that is.",
            FilePath, cause);
    }
}
