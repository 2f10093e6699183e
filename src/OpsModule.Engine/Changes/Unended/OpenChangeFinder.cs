using OpsModule.Engine.Changes.Chain;
using System.Text;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Changes.Unended;

/// <summary>Finds the changes that have no end, from the index on, so that it costs the same however long the journal is.</summary>
/// <param name="journal">The journal.</param>
/// <param name="tell">Told why the whole journal was read, when it was; true for what should not be.</param>
internal sealed class OpenChangeFinder(JournalFile journal, Action<string, bool> tell)
{
    /// <summary>How many bytes of the journal may lie behind the index before it is written anew.</summary>
    private const long Behind = 128 * 1024;

    private readonly string _path = OpenIndex.PathOf(journal.Folder);

    /// <summary>How many of the lines that were read are not as they were written.</summary>
    public int DamagedLines { get; private set; }

    /// <summary>The changes that had no end, when an index was written; null when none was.</summary>
    public IReadOnlyList<OpenChange>? Written { get; private set; }

    /// <summary>The lines of each change without an end, the oldest change first; of one target when it is given.</summary>
    public IReadOnlyList<IReadOnlyList<JournalLine>> Find(string? target)
    {
        using JournalSnapshot snapshot = journal.Snapshot();
        OpenIndex? index = OpenIndex.Read(_path, out bool damaged);
        if (damaged) tell($"The index of changes under way, {_path}, is damaged; the whole journal is read.", true);
        if (index is not null && Fits(index, snapshot) && Load(snapshot, Read(snapshot, index), target) is { } found) return found;
        if (index is not null) tell($"The index of changes under way, {_path}, does not fit the journal; the whole of it is read.", true);
        if (index is null && !damaged && (snapshot.Closed.Count > 0 || snapshot.ActiveLength > Behind))
            tell("There is no index of changes under way; the whole journal is read once for it.", false);
        DamagedLines = 0;
        return Load(snapshot, Read(snapshot, null), target)
            ?? throw new IOException($"the files of the journal in {journal.Folder} were altered while they were read");
    }

    private static bool Fits(OpenIndex index, JournalSnapshot snapshot) =>
        snapshot.At(index.At.File, index.At.Offset) is { } line && line.Sequence == index.At.Line.Sequence
            && line.Hash == index.At.Line.Hash;

    /// <summary>What has no end, with all that has come since the index.</summary>
    private List<OpenChange> Read(JournalSnapshot snapshot, OpenIndex? index)
    {
        Dictionary<string, OpenChange> open = (index?.Open ?? []).ToDictionary(c => c.Id, c => c with { Lines = [.. c.Lines] });
        var strays = new HashSet<string>();
        (long File, long Offset, long End, JournalHead Line)? last = null;
        long read = 0;
        bool isCut = false;
        foreach (PlacedLine placed in snapshot.ReadForwards(index?.At.File ?? 0, index?.At.End ?? 0))
        {
            JournalLine? line = placed.Parse();
            read += placed.Bytes.Length;
            if (line is null && placed.Ended) DamagedLines++;
            if (line is null) continue;
            // A line whose end is missing may be cut off again; what it says counts now, and never in the index.
            if (!placed.Ended) isCut = true;
            else last = (placed.File, placed.Offset, placed.End, new JournalHead(line.Sequence, line.Hash));
            Take(line, placed, open, strays);
        }
        bool wasSearched = strays.Count > 0;
        Resolve(snapshot, open, strays);
        List<OpenChange> found = [.. open.Values];
        if (last is { } at && !isCut && (read > Behind || wasSearched)) Write(new OpenIndex { At = at, Open = found });
        return found;
    }

    private static void Take(JournalLine line, PlacedLine placed, Dictionary<string, OpenChange> open, HashSet<string> strays)
    {
        if (line.Event is JournalEvent.Repaired) return;
        if (line.IsEnd)
        {
            open.Remove(line.Change);
            strays.Remove(line.Change);
        }
        else if (open.TryGetValue(line.Change, out OpenChange? known)) known.Lines.Add((placed.File, placed.Offset));
        else if (line.Event is JournalEvent.Started)
            open.Add(line.Change, new OpenChange(line.Change, line.Target, [(placed.File, placed.Offset)]));
        else strays.Add(line.Change);
    }

    /// <summary>
    /// Lines of changes that were not seen to begin: either they had ended before, or their beginning is lost. What is lost must not
    /// count as ended.
    /// </summary>
    private static void Resolve(JournalSnapshot snapshot, Dictionary<string, OpenChange> open, HashSet<string> strays)
    {
        if (strays.Count == 0) return;
        byte[][] words = [.. strays.Select(Encoding.UTF8.GetBytes)];
        var found = new Dictionary<string, OpenChange>();
        foreach (PlacedLine placed in snapshot.ReadForwards())
        {
            if (!placed.Holds(words) || placed.Parse() is not { } line || !strays.Contains(line.Change)) continue;
            if (line.IsEnd) strays.Remove(line.Change);
            else if (found.TryGetValue(line.Change, out OpenChange? known)) known.Lines.Add((placed.File, placed.Offset));
            else found.Add(line.Change, new OpenChange(line.Change, line.Target, [(placed.File, placed.Offset)]));
        }
        foreach (string id in strays) open[id] = found[id];
    }

    /// <summary>The lines, from the journal itself; null when they are not where the index says.</summary>
    private static List<IReadOnlyList<JournalLine>>? Load(JournalSnapshot snapshot, List<OpenChange> open, string? target)
    {
        var found = new List<IReadOnlyList<JournalLine>>();
        foreach (OpenChange change in open.Where(c => target is null || c.Target == target))
        {
            var lines = new List<JournalLine>();
            foreach ((long file, long offset) in change.Lines)
            {
                if (snapshot.At(file, offset) is not { } line || line.Change != change.Id) return null;
                lines.Add(line);
            }
            found.Add(lines);
        }
        found.Sort((a, b) => a[0].Sequence.CompareTo(b[0].Sequence));
        return found;
    }

    /// <summary>Where it cannot be written, the next one reads as far as this one did.</summary>
    private void Write(OpenIndex index)
    {
        try
        {
            using FileStream? guard = journal.TryLock(TimeSpan.Zero);
            if (guard is null) return;
            StateFolder.Prepare(journal.Folder, null, _path, _path + ".new");
            index.Write(_path);
            Written = index.Open;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OpsException) { /* as the summary says */ }
    }
}
