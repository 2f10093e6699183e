using System.Net;
using OpsModule.Engine.Attacks.Rules;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Attacks.Allowing;

/// <summary>
/// Lets matches pass that are known to be none of an attacker's, and counts what each entry suppressed. Not for several threads at once.
/// </summary>
public sealed class AllowList
{
    private const int MaxBytes = 1024 * 1024;

    private static readonly ScalarShape Text = new(ScalarKind.Text, "a text in which * stands for any characters");

    /// <summary>Every key that a file may hold.</summary>
    internal static SectionShape Shape { get; } = new(new Setting("allow", new ListShape(new SectionShape(
        new Setting("address", new ScalarShape(ScalarKind.Text, "an address or a network, such as 203.0.113.0/24 or 2001:db8::/32"), "Addresses it must come from."),
        new Setting("path", Text, "Pattern of the request's path."),
        new Setting("agent", Text, "Pattern of the program that asked."),
        new Setting("rule", Text, "Pattern of the rule."),
        new Setting("reason", new ScalarShape(ScalarKind.Text, "a text"), "Why; for people."))), "What is let pass.", Required: true));

    private readonly (AllowEntry Entry, long[] Count)[] _entries;

    /// <summary>Makes a list.</summary>
    public AllowList(IEnumerable<AllowEntry> entries) => _entries = [.. entries.Distinct().Select(e => (e, new long[1]))];

    /// <summary>Its entries.</summary>
    public IEnumerable<AllowEntry> Entries => _entries.Select(e => e.Entry);

    /// <summary>Matches that it let pass.</summary>
    public long Suppressed { get; private set; }

    /// <summary>What each entry let pass, those with nothing left out; a match counts for the first entry that holds.</summary>
    public IReadOnlyList<AttackSuppression> Suppressions =>
        [.. _entries.Where(e => e.Count[0] > 0).Select(e => new AttackSuppression($"{e.Entry}", e.Count[0])).OrderByDescending(s => s.Count)];

    /// <summary>Reads the entries of a file: <c>allow:</c> with a list.</summary>
    /// <exception cref="OpsException"><c>AllowListInvalid</c> with place and expectation.</exception>
    public static IReadOnlyList<AllowEntry> ReadFile(string file)
    {
        string path = System.IO.Path.GetFullPath(file);
        var findings = new FindingList(path);
        var entries = new List<AllowEntry>();
        if (ShapedFile.Read(path, MaxBytes, Shape, "'allow:' with a list", findings)?["allow"] is YamlList list)
            foreach (YamlMap item in list.Items.OfType<YamlMap>()) entries.Add(Bind(item, findings));
        ShapedFile.ThrowOnError(path, findings.All, "AllowListInvalid");
        return entries;
    }

    /// <summary>True when a match is let pass; it is counted.</summary>
    public bool Allows(AttackMatch match)
    {
        IPAddress? address = null;
        if (IPAddress.TryParse(match.ClientAddress, out IPAddress? parsed)) address = parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed;
        foreach ((AllowEntry entry, long[] count) in _entries)
        {
            if (!entry.Allows(match, address)) continue;
            count[0]++;
            Suppressed++;
            return true;
        }
        return false;
    }

    /// <summary>True when an address is on the list by itself, whatever it does.</summary>
    public bool Contains(IPAddress address) =>
        _entries.Any(e => e.Entry is { Network: { } network, Path: null, Agent: null, Rule: null } && network.Contains(address));

    private static AllowEntry Bind(YamlMap item, FindingList findings)
    {
        IPNetwork? network = item.Text("address") is { } text ? AllowEntry.ParseNetwork(text) : null;
        if (item.Text("address") is not null && network is null)
            findings.Error("AddressInvalid", item["address"], "address", $"'{item.Text("address")}' is no address.", "an address or a network, such as 203.0.113.0/24 or 2001:db8::/32");
        var entry = new AllowEntry(network, item.Text("path"), item.Text("agent"), item.Text("rule"));
        // An entry that names nothing would let everything pass.
        if (item.Text("address") is null && entry == new AllowEntry())
            findings.Error("EntryEmpty", item, "allow", "The entry says nothing of what is let pass.", "address, path, agent or rule");
        return entry;
    }
}
