using System.Globalization;
using System.Security.Cryptography;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Changes;

/// <summary>The journal of one environment: JSON lines, hash-chained, flushed to disk at every line.</summary>
public sealed class Journal(OpsEnvironment environment, TimeProvider time, IOpsReporter? reporter = null) : IJournal
{
    private readonly JournalFile _file = new(environment.StateDirectory, time);
    private readonly JournalMask _mask = new(environment);

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
        [.. ReadChanges(out _)
            .Where(c => c.Outcome == JournalOutcome.Unfinished && (target is null || c.Target == target))
            .Select(UnfinishedChange.Of)];

    /// <inheritdoc/>
    public JournalEntry? Find(string id) => ReadChanges(out _).Find(c => c.Id == id);

    /// <inheritdoc/>
    public IReadOnlyList<JournalEntry> FindParts(string parent) => [.. ReadChanges(out _).Where(c => c.Parent == parent)];

    /// <inheritdoc/>
    public JournalEntry? FindUndo(string id) => ReadChanges(out _).Find(c => c.Outcome is JournalOutcome.Completed && c.Data.GetValueOrDefault(PlanTrace.Undoes) == id);

    private const string Unchanged = "Unchanged";

    /// <summary>The changes that match, oldest first.</summary>
    /// <param name="query">Which.</param>
    /// <param name="damagedLines">How many lines are not as they were written, and so could not be read.</param>
    /// <param name="fail">Told of patterns that no change fits, whenever it was.</param>
    public IReadOnlyList<JournalEntry> Find(JournalQuery query, out int damagedLines, Action<OpsException>? fail = null)
    {
        List<JournalEntry> all = ReadChanges(out damagedLines);
        HashSet<string>? targets = Meant(query.Targets, all.Select(c => c.Target), "target of a change", fail), actions = Meant(query.Actions, all.Select(c => c.Action), "cmdlet that made a change", fail);
        HashSet<string>? ids = Meant(query.Ids, all.Select(c => c.Id), "change", fail);
        IEnumerable<JournalEntry> found = all.Where(c => ids?.Contains(c.Id) is not false && targets?.Contains(c.Target) is not false && actions?.Contains(c.Action) is not false && query.Matches(c));
        return [.. query.Last is { } last ? found.TakeLast(last) : found];
    }

    /// <summary>A name that no change has is no mistake: what it is of may never have been changed.</summary>
    private static HashSet<string>? Meant(IReadOnlyList<string>? written, IEnumerable<string> known, string what, Action<OpsException>? fail) => written is null ? null
        : [.. NamePattern.ChooseAll(written, [.. known.Distinct(StringComparer.Ordinal)], what, name => new OpsException(Unchanged, OpsErrorCategory.ObjectNotFound, "", "", name), e =>
        {
            if (e.ErrorId != Unchanged) fail?.Invoke(e);
        })];

    /// <summary>Tells whether every line is as it was written, where it was written, and none is missing.</summary>
    /// <param name="anchor">The anchor of an earlier test (<c>number:hash</c>), noted elsewhere: that line must still be there.</param>
    public JournalTestResult Test(string? anchor = null) => new JournalVerifier(_file).Verify(anchor);

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
        var change = new JournaledChange(_file, _mask, time, id, action, target, running, reporter ?? SilentReporter.Instance);
        try { await change.AppendAsync(first, data: data).ConfigureAwait(false); }
        catch
        {
            await change.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        return change;
    }

    private List<JournalEntry> ReadChanges(out int damagedLines)
    {
        var changes = new Dictionary<string, List<JournalLine>>();
        damagedLines = 0;
        try
        {
            foreach (JournalLine? line in _file.ReadLines())
            {
                if (line is null) damagedLines++;
                else if (line.Event is JournalEvent.Repaired) continue;
                else if (changes.TryGetValue(line.Change, out List<JournalLine>? lines)) lines.Add(line);
                else changes.Add(line.Change, [line]);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw Unreadable(e); }
        return [.. changes.Values.OrderBy(lines => lines[0].Sequence).Select(lines => JournalEntry.Of(lines, IsRunning))];
    }

    private OpsException Unreadable(Exception cause) => new("JournalUnreadable", OpsErrorCategory.ReadError,
        $"The journal {_file.FilePath} cannot be read: {cause.Message}", "Run as a user who may read it; it belongs to the one who wrote it first.",
        _file.FilePath, cause);

    private bool IsRunning(string id)
    {
        try
        {
            if (!File.Exists(RunningPath(id))) return false;
            using FileStream? free = PrivateFile.TryOpenExclusively(RunningPath(id), FileMode.Open);
            return free is null;
        }
        catch (FileNotFoundException) { return false; }
        catch (UnauthorizedAccessException) { return false; }
    }

    private string RunningPath(string id) => Path.Combine(environment.StateDirectory, "locks", $"change-{id}.lock");
}
