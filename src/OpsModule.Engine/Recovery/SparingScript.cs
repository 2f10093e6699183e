using System.Text.RegularExpressions;

namespace OpsModule.Engine.Recovery;

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
    private OpsException? _failure;

    /// <summary>The SQL of an entry.</summary>
    public string Write(ScriptPart part)
    {
        if (!SparedObjects.CanWait(part) || (SparedObjects.Follows(part) && !part.Entry.Dependencies.Any(_wrapped.Contains))) return part.Sql;
        return part.Settings + Wrap(part);
    }

    /// <summary>Hears a line that psql wrote.</summary>
    public void Hear(string line)
    {
        if (LeftOut().Match(line) is not { Success: true } refusal) return;
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
              RAISE WARNING 'ops-left-out % % %', {_parts.Count - 1}, SQLSTATE, SQLERRM;
            END {outer};

            """;
    }

    [GeneratedRegex(@"WARNING:\s+(?:[0-9A-Z]{5}: )?ops-left-out (?<part>\d+) (?<state>[0-9A-Z]{5}) (?<text>.*)$")]
    private static partial Regex LeftOut();
}
