using System.Text.RegularExpressions;
using OpsModule.Engine.Areas.Attacks.Formats;

namespace OpsModule.Engine.Areas.Attacks.Messages;

/// <summary>The address of a client in a message of a program that is not known.</summary>
internal static partial class LooseAddress
{
    /// <summary>
    /// Where it stands: the message begins with it, or it is the only one behind such a word, outside of quotation marks.
    /// </summary>
    public static Range Find(string text, int message)
    {
        if (message < text.Length && Leading(text, message) is var leading && !leading.Equals(default(Range))) return leading;
        // Behind a question mark of an address of a page stands what a client has written.
        int query = text.IndexOf('?', StringComparison.Ordinal);
        if (query > 0 && text.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash && slash < query) text = text[..query];
        string open = WithoutQuoted(text);
        var addresses = new FoundAddresses(text);
        foreach (Match match in Behind().Matches(open, Math.Clamp(message - 1, 0, open.Length)))
        {
            Group group = match.Groups["a"];
            int length = group.Length;
            while (length > 0 && open[group.Index + length - 1] is '.' or ':') length--;
            if (!FoundAddresses.Read(text, group.Index, length).Equals(default(Range))) addresses.Add(group.Index, length);
        }
        return addresses.IsEmpty ? default : addresses.Only;
    }

    /// <summary>The address that a message begins with.</summary>
    private static Range Leading(string text, int message)
    {
        int start = message;
        while (start < text.Length && text[start] is '(' or '<') start++;
        // Names of users stand in brackets, too; only an address of IPv6 needs them.
        if (start < text.Length && text[start] == '[' && text.IndexOf(']', start) is > 0 and var close
            && !text.AsSpan(start, close - start).Contains(':')) return default;
        int end = start;
        while (end < text.Length && !char.IsWhiteSpace(text[end]) && text[end] is not (',' or ';' or ')' or '>' or '|')) end++;
        return FoundAddresses.Read(text, start, end > start && text[end - 1] == ':' ? end - start - 1 : end - start);
    }

    /// <summary>
    /// The text in which what is quoted is blank, but for a quoted address; behind a quotation mark without a second one all is.
    /// </summary>
    private static string WithoutQuoted(string text)
    {
        if (text.AsSpan().IndexOfAny('"', '\'') < 0) return text;
        char[] open = text.ToCharArray();
        for (int i = 0; i < open.Length; i++)
        {
            char quote = text[i];
            if (quote is not ('"' or '\'') || (quote == '\'' && i > 0 && (char.IsLetterOrDigit(text[i - 1])
                || text[i - 1] == '\\'))) continue;
            int end = Closing(text, i);
            int stop = end < 0 ? text.Length : end;
            bool address = end > 0 && !FoundAddresses.Read(text, i + 1, stop - i - 1).Equals(default(Range));
            if (end < 0 && quote == '\'') continue; // an apostrophe
            if (!address) open.AsSpan(i + 1, stop - i - 1).Fill('\u0001');
            i = stop;
        }
        return new string(open);
    }

    /// <summary>The mark that ends what a mark begins; of a single one only where a word ends with it.</summary>
    private static int Closing(string text, int from)
    {
        for (int i = from + 1; i < text.Length; i++)
        {
            if (text[i] == '\\') { i++; continue; }
            if (text[i] == text[from] && (text[from] == '"' || i + 1 == text.Length || !char.IsLetterOrDigit(text[i + 1]))) return i;
        }
        return -1;
    }

    [GeneratedRegex(@"(^|[\s(\[,;:|])((?i:from|by|client|ip|addr|address|peer|remote|rhost|rip|src|source|attacker|ipaddr|remote[_ ]?(ip|addr|address|host)|client[_ ]?(ip|addr|address))( ?[=:] ?| )|(?i:exceeded|limit|limited|throttled|banned|blocked|ban)( for)?:? )[""'<(\[]?(?<a>[0-9A-Fa-f]*[:.][0-9A-Fa-f:.]*)(?![\w%/@-])|(^|\s)[\w.-]*\[(?<a>[0-9A-Fa-f:.]+)\](?![\w/@-])", RegexOptions.CultureInvariant)]
    private static partial Regex Behind();
}
