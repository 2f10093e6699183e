using System.Text.RegularExpressions;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery.Archives;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>
/// Writes entries of an archive so that the server refuses one of them without ending the transaction that they are in, and hears what it
/// says. For scripts that must be one transaction; others are run by <see cref="IncompleteScript"/>.
/// </summary>
internal sealed partial class SparingScript
{
    private static readonly string States = string.Join(", ", SparedObjects.OfTheServer.Select(s => $"'{s}'"));

    private readonly SparedObjects _objects = new();
    private readonly List<ScriptPart> _parts = [];
    private readonly HashSet<int> _wrapped = [];
    // Nothing in a backup can know it and pretend.
    private readonly string _mark = "ops-" + Guid.NewGuid().ToString("N");
    private OpsException? _failure;

    /// <summary>The SQL of an entry.</summary>
    public string Write(ScriptPart part)
    {
        bool spare = SparedObjects.Follows(part) ? part.Entry.Dependencies.Any(_wrapped.Contains) : SparedObjects.CanWait(part);
        return spare ? part.Settings + Wrap(part) : part.Sql;
    }

    /// <summary>Hears a line that psql wrote.</summary>
    public void Hear(string line)
    {
        // The word before it is in the server's language.
        int at = line.IndexOf(_mark, StringComparison.Ordinal);
        if (at < 0 || LeftOut().Match(line[at..]) is not { Success: true } refusal) return;
        ScriptPart part = _parts[int.Parse(refusal.Groups["part"].ValueSpan)];
        (string state, string text) = (refusal.Groups["state"].Value, refusal.Groups["text"].Value.Trim());
        if (!_objects.Excuses(part, state, text)) _failure ??= SparedObjects.Failure(part, state, text, part.Entry.Tag);
    }

    /// <summary>What the server refused.</summary>
    /// <exception cref="OpsException"><c>RestoreFailed</c> when one of them cannot be left out.</exception>
    public IReadOnlyList<NotRestoredObject> Refused() => _failure is null ? _objects.Refused : throw _failure;

    private string Wrap(ScriptPart part)
    {
        _wrapped.Add(part.Entry.DumpId);
        _parts.Add(part);
        string outer = "$ops_" + Guid.NewGuid().ToString("N") + "$", inner = "$ops_" + Guid.NewGuid().ToString("N") + "$";
        return $"""
            DO {outer} BEGIN EXECUTE {inner}{part.Body}{inner};
            EXCEPTION WHEN OTHERS THEN
              IF pg_catalog.left(SQLSTATE, 2) IN ({States}) THEN RAISE; END IF;
              RAISE WARNING '{_mark} % % %', {_parts.Count - 1}, SQLSTATE, SQLERRM;
            END {outer};

            """;
    }

    [GeneratedRegex(@"^ops-[0-9a-f]{32} (?<part>\d+) (?<state>[0-9A-Z]{5}) (?<text>.*)$")]
    private static partial Regex LeftOut();
}
