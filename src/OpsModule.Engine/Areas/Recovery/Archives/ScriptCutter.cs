using System.Text;
using System.Text.RegularExpressions;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery.Archives;

/// <summary>
/// Cuts a script that pg_restore wrote with --verbose into its entries, by the comment above each. Strings, names and bodies of functions are
/// passed over whole, whatever they hold.
/// </summary>
internal static partial class ScriptCutter
{
    private sealed record Piece(ArchiveEntry? Entry, string Settings, StringBuilder Sql);

    /// <summary>Cuts.</summary>
    /// <exception cref="OpsException"><c>ArchiveUnreadable</c> when it names an entry that the archive does not have.</exception>
    public static PartedScript Cut(string script, ArchiveHeader header)
    {
        Dictionary<int, ArchiveEntry> entries = header.Entries.ToDictionary(e => e.DumpId);
        var pieces = new List<Piece> { new(null, "", new StringBuilder()) };
        int copied = 0, settings = -1;
        bool begins = true;
        for (int at = 0; at < script.Length;)
        {
            bool line = at == 0 || script[at - 1] == '\n';
            if (line && EntryHead().Match(script, at) is { Success: true } head)
            {
                // Settings for an entry stand above its head, at the end of the one before.
                int end = settings >= 0 ? settings : at;
                pieces[^1].Sql.Append(script, copied, end - copied);
                if (!entries.TryGetValue(int.Parse(head.Groups[1].ValueSpan), out ArchiveEntry? entry)) throw Unreadable("pg_restore named an unknown entry");
                pieces.Add(new Piece(entry, script[end..at], new StringBuilder()));
                (copied, settings, begins) = (at, -1, true);
                at += head.Length;
            }
            else if (line && Unrestrict().Match(script, at) is { Success: true } unrestrict)
            {
                // Newer scripts forbid psql's own commands by \restrict and allow them again at the end; as the parts are put together anew,
                // the end is left out and they stay forbidden.
                pieces[^1].Sql.Append(script, copied, at - copied);
                at = copied = at + unrestrict.Length;
            }
            else
            {
                int end = SqlTokens.EndOf(script, at);
                if (begins && !char.IsWhiteSpace(script[at]) && script[at] != '-')
                {
                    bool setting = string.CompareOrdinal(script, at, "SET default_", 0, "SET default_".Length) == 0;
                    settings = !setting ? -1 : settings >= 0 ? settings : at;
                    begins = false;
                }
                if (script[at] == ';') begins = true;
                at = end;
            }
        }
        pieces[^1].Sql.Append(script, copied, script.Length - copied);
        return new PartedScript(pieces[0].Sql.ToString(), [.. pieces.Skip(1).Select(p => new ScriptPart(p.Entry!, p.Settings, p.Sql.ToString()))]);
    }

    /// <summary>The error for a script that cannot be used.</summary>
    public static OpsException Unreadable(string why) => new("ArchiveUnreadable", OpsErrorCategory.InvalidData,
        $"The script that pg_restore wrote of the archive cannot be used: {why}.", "Check the backup with Test-OpsBackup -Level Structure.");

    [GeneratedRegex(@"\G--\n-- TOC entry (\d+) \(class \d+ OID \d+\)\n")]
    private static partial Regex EntryHead();

    [GeneratedRegex(@"\G\\unrestrict \S+\n")]
    private static partial Regex Unrestrict();
}
