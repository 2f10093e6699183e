using OpsModule.Engine.Changes.Chain;
using OpsModule.Engine.Changes.Unended;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Changes;

/// <summary>What is wrong with a journal.</summary>
public enum JournalFinding
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>A line is not as it was written.</summary>
    LineAltered,
    /// <summary>Lines were removed, added or moved before this one.</summary>
    ChainBroken,
    /// <summary>The last line is incomplete: its writer was killed or the disk was full. The next change removes it and says so.</summary>
    LastLineTorn,
    /// <summary>Confirmed lines are missing at the end, or all of them.</summary>
    LinesMissing,
    /// <summary>The file that names the last confirmed line is missing, damaged, or names another line than is there.</summary>
    HeadMismatch,
    /// <summary>The line that the given anchor names is not there.</summary>
    AnchorMissing,
    /// <summary>The index of changes under way does not say what the journal says. Removed, it is made anew.</summary>
    IndexMismatch,
    /// <summary>
    /// A change that was sent to a store is not in the journal as it was sent: lines were altered or cut off, or another journal was
    /// put in its place.
    /// </summary>
    ForwardedMismatch,
}

/// <summary>The result of a test of the journal.</summary>
public sealed record JournalTestResult : IVerdict, IEnvironmentRecord
{
    /// <summary>The environment that it is of; null where that is not known.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <summary>True when nothing is wrong.</summary>
    public bool Passed => Finding is JournalFinding.None;

    /// <summary>Lines that were read and are right.</summary>
    public long Entries { get; init; }

    /// <summary>The first thing that is wrong.</summary>
    public JournalFinding Finding { get; init; }

    /// <summary>The line of the file it was found at, from 1; null when it is not about one line.</summary>
    public long? Line { get; init; }

    /// <summary>What was found, in words.</summary>
    public required string Message { get; init; }

    /// <summary>The last line's number and hash. Note it where the journal's owner cannot write, and give it to a later test.</summary>
    public string? Anchor { get; init; }

    /// <summary>True when nothing is wrong with the journal, and yet something points to one that was removed: it is empty, and locks of changes lie beside it.</summary>
    public bool IsSuspect { get; init; }

    /// <summary>The journal's file; the closed one that it was found in, when it was.</summary>
    public required string Path { get; init; }

    /// <summary>The store that it was compared with; null for none.</summary>
    public string? Store { get; init; }

    /// <summary>How many of its ended changes that store holds; null when it was compared with none.</summary>
    public long? Forwarded { get; init; }

    /// <summary>
    /// How many changes that ended since the first one that was sent are not in the store; null when it was compared with none.
    /// </summary>
    public long? NotForwarded { get; init; }

    bool IVerdict.IsBad() => !Passed;
}

/// <summary>Walks the chain.</summary>
/// <param name="journal">The journal.</param>
/// <param name="seen">Told of each line that is right.</param>
internal sealed class JournalVerifier(JournalFile journal, Action<JournalLine>? seen = null)
{
    private readonly HashSet<string> _open = [];
    private long _entries;
    private JournalHead _last = new(0, JournalLine.NoHash);
    private string _path = journal.FilePath;

    public JournalTestResult Verify(string? anchorText)
    {
        JournalHead? anchor = anchorText is null ? null : JournalHead.Parse(anchorText) ?? throw new OpsException("AnchorInvalid",
            OpsErrorCategory.InvalidArgument, $"'{anchorText}' is not an anchor; expected a number, a colon and 64 hexadecimal digits.",
            "Give the Anchor property of an earlier result of Test-OpsJournal.", anchorText);
        try { return Walk(anchor); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpsException("JournalUnreadable", OpsErrorCategory.ReadError, $"The journal {journal.FilePath} cannot be read: {e.Message}",
                "Run as a user who may read it.", journal.FilePath, e);
        }
    }

    private JournalTestResult Walk(JournalHead? anchor)
    {
        JournalHead? head;
        bool headDamaged;
        JournalSnapshot snapshot;
        OpenIndex? index;
        // Files and head are taken together while nobody appends; the walk itself then stops nobody.
        using (journal.TryLock())
        {
            index = OpenIndex.Read(OpenIndex.PathOf(journal.Folder), out _);
            head = JournalHead.Read(journal.HeadPath, out headDamaged);
            snapshot = journal.Snapshot();
        }
        using JournalSnapshot open = snapshot;
        bool headSeen = head is null, anchorSeen = anchor is null;
        bool? indexFits = null;
        long number = 0, file = -1;
        foreach (PlacedLine placed in snapshot.ReadForwards())
        {
            number = placed.File == file ? number + 1 : 1;
            if (placed.File != file) _path = snapshot.Closed.FirstOrDefault(s => s.First == placed.File)?.Path ?? journal.FilePath;
            file = placed.File;
            if (Check(placed, number, head) is { } finding) return finding;
            if (head is not null && _last.Sequence == head.Sequence)
            {
                if (_last.Hash != head.Hash)
                    return Found(JournalFinding.HeadMismatch, number, $"Line {number} is not the one that {journal.HeadPath} names.");
                headSeen = true;
            }
            if (index is not null && _last == index.At.Line) indexFits = _open.SetEquals(index.Open.Select(c => c.Id));
            anchorSeen |= _last == anchor;
        }
        _path = journal.FilePath;
        if (AtEnd(head, headSeen, headDamaged) is { } atEnd) return atEnd;
        if (!anchorSeen)
            return Found(JournalFinding.AnchorMissing, null, $"The line {anchor} is not in the journal: it was rewritten or replaced.");
        if (index is not null && indexFits is not true)
            return Found(JournalFinding.IndexMismatch, null, $"{OpenIndex.PathOf(journal.Folder)} does not name the changes under way that "
                + "the journal has. Remove it; it is made anew.");
        return Found(JournalFinding.None, null, _entries == 0
                ? "The journal is empty." + (journal.HasTraces
                    ? " Locks beside it show that something was changed here: it may have been removed." : "")
                : $"All {_entries} lines are as they were written.");
    }

    /// <summary>What is wrong with the end, if anything.</summary>
    private JournalTestResult? AtEnd(JournalHead? head, bool headSeen, bool headDamaged)
    {
        if (!headSeen) return Found(JournalFinding.LinesMissing, null, $"The journal ends at number {_last.Sequence}; number {head!.Sequence} was confirmed.");
        if (headDamaged) return Found(JournalFinding.HeadMismatch, null, $"{journal.HeadPath} is damaged, so that lines missing at the end cannot be excluded.");
        // A process killed after its first line leaves no head; after the second there is always one.
        return head is null && _last.Sequence > 1
            ? Found(JournalFinding.HeadMismatch, null,
                $"{journal.HeadPath} is missing, so that lines missing at the end cannot be excluded.")
            : null;
    }

    private JournalTestResult? Check(PlacedLine placed, long number, JournalHead? head)
    {
        JournalLine? line = placed.Parse();
        if (!placed.Ended)
        {
            return (head is not null && head.Sequence > _last.Sequence) || _path != journal.FilePath
                ? Found(JournalFinding.LineAltered, number, $"Line {number}, the last, was confirmed and is no longer as it was written.")
                : Found(JournalFinding.LastLineTorn, number, $"Line {number}, the last, is incomplete: its writer was killed or the disk was full. The next change removes it and notes that.");
        }
        if (line is null) return Found(JournalFinding.LineAltered, number, $"Line {number} is not as it was written.");
        if (line.Sequence != _last.Sequence + 1 || line.Previous != _last.Hash)
        {
            return Found(JournalFinding.ChainBroken, number, line.Sequence > _last.Sequence + 1
                ? $"Number {line.Sequence} at line {number} follows number {_last.Sequence}: {line.Sequence - _last.Sequence - 1} lines are missing."
                : $"Number {line.Sequence} at line {number} does not follow number {_last.Sequence}: lines were removed, added or moved.");
        }
        _entries++;
        _last = new JournalHead(line.Sequence, line.Hash);
        if (line.Event is JournalEvent.Started) _open.Add(line.Change);
        else if (line.IsEnd) _open.Remove(line.Change);
        seen?.Invoke(line);
        return null;
    }

    private JournalTestResult Found(JournalFinding finding, long? line, string message) => new()
    {
        Entries = _entries,
        Finding = finding,
        Line = line,
        Message = message,
        Anchor = _entries == 0 ? null : _last.ToString(),
        IsSuspect = finding is JournalFinding.None && _entries == 0 && journal.HasTraces,
        Path = _path,
    };
}
