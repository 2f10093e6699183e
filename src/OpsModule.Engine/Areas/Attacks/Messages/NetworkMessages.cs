using System.Text.RegularExpressions;
using OpsModule.Engine.Areas.Attacks.Formats;

namespace OpsModule.Engine.Areas.Attacks.Messages;

/// <summary>Messages of web servers, proxies, firewalls and name servers.</summary>
internal static partial class NetworkMessages
{
    /// <summary>True for a message that is known, with or without an address that counts.</summary>
    public static bool TryFind(string text, int message, out Range found)
    {
        found = default;
        if (NginxError().IsMatch(text)) found = OfNginx(text);
        else if (ApacheError().Match(text) is { Success: true } apache) found = OfApache(text, apache);
        else if (First(NginxProxyManager(), text) is { Success: true } proxied) found = Place(text, proxied);
        else if (First(LoadBalancer(), text) is { Success: true } balanced) found = Place(text, balanced);
        else if (First(Bucket(), text) is { Success: true } bucket) found = Place(text, bucket);
        else if (First(Mesh(), text) is { Success: true } mesh) found = Place(text, mesh);
        else if (First(Rails(), text) is { Success: true } rails && text.AsSpan(rails.Index + rails.Length).IndexOf('"') < 0) found = Place(text, rails);
        else if (First(Packet(), text) is { Success: true } packet) found = Place(text, packet);
        else if (Named().Match(text, message) is { Success: true } named) found = Place(text, named);
        else return false;
        return true;
    }

    /// <summary>
    /// <c>message, client: A, server: S, request: "..."</c>: a path in the message and the request behind it are the client's words, which may hold the same
    /// form. The first counts where nothing of a client stands before it.
    /// </summary>
    private static Range OfNginx(string text)
    {
        var addresses = new FoundAddresses(text);
        int first = -1;
        foreach (Match match in NginxClient().Matches(text))
        {
            if (first < 0) first = match.Index;
            addresses.Add(match.Groups["a"].Index, match.Groups["a"].Length);
        }
        if (!addresses.AreSeveral || text.AsSpan(0, first).IndexOf('"') >= 0) return addresses.Only;
        Group only = NginxClient().Match(text).Groups["a"];
        return FoundAddresses.Read(text, only.Index, only.Length);
    }

    /// <summary>Apache writes a port behind an address of IPv6 without brackets, since it writes the process, too.</summary>
    private static Range OfApache(string text, Match match)
    {
        Group address = match.Groups["a"];
        int length = address.Length;
        if (match.Value.Contains("[pid ", StringComparison.Ordinal) && address.Value.Count(c => c == ':') > 1) length = address.Value.LastIndexOf(':');
        return FoundAddresses.Read(text, address.Index, length);
    }

    private static Match First(Regex regex, string text) => regex.Match(text);

    private static Range Place(string text, Match match) => FoundAddresses.Read(text, match.Groups["a"].Index, match.Groups["a"].Length);

    [GeneratedRegex(@"^[^""]{0,120}\[\w+\] \d+#\d+: ", RegexOptions.CultureInvariant)]
    private static partial Regex NginxError();

    [GeneratedRegex(@", client: (?<a>[^,""]*)(, server: |$)", RegexOptions.CultureInvariant)]
    private static partial Regex NginxClient();

    [GeneratedRegex(@"^[^\[""]{0,120}(\[[^\]""]*\] ?)+?\[client (?<a>[^\]]*)\]", RegexOptions.CultureInvariant)]
    private static partial Regex ApacheError();

    [GeneratedRegex(@"^\[[^\]]+\] .{0,20}\d{3} - \w+ \w+ \S+ ""[^""]*"" \[Client (?<a>[^\]]*)\] \[Length ", RegexOptions.CultureInvariant)]
    private static partial Regex NginxProxyManager();

    /// <summary>ELB and ALB.</summary>
    [GeneratedRegex(@"^(\w+ )?\d{4}-\d\d-\d\dT[\d:.]+Z \S+ (?<a>[0-9A-Fa-f:.\[\]]+) ([0-9A-Fa-f:.\[\]]+|-) -?[\d.]+ -?[\d.]+ -?[\d.]+ ", RegexOptions.CultureInvariant)]
    private static partial Regex LoadBalancer();

    /// <summary>S3: owner, bucket, time, address.</summary>
    [GeneratedRegex(@"^\S+ \S+ \[\d\d/\w{3}/\d{4}:[\d:]+ [+-]\d{4}\] (?<a>[0-9A-Fa-f:.]+) \S+ \S+ [A-Z]+\.", RegexOptions.CultureInvariant)]
    private static partial Regex Bucket();

    /// <summary>Envoy in a mesh: upstream's local address, our own, the client's, and two names without blanks.</summary>
    [GeneratedRegex(@"^\[[^\]""]+\] "".* [0-9.:\[\]a-fA-F-]+ [0-9.:\[\]a-fA-F]+:\d+ (?<a>[0-9.:\[\]a-fA-F]+:\d+) [^\s""]+ [^\s""]+$", RegexOptions.CultureInvariant)]
    private static partial Regex Mesh();

    [GeneratedRegex(@"Started [A-Z]+ "".*"" for (?<a>[0-9A-Fa-f:.]+) at \d{4}-", RegexOptions.CultureInvariant)]
    private static partial Regex Rails();

    /// <summary>Netfilter: the packet's source stands before all that came with it.</summary>
    [GeneratedRegex(@"^[^""]*?\bIN=\S* OUT=\S*( MAC=\S*)? SRC=(?<a>[0-9A-Fa-f:.]+) DST=", RegexOptions.CultureInvariant)]
    private static partial Regex Packet();

    [GeneratedRegex(@"\G(\w+: )*client (@0x[0-9a-f]+ )?(?<a>[0-9A-Fa-f:.]+)#\d+", RegexOptions.CultureInvariant)]
    private static partial Regex Named();
}
