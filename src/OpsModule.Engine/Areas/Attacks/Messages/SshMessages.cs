using System.Text.RegularExpressions;
using OpsModule.Engine.Areas.Attacks.Formats;

namespace OpsModule.Engine.Areas.Attacks.Messages;

/// <summary>
/// Messages of sshd. The name of the user stands before the address and may be anything, the text of a disconnect behind it: which of several addresses is
/// sshd's own is told by the kind of message.
/// </summary>
internal static partial class SshMessages
{
    /// <summary>True for a message of sshd, with or without an address that counts.</summary>
    public static bool TryFind(string text, int message, out Range found)
    {
        found = default;
        if (!Known().IsMatch(text, message)) return false;
        // What is told behind the colon is the client's: another one's name, or all of such an end.
        if (AfterProtocol().IsMatch(text, message)) { found = Only(text, message); return true; }
        if (AddressFirst().Match(text, message) is { Success: true } first) found = Place(text, first);
        else if (AddressLast().Match(text, message) is { Success: true } last) found = Place(text, last);
        else if (Mapped().Match(text, message) is { Success: true } mapped) found = Place(text, mapped);
        else found = Only(text, message);
        return true;
    }

    /// <summary>Another form: when there is one address in it.</summary>
    private static Range Only(string text, int message)
    {
        var addresses = new FoundAddresses(text);
        foreach (Match match in Anywhere().Matches(text, message)) addresses.Add(match.Groups["a"].Index, match.Groups["a"].Length);
        return addresses.Only;
    }

    private static Range Place(string text, Match match) => FoundAddresses.Read(text, match.Groups["a"].Index, match.Groups["a"].Length);

    [GeneratedRegex(@"\G(error: |fatal: )?(PAM: |Failed (password|none|publickey|hostbased|keyboard-interactive\S*|gssapi\S*|challenge-response) for |Postponed \S+ for |Accepted \S+ for |Partial \S+ for |Invalid user |Illegal user |User .* from |Connection (from|closed by|reset by) |Disconnected from |Disconnecting |Received disconnect from |Bad protocol version |Protocol major versions |Unable to negotiate |Did not receive identification |banner exchange: |ssh_dispatch_run_fatal: |maximum authentication attempts |kex_|reverse mapping checking |Address \S+ maps to |Nasty PTR |Login attempt by |ROOT LOGIN REFUSED|refused connect from )", RegexOptions.CultureInvariant)]
    private static partial Regex Known();

    /// <summary>The address follows at once; what a client says comes behind it.</summary>
    [GeneratedRegex(@"\G(error: |fatal: )?(Received disconnect from|Connection from|Connection closed by|Connection reset by|Disconnected from|Protocol major versions differ for|Unable to negotiate with|banner exchange: Connection from|ssh_dispatch_run_fatal: Connection from|Did not receive identification string from|Address|refused connect from \S+ \(|refused connect from) ?(?<a>[0-9][0-9A-Fa-f:.]*|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+?)(?=[\s):]|$)", RegexOptions.CultureInvariant)]
    private static partial Regex AddressFirst();

    /// <summary>The address is the last thing, but for what sshd itself says.</summary>
    [GeneratedRegex(@"\G.*( from | )(?<a>\S+)( port \d+)( ssh\d?(: [\w-]+ \S+)?)?(: Too many authentication failures( for \S+)?)?( \[preauth\])?\s*$|\G.* from (?<a>\S+)( ssh\d?)?( not allowed because [\w ,.'-]+)?( \[preauth\])?\s*$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex AddressLast();

    [GeneratedRegex(@"\GFailed \S+ for .* from \S+ port \d+ ssh\d?: .*\bfrom ", RegexOptions.CultureInvariant)]
    private static partial Regex AfterProtocol();

    [GeneratedRegex(@"\Greverse mapping checking getaddrinfo for \S+ \[(?<a>[^\]\s]+)\] failed", RegexOptions.CultureInvariant)]
    private static partial Regex Mapped();

    [GeneratedRegex(@" (?<a>[0-9A-Fa-f]*[:.][0-9A-Fa-f:.]*[0-9A-Fa-f])(?=[\s)\]:]|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Anywhere();
}
