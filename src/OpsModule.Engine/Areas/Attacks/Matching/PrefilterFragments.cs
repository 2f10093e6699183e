using System.Text;
using OpsModule.Engine.Areas.Attacks.Rules;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>
/// What must stand in a line, as written, before it is worth decoding: a fragment of a rule's own literals where the attack is written
/// plainly, or a sign that something is written otherwise.
/// </summary>
internal static class PrefilterFragments
{
    /// <summary>
    /// Signs of a disguise. Percent signs before letters, digits and those characters that attacks need; browsers encode none of the former,
    /// and the latter are rare in what people type.
    /// </summary>
    private static readonly string[] Disguises =
    [
        "%0", "%1", "%22", "%24", "%25", "%26", "%27", "%2e", "%3b", "%3c", "%3e", "%40%40", "%4", "%5c", "%6", "%7", "%80", "%a0", "%b", "%c0", "%c1",
        "%e0%80", "%f0%80", "%f8", "%fc", "%ef%bc", "%e2%80", "%u", "%%", "\\u0", "\\u2", "\\uf", "\\x", "\\0", "&#", "&%23", "&lt", "&gt", "&quot", "&apos", "&amp;", "&colon",
        "&tab", "&newline", "&lpar", "/*", "0x2e", "0x2f", "0x5c", "(0x", "=0x", ",0x", "char(", "chr(", "'||'", "'+'", "${", "$ifs", "\\..", "..\\", "//..", "/./", "\u2019 ", "\u2032 ",
    ];

    /// <summary>What base64 makes of the beginnings of attacks, at each of its three offsets.</summary>
    private static readonly string[] Base64Beginnings = ["../../", "..\\..\\", "/etc/passwd", "<script", "<?php", "${jndi:", " union ",
        "/bin/sh", "/bin/bash", "bash -i", "<img ", "<svg",
        "' or '", "' OR '", "\" or \"", "' or 1=", "' OR 1=", " or 1=1", " OR 1=1", "union select", "UNION SELECT", "UNION ALL",
            "admin'--", "' AND '", "' and 1=", "SLEEP(", "sleep(",
        "; DROP TABLE", "ORDER BY ", "SELECT * FROM", "select * from", "information_schema", "cat /etc", "whoami", "; curl ", "; wget ",
            "alert(1", "onerror=", "javascript:", "{{7*7", "http://169.254"];

    public static IReadOnlyList<byte[]> Of(IEnumerable<AttackRule> rules)
    {
        var byTarget = rules.ToLookup(r => r.Target == RuleTarget.Line);
        IEnumerable<string> all = byTarget[true].SelectMany(r => r.Prefilter.Count > 0 ? r.Prefilter : r.Literals);
        if (byTarget[false].Any())
            all = all.Concat(byTarget[false].SelectMany(Plain)).Concat(Disguises).Concat(Base64Beginnings.SelectMany(InBase64))
                .Concat(QuotedCommands());
        return [.. all.Distinct().Select(Encoding.UTF8.GetBytes)];
    }

    private static IEnumerable<string> Plain(AttackRule rule) => (rule.Prefilter.Count > 0 ? rule.Prefilter : rule.Literals.SelectMany(Written)).SelectMany(Spelled);

    /// <summary>As it is; with the characters encoded that some clients encode in paths; with all that programs encode in the value of a parameter, or of a form.</summary>
    private static IEnumerable<string> Spelled(string fragment) =>
    [
        fragment, fragment.Replace("/", "%2f"), fragment.Replace("(", "%28"), Uri.EscapeDataString(fragment).ToLowerInvariant(), System.Net.WebUtility.UrlEncode(fragment).ToLowerInvariant(),
    ];

    /// <summary>A literal with a blank in it may stand in a URL with '+' or '%20' for it; other blanks are a disguise.</summary>
    private static IEnumerable<string> Written(string literal) =>
        literal.Trim().Contains(' ') || literal.Trim().Length < 4 ? new[] { literal, literal.Replace(' ', '+'), literal.Replace(" ", "%20") }.Distinct() : [literal.Trim()];

    /// <summary><c>;c''at</c>, <c>|w\hoami</c>: a separator, the first letter of a command, and what a shell takes out of words.</summary>
    private static IEnumerable<string> QuotedCommands() =>
        from separator in ";|&`" from letter in "cwlinpuebshd" from quote in "'\"\\" select $"{separator}{letter}{quote}";

    private static IEnumerable<string> InBase64(string text)
    {
        for (int before = 0; before < 3; before++)
        {
            byte[] bytes = [.. new byte[before], .. Encoding.ASCII.GetBytes(text)];
            string encoded = Convert.ToBase64String(bytes);
            // The first characters depend on what stands before, the last ones on what follows.
            int begin = before == 0 ? 0 : before + 1, end = bytes.Length * 8 / 6;
            if (end - begin >= 4) yield return encoded[begin..Math.Min(end, begin + 8)];
        }
    }
}
