using System.Runtime.CompilerServices;
using System.Text;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Engine.Changes.Forwarding;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Outlets.Alerts;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Outlets.Forwarding;

/// <summary>
/// Sends each change that has ended to all that <c>journal.forward</c> names. A change never fails for it: what cannot be sent is said, and
/// lies in the journal behind the target's position until the next change ends.
/// </summary>
/// <remarks>A kill between sending and noting the position sends a change twice; a store keeps it once.</remarks>
internal sealed class JournalForwarder(OpsEnvironment environment, IOpsReporter reporter, Func<string, IBackupStore> openStore,
    TimeProvider time) : IJournalForwarder
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10), Hurried = TimeSpan.FromSeconds(3),
        Slow = TimeSpan.FromSeconds(2), Pause = TimeSpan.FromMinutes(1);

    private readonly JournalFile _journal = new(environment.StateDirectory, time);

    // The journal stands below and cannot name an outlet; so it is told, before anything of this assembly runs.
#pragma warning disable CA2255 // meant for applications: this is the one place that knows both sides
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register() => JournalForwarding.Make = (environment, reporter, openStore, time) =>
        new JournalForwarder(environment, reporter, openStore, time);

    public Task SendAsync(string change, bool hurried) =>
        Task.WhenAll(environment.Section<JournalSettings>().Forward.Select(t => SendAsync(t, change, hurried ? Hurried : Longest)));

    private async Task SendAsync(ForwardTarget target, string change, TimeSpan longest)
    {
        try
        {
            StateFolder.Prepare(environment.StateDirectory, ForwardPosition.FolderOf(environment.StateDirectory),
                ForwardPosition.PathOf(environment.StateDirectory, target), ForwardPosition.LockOf(environment.StateDirectory, target));
            // Who holds it may have read the journal before this change ended; so it is waited for.
            string path = ForwardPosition.LockOf(environment.StateDirectory, target);
            using FileStream? held = await PrivateFile.TryOpenExclusivelyAsync(path, longest).ConfigureAwait(false);
            if (held is null) Say(target, "another run is sending all the time");
            else await SendHeldAsync(target, change, longest).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OpsException) { Say(target, e.Message); }
    }

    private async Task SendHeldAsync(ForwardTarget target, string change, TimeSpan longest)
    {
        using JournalSnapshot snapshot = _journal.Snapshot();
        if (Begin(snapshot, target, change) is not { } position) return;
        position = WithOvertaken(snapshot, target, position, change);
        if (position is { WasSlow: true, TriedAt: { } tried } && time.GetUtcNow() - tried < Pause)
        {
            reporter.Verbose($"The journal is not sent to {target} now, which did not answer a moment ago; "
                + $"the change {change} is kept and sent later.");
            return;
        }
        long began = time.GetTimestamp();
        try
        {
            await Deadline.RunAsync(longest, time, async token =>
            {
                foreach ((ForwardedChange ended, ForwardPosition after) in Pending(snapshot, position))
                {
                    await SendOneAsync(target, ended, longest, token).ConfigureAwait(false);
                    token.ThrowIfCancellationRequested();
                    position = after;
                    position.Write(environment.StateDirectory, target);
                }
            }, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Whatever it is: the change is made, and must not fail for it.
            string why = DeliveryWords.Of(e, longest);
            DateTimeOffset now = time.GetUtcNow();
            bool wasSlow = time.GetElapsedTime(began) > Slow;
            (position with { FailingSince = position.FailingSince ?? now, TriedAt = now, WasSlow = wasSlow, Failure = why })
                .Write(environment.StateDirectory, target);
            Say(target, why);
        }
    }

    /// <summary>Where to go on from; for a target that is new, right before the change that has ended now.</summary>
    private ForwardPosition? Begin(JournalSnapshot snapshot, ForwardTarget target, string change)
    {
        ForwardPosition? position = ForwardPosition.Read(environment.StateDirectory, target, out bool damaged);
        if (position?.Fits(snapshot) is true) return position;
        if (position is not null || damaged)
        {
            string why = damaged ? "the note of it is damaged" : "the journal does not hold that line";
            reporter.Warning($"How far the journal was sent to {target} is not known any more ({why}); it goes on with the change {change}. "
                + "Test-OpsJournal -Store tells what a store lacks.");
        }
        return Before(snapshot, target, change);
    }

    /// <summary>Right before a change that has ended.</summary>
    private static ForwardPosition? Before(JournalSnapshot snapshot, ForwardTarget target, string change)
    {
        bool isNext = false;
        foreach (PlacedLine placed in snapshot.ReadBackwards())
        {
            if (placed.Parse() is not { } line) continue;
            if (isNext) return After(placed, line, target.Name) with { BegunAt = line.Sequence };
            isNext = line.IsEnd && line.Change == change;
        }
        return null;
    }

    /// <summary>
    /// A change that ended before the one with which sending began, and came to its turn after it, would be sent by nobody: sending begins
    /// with it instead. What was sent since is sent once more, which a store keeps once.
    /// </summary>
    private ForwardPosition WithOvertaken(JournalSnapshot snapshot, ForwardTarget target, ForwardPosition position, string change)
    {
        if (position.BegunAt is not { } begun || Before(snapshot, target, change) is not { BegunAt: { } own } earlier || own >= begun)
            return position;
        position = earlier with
        {
            FailingSince = position.FailingSince, TriedAt = position.TriedAt, WasSlow = position.WasSlow, Failure = position.Failure,
        };
        position.Write(environment.StateDirectory, target);
        return position;
    }

    /// <summary>Changes that ended behind a position, in order, each with the position behind it.</summary>
    private IEnumerable<(ForwardedChange Change, ForwardPosition After)> Pending(JournalSnapshot snapshot, ForwardPosition position)
    {
        var ends = new List<(JournalLine End, ForwardPosition After)>();
        foreach (PlacedLine placed in snapshot.ReadForwards(position.File, position.End))
        {
            if (placed.Parse() is not { IsEnd: true } line) continue;
            ends.Add((line, After(placed, line, position.Target) with { BegunAt = position.BegunAt }));
        }
        string journal = ForwardedJournal.Of(snapshot);
        foreach ((JournalLine End, ForwardPosition After)[] some in ends.Chunk(100))
        {
            Dictionary<string, List<JournalLine>> changes = JournalSearch.Changes(snapshot, some.Select(s => s.End.Change).ToHashSet());
            foreach ((JournalLine end, ForwardPosition after) in some)
                yield return (new ForwardedChange(environment.Name, environment.StateDirectory, journal,
                    [.. changes[end.Change].TakeWhile(l => l.Sequence <= end.Sequence)]), after);
        }
    }

    private static ForwardPosition After(PlacedLine placed, JournalLine line, string target) => new()
    {
        Target = target, File = placed.File, Offset = placed.Offset, End = placed.End,
        Line = new JournalHead(line.Sequence, line.Hash).ToString(),
    };

    private Task SendOneAsync(ForwardTarget target, ForwardedChange change, TimeSpan longest, CancellationToken token) => target.Kind switch
    {
        ForwardKind.Store => StoreSender.SendAsync(openStore(target.Store!), change, token),
        ForwardKind.Webhook => Webhook(target, longest).SendAsync(Encoding.UTF8.GetString(change.ToJson()), "application/json", token),
        _ => SyslogSender.SendAsync(target, SyslogText.Write(change), token),
    };

    private HttpPost Webhook(ForwardTarget target, TimeSpan longest) =>
        new(target.Url!, target.Bearer, new Dictionary<string, SecretReference>(), longest, time);

    private void Say(ForwardTarget target, string why) =>
        reporter.Warning($"The journal could not be sent to {target}: {why.TrimEnd('.')}. "
        + "The change itself is as it is told; what was not sent is kept and goes with the next change.");
}
