using System.Text.RegularExpressions;
using OpsModule.Engine.Areas.Attacks.Formats;

namespace OpsModule.Engine.Areas.Attacks.Messages;

/// <summary>Messages about logins: PAM, databases, mail and telephone servers. Names of users stand in them as they were typed.</summary>
internal static partial class LoginMessages
{
    /// <summary>True for a message that is known, with or without an address that counts.</summary>
    public static bool TryFind(string text, int message, out Range found)
    {
        found = default;
        if (text.Contains("rhost=", StringComparison.Ordinal)) found = OfPam(text);
        else if (Postgres().Match(text) is { Success: true } severity) found = OfPostgres(text, severity);
        else if (text.Contains("Access denied for user '", StringComparison.Ordinal)) found = Last(MySql(), text);
        else if (FtpFailure().Match(text, message) is { Success: true } failure) found = Place(text, failure);
        else if (text.Contains("tr=\"TCP|", StringComparison.Ordinal)) found = Place(text, TcpTrail().Match(text));
        else if (AsteriskHead().IsMatch(text)) found = OfAsterisk(text);
        else if (Webmail().Match(text) is { Success: true } mail) found = OfWebmail(text, mail);
        else if (text.Contains(", lip=", StringComparison.Ordinal)) found = Last(Dovecot(), text);
        else if (Postfix().Match(text) is { Success: true } postfix) found = Place(text, postfix);
        else if (ProFtp().Match(text) is { Success: true } proftp) found = Place(text, proftp);
        else if (Ftp().Match(text, message) is { Success: true } ftp) found = Place(text, ftp);
        else return false;
        return true;
    }

    /// <summary>The names before and behind may hold the same word: the line must be what PAM writes as a whole, or there must be one only.</summary>
    private static Range OfPam(string text)
    {
        if (Pam().Match(text) is { Success: true } whole) return Place(text, whole);
        var addresses = new FoundAddresses(text);
        foreach (Match match in RemoteHost().Matches(text)) addresses.Add(match.Groups["a"].Index, match.Groups["a"].Length);
        return addresses.Only;
    }

    /// <summary>
    /// What stands behind the severity is about what a client sent, but for two messages. What stands before it is as log_line_prefix says: there an
    /// address needs a name before it, and must not be a part of a user's or a database's name, which the message then repeats.
    /// </summary>
    private static Range OfPostgres(string text, Match severity)
    {
        if (PostgresHost().Match(text, severity.Index) is { Success: true } host) return Place(text, host);
        string prefix = text[..severity.Index], rest = text[severity.Index..];
        var addresses = new FoundAddresses(text);
        foreach (Match match in PostgresPrefix().Matches(prefix))
        {
            if (rest.Contains(match.Groups["a"].Value, StringComparison.Ordinal)) return default;
            addresses.Add(match.Groups["a"].Index, match.Groups["a"].Length);
        }
        return addresses.Only;
    }

    private static Range OfAsterisk(string text)
    {
        if (AsteriskCall().Match(text) is { Success: true } call) return Place(text, call);
        if (AsteriskHost().Match(text) is { Success: true } host) return Place(text, host);
        var addresses = new FoundAddresses(text);
        foreach (Match match in AsteriskPeer().Matches(text)) addresses.Add(match.Groups["a"].Index, match.Groups["a"].Length);
        // The caller's own id stands behind the address in some; the caller's name stands before it in all.
        return addresses.AreSeveral && !text.Contains("callid", StringComparison.Ordinal) && !text.Contains("RemoteAddress=", StringComparison.Ordinal) ? Last(AsteriskPeer(), text) : addresses.Only;
    }

    /// <summary>The last one, where what follows is the server's own: not where the headers of the request follow, and hold the same words.</summary>
    private static Range OfWebmail(string text, Match mail)
    {
        // The name comes again behind what the server said.
        int said = text.IndexOf(". AUTHENTICATE ", mail.Index, StringComparison.Ordinal);
        if (said >= 0 && text.IndexOf(". AUTHENTICATE ", said + 1, StringComparison.Ordinal) >= 0) return default;
        if (said >= 0) text = text[..(said + 1)];
        int headers = text.IndexOf("(X-", mail.Index, StringComparison.Ordinal);
        if (headers >= 0 && (text.IndexOf("(X-Real-IP", headers + 1, StringComparison.Ordinal) >= 0 || text.IndexOf(" from ", headers, StringComparison.Ordinal) >= 0)) return default;
        return Last(WebmailFrom(), headers < 0 ? text : text[..headers]);
    }

    private static Range Last(Regex regex, string text)
    {
        Match? last = null;
        foreach (Match match in regex.Matches(text)) last = match;
        return last is null ? default : Place(text, last);
    }

    private static Range Place(string text, Match match) => match.Success ? FoundAddresses.Read(text, match.Groups["a"].Index, match.Groups["a"].Length) : default;

    [GeneratedRegex(@" ruser=\S* rhost=(?<a>\S+)(\s+user=\S*)?\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Pam();

    [GeneratedRegex(@"rhost=(?<a>\S*)", RegexOptions.CultureInvariant)]
    private static partial Regex RemoteHost();

    [GeneratedRegex(@"\b(FATAL|ERROR|LOG|WARNING|PANIC|NOTICE|DETAIL|HINT|STATEMENT|CONTEXT):  (?=\S)", RegexOptions.CultureInvariant)]
    private static partial Regex Postgres();

    [GeneratedRegex(@"\G(LOG:  connection received: host=(?<a>\S+)( port=\d+)?\s*$|FATAL:  (no pg_hba\.conf entry|pg_hba\.conf rejects connection) for (replication connection from )?host ""(?<a>[^""]*)"")", RegexOptions.CultureInvariant)]
    private static partial Regex PostgresHost();

    [GeneratedRegex(@"\b(client|host|remote|addr|ip|h|r)=(?<a>[0-9A-Fa-f:.]+)(?=[\s(,\]]|$)", RegexOptions.CultureInvariant)]
    private static partial Regex PostgresPrefix();

    [GeneratedRegex(@"'@'(?<a>[^']*)' \(using password", RegexOptions.CultureInvariant)]
    private static partial Regex MySql();

    /// <summary>Transport, own address, own port, the other's address.</summary>
    [GeneratedRegex(@"tr=""TCP\|[^|""]*\|\d+\|(?<a>[^|""]+)\|\d+""", RegexOptions.CultureInvariant)]
    private static partial Regex TcpTrail();

    [GeneratedRegex(@"\b(NOTICE|WARNING|SECURITY|ERROR|VERBOSE)\[\d+\](\[C-\w+\])?:? ", RegexOptions.CultureInvariant)]
    private static partial Regex AsteriskHead();

    [GeneratedRegex(@"Call from '[^']*' \((?<a>[0-9A-Fa-f:.]+)\) to extension ", RegexOptions.CultureInvariant)]
    private static partial Regex AsteriskCall();

    [GeneratedRegex(@"\]:? (\S+\.c: |\S+\.c:\d+ \w+: )?(\w+: )?Host (?<a>[0-9A-Fa-f:.]+) (failed|denied)", RegexOptions.CultureInvariant)]
    private static partial Regex AsteriskHost();

    [GeneratedRegex(@"( failed for |hacking attempt detected )'(?<a>[^']*)'|RemoteAddress=""IPV[46]/\w+/(?<a>[^/""]+)/", RegexOptions.CultureInvariant)]
    private static partial Regex AsteriskPeer();

    [GeneratedRegex(@"\b(Login failed|Failed login|FAILED login|Successful login) for ", RegexOptions.CultureInvariant)]
    private static partial Regex Webmail();

    [GeneratedRegex(@" from (?<a>[0-9A-Fa-f:.]*[0-9A-Fa-f])(?=\. |\.?$|,|\(| in session| at )", RegexOptions.CultureInvariant)]
    private static partial Regex WebmailFrom();

    [GeneratedRegex(@"\brip=(?<a>[0-9A-Fa-f:.]+), lip=", RegexOptions.CultureInvariant)]
    private static partial Regex Dovecot();

    [GeneratedRegex(@"\bpostfix\S*\[\d+\]: .*?[ =][\w.-]+\[(?<a>[0-9A-Fa-f:.]+)\](?=[:;,\s]|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Postfix();

    [GeneratedRegex(@"^[^(""]*\bproftpd\[\d+\]:? \S+ \([^()\[\]]*\[(?<a>[0-9A-Fa-f:.]+)\]\)[: ]", RegexOptions.CultureInvariant)]
    private static partial Regex ProFtp();

    /// <summary>Before it stands the name, which may be an address.</summary>
    [GeneratedRegex(@"\G(\[.*\] )?FAIL LOGIN: Client ""(?<a>[^""]*)""\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex FtpFailure();

    [GeneratedRegex(@"\G(\S+ )?\(\S*[@\[](?<a>[0-9A-Fa-f:.]+)\]?\)", RegexOptions.CultureInvariant)]
    private static partial Regex Ftp();
}
