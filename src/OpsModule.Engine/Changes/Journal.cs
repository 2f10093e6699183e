using System.Globalization;
using System.Security.Cryptography;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Engine.Changes.Forwarding;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Changes.Unended;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Changes;

/// <summary>The journal of one environment: JSON lines, hash-chained, flushed to disk at every line.</summary>
public sealed class Journal(OpsEnvironment environment, TimeProvider time, IOpsReporter? reporter = null) : IJournal
{
    private readonly JournalMask _mask = new(environment);
    private JournalFile? _opened;

    /// <summary>From how many bytes on the file is closed and a new one begun.</summary>
    internal long CloseAt { get; init; } = JournalFile.CloseAt;

    private JournalFile File => _opened ??= new JournalFile(environment.StateDirectory, time, CloseAt);

    /// <inheritdoc/>
    public async Task<IJournaledChange> BeginAsync(string action, string target, IReadOnlyDictionary<string, string>? data = null)
    {
        string stamp = time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        string id = $"{stamp}-{Convert.ToHexString(RandomNumberGenerator.GetBytes(3)).ToLowerInvariant()}";
        return await OpenAsync(id, action, target, JournalEvent.Started, data).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<IJournaledChange> ContinueAsync(UnfinishedChange change) =>
        await OpenAsync(change.Id, change.Action, change.Target, JournalEvent.Continued, null).ConfigureAwait(false);

    /// <inheritdoc/>
    public IReadOnlyList<UnfinishedChange> FindUnfinished(string? target = null) =>
        [.. FindOpen(target, out _).Where(c => c.Outcome == JournalOutcome.Unfinished).Select(UnfinishedChange.Of)];

    /// <inheritdoc/>
    public JournalEntry? Find(string id) =>
        Read(s => JournalSearch.Changes(s, [id]).GetValueOrDefault(id)) is { } lines ? Entry(lines) : null;

    /// <inheritdoc/>
    public IReadOnlyList<JournalEntry> FindParts(string parent) =>
        [.. Read(s => JournalSearch.Naming(s, PlanTrace.Parent, [parent])).Select(Entry).Where(c => c.Parent == parent)];

    /// <inheritdoc/>
    public JournalEntry? FindUndo(string id) => FindUndos([id]).GetValueOrDefault(id);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, JournalEntry> FindUndos(IReadOnlyCollection<string> ids)
    {
        var found = new Dictionary<string, JournalEntry>();
        foreach (JournalEntry undo in Read(s => JournalSearch.Naming(s, PlanTrace.Undoes, ids)).Select(Entry))
            if (undo.Outcome is JournalOutcome.Completed && undo.Data.GetValueOrDefault(PlanTrace.Undoes) is { } undone)
                found.TryAdd(undone, undo);
        return found;
    }

    private const string Unchanged = "Unchanged";

    /// <summary>
    /// The changes that match, oldest first. With <see cref="JournalQuery.Last"/> and no names only the end of the journal is read.
    /// </summary>
    /// <param name="query">Which.</param>
    /// <param name="damagedLines">How many of the lines that were read are not as they were written, and so could not be read.</param>
    /// <param name="fail">Told of patterns that no change fits, whenever it was.</param>
    public IReadOnlyList<JournalEntry> Find(JournalQuery query, out int damagedLines, Action<OpsException>? fail = null)
    {
        HashSet<string>? targets = null, actions = null;
        if (query.Targets is not null || query.Actions is not null)
        {
            // What a name means depends on which there are.
            (IReadOnlyCollection<string> allTargets, IReadOnlyCollection<string> allActions) = Read(JournalSearch.Names);
            targets = Meant(query.Targets, allTargets, "target of a change", fail);
            actions = Meant(query.Actions, allActions, "cmdlet that made a change", fail);
        }
        bool Matches(JournalEntry c) => query.Ids?.Any(i =>
            NamePattern.IsMatch(i, c.Id)) is not false && targets?.Contains(c.Target) is not false
            && actions?.Contains(c.Action) is not false
            && query.Matches(c);
        int damaged = 0;
        List<JournalEntry> found = query.Unfinished || query.Waiting ? [.. FindOpen(null, out damaged).Where(Matches)]
            : Read(snapshot =>
        {
            var matching = new List<JournalEntry>();
            bool IsEnough() => matching.Count >= query.Last;
            foreach (IReadOnlyList<JournalLine> lines in JournalSearch.Backwards(snapshot, IsEnough, () => damaged++))
                if (Entry(lines) is var entry && Matches(entry)) matching.Add(entry);
            return matching;
        });
        damagedLines = damaged;
        foreach (string id in query.Ids?.Where(NamePattern.HasWildcard) ?? [])
            if (!found.Exists(c => NamePattern.IsMatch(id, c.Id))) fail?.Invoke(NamePattern.Nothing(id, [], "change"));
        found.Sort((a, b) => a.Sequence.CompareTo(b.Sequence));
        return query.Last is { } last && last < found.Count ? found.GetRange(found.Count - last, last) : found;
    }

    /// <summary>Goes through the changes that a cmdlet has made, the newest first, as long as more are wanted.</summary>
    /// <param name="action">The cmdlet.</param>
    /// <param name="wantsMore">Takes one, and says whether to go on.</param>
    internal void ReadBackwards(string action, Func<JournalEntry, bool> wantsMore) => Read(snapshot =>
        JournalSearch.OfAction(snapshot, action).Select(Entry).All(wantsMore));

    /// <summary>A name that no change has is no mistake: what it is of may never have been changed.</summary>
    private static HashSet<string>? Meant(IReadOnlyList<string>? written, IEnumerable<string> known, string what, Action<OpsException>? fail) => written is null ? null
        : [.. NamePattern.ChooseAll(written, [.. known.Distinct(StringComparer.Ordinal)], what, name => new OpsException(Unchanged, OpsErrorCategory.ObjectNotFound, "", "", name), e =>
        {
            if (e.ErrorId != Unchanged) fail?.Invoke(e);
        })];

    /// <summary>Sends what has ended; null for nowhere.</summary>
    internal IJournalForwarder? Forwarder { get; init; }

    /// <summary>Tells whether every line is as it was written, where it was written, and none is missing.</summary>
    /// <param name="anchor">The anchor of an earlier test (<c>number:hash</c>), noted elsewhere: that line must still be there.</param>
    public JournalTestResult Test(string? anchor = null) => Test(anchor, null);

    /// <summary>The same.</summary>
    /// <param name="anchor">As above.</param>
    /// <param name="seen">Told of each line that is right.</param>
    internal JournalTestResult Test(string? anchor, Action<JournalLine>? seen) => new JournalVerifier(File, seen).Verify(anchor);

    private async Task<JournaledChange> OpenAsync(string id, string action, string target, JournalEvent first, IReadOnlyDictionary<string, string>? data)
    {
        // Held as long as this process works on the change: who finds the change without an end asks this lock whether it still runs.
        FileStream? running;
        string path = RunningPath(id);
        try
        {
            StateFolder.Prepare(environment.StateDirectory, Path.GetDirectoryName(path)!, path);
            running = await PrivateFile.TryOpenExclusivelyAsync(path, TimeSpan.FromMilliseconds(250)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpsException("JournalUnwritable", OpsErrorCategory.WriteError, $"The file {path} cannot be made: {e.Message}",
                $"Make {environment.StateDirectory} writable for {Actor.Current.User} and see that its disk is not full.", target, e);
        }
        if (running is null)
        {
            throw new OpsException("TargetLocked", OpsErrorCategory.ResourceBusy, $"The change {id} of {target} is being worked on by another run.",
                "Wait until it has ended; Get-OpsChange -Unfinished shows whether it was finished.", target);
        }
        var change = new JournaledChange(File, _mask, time, id, action, target, running, reporter ?? SilentReporter.Instance, Forwarder);
        try { await change.AppendAsync(first, data: data).ConfigureAwait(false); }
        catch
        {
            await change.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        return change;
    }

    /// <summary>The changes that have no end: running, waiting and unfinished ones.</summary>
    private List<JournalEntry> FindOpen(string? target, out int damagedLines)
    {
        var finder = new OpenChangeFinder(File, (what, isWrong) =>
        {
            if (isWrong) reporter?.Warning(what);
            else reporter?.Verbose(what);
        });
        List<JournalEntry> open = Read(_ => finder.Find(target)).Select(Entry).ToList();
        damagedLines = finder.DamagedLines;
        if (finder.Written is { } known) LockSweep.Run(environment.StateDirectory, known.Select(c => c.Id).ToHashSet());
        return open;
    }

    private JournalEntry Entry(IReadOnlyList<JournalLine> lines) => JournalEntry.Of(lines, IsRunning);

    private T Read<T>(Func<JournalSnapshot, T> read)
    {
        try
        {
            using JournalSnapshot snapshot = File.Snapshot();
            return read(snapshot);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw Unreadable(e); }
    }

    private OpsException Unreadable(Exception cause) => new("JournalUnreadable", OpsErrorCategory.ReadError,
        $"The journal {File.FilePath} cannot be read: {cause.Message}",
            "Run as a user who may read it; it belongs to the one who wrote it first.",
        File.FilePath, cause);

    private bool IsRunning(string id)
    {
        try
        {
            if (!System.IO.File.Exists(RunningPath(id))) return false;
            using FileStream? free = PrivateFile.TryOpenExclusively(RunningPath(id), FileMode.Open);
            return free is null;
        }
        catch (FileNotFoundException) { return false; }
        catch (UnauthorizedAccessException) { return false; }
    }

    private string RunningPath(string id) => Path.Combine(environment.StateDirectory, "locks", $"change-{id}.lock");
}
