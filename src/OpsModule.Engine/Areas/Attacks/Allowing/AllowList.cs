using System.Net;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Attacks.Allowing;

/// <summary>
/// Lets matches pass that are known to be none of an attacker's, and counts what each entry suppressed. Not for several threads at once.
/// </summary>
public sealed class AllowList
{
    private sealed class Use(AllowEntry entry)
    {
        public AllowEntry Entry { get; } = entry;
        public long Count, Ended;
        public DateTimeOffset? First, Last;

        public void Add(DateTimeOffset? time)
        {
            Count++;
            if (time is null) return;
            if (First is null || time < First) First = time;
            if (Last is null || time > Last) Last = time;
        }

        public AttackSuppression Made(long count) => new($"{Entry}", count) { FirstTime = First, LastTime = Last, Reason = Entry.Reason };
    }

    private readonly Use[] _entries;
    private readonly AllowIndex _index;
    private readonly TimeProvider _time;

    /// <summary>Makes a list.</summary>
    /// <param name="entries">Its entries.</param>
    /// <param name="time">The clock, for entries that end and matches without a time; null for the system's.</param>
    public AllowList(IEnumerable<AllowEntry> entries, TimeProvider? time = null)
    {
        _entries = [.. entries.Distinct().Select(e => new Use(e))];
        _index = new AllowIndex([.. _entries.Select(e => e.Entry)]);
        _time = time ?? TimeProvider.System;
    }

    /// <summary>Its entries.</summary>
    public IEnumerable<AllowEntry> Entries => _entries.Select(e => e.Entry);

    /// <summary>Matches that it let pass.</summary>
    public long Suppressed { get; private set; }

    /// <summary>What each entry let pass, those with nothing left out; a match counts for the first entry that holds.</summary>
    public IReadOnlyList<AttackSuppression> Suppressions => (AttackSuppression[])[.. _entries.Where(e => e.Count > 0).Select(e => e.Made(e.Count)).OrderByDescending(s => s.Count)];

    /// <summary>Entries that let nothing pass and would not have before they ended either: perhaps a mistake, perhaps of no use any more.</summary>
    public IReadOnlyList<string> Unused => (string[])[.. _entries.Where(e => e.Count == 0 && e.Ended == 0).Select(e => $"{e.Entry}")];

    /// <summary>Reads the entries of a file: <c>allow:</c> with a list.</summary>
    /// <exception cref="OpsException"><c>AllowListInvalid</c> with place and expectation.</exception>
    public static IReadOnlyList<AllowEntry> ReadFile(string file) => AllowFile.Read(file);

    /// <summary>The entry that lets a match pass; null when none does. It is counted.</summary>
    public string? Find(AttackMatch match)
    {
        IPAddress? address = Blocking.HostAddress.Parse(match.ClientAddress);
        foreach (int at in _index.Of(address))
        {
            Use use = _entries[at];
            if (!use.Entry.Allows(match, address)) continue;
            // What was right at its time stays right when an old log is read.
            if (use.Entry.Until <= (match.Time ?? _time.GetUtcNow())) { use.Ended++; continue; }
            use.Add(match.Time);
            Suppressed++;
            return $"{use.Entry}";
        }
        return null;
    }

    /// <summary>True when a match is let pass; it is counted.</summary>
    public bool Allows(AttackMatch match) => Find(match) is not null;

    /// <summary>True when an address is on the list by itself, whatever it does.</summary>
    public bool Contains(IPAddress address) =>
        _index.Of(address).Select(i => _entries[i]).Any(e => e.Entry is { Network: { } network, Path: null, Agent: null, Rule: null,
            Category: null } entry && network.Contains(address) && !(entry.Until <= _time.GetUtcNow()));

    /// <summary>Tells what was let pass, and which entries did nothing or have ended.</summary>
    public void Tell(IOpsReporter reporter)
    {
        if (Suppressed > 0) reporter.Verbose(FormattableString.Invariant($"The allow-list let {Suppressed:N0} {(Suppressed == 1 ? "match" : "matches")} pass: {string.Join("; ", Suppressions.Select(s => s.Words))}."));
        if (Unused is { Count: > 0 } unused) reporter.Verbose($"These entries of the allow-list let nothing pass: {string.Join("; ", unused)}.");
        foreach (Use use in _entries.Where(e => e.Ended > 0))
            reporter.Warning(FormattableString.Invariant($"The entry {use.Entry} of the allow-list ended at {use.Entry.Until:yyyy-MM-dd HH:mm}Z: {use.Ended:N0} {(use.Ended == 1 ? "match" : "matches")} that it let pass before were not let pass any more. Renew it, or take it out."));
    }
}
