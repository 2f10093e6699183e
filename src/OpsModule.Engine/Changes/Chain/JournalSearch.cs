using System.Text;
using System.Text.Json;

namespace OpsModule.Engine.Changes.Chain;

/// <summary>
/// Searches the journal from its end. Only lines that hold an id are taken apart, and none behind the beginning of what is looked for: what
/// happened lately is found at once, and the rest as fast as files are read.
/// </summary>
internal static class JournalSearch
{
    /// <summary>The lines of these changes in order, by change; those that the journal does not hold are not there.</summary>
    public static Dictionary<string, List<JournalLine>> Changes(JournalSnapshot snapshot, IReadOnlyCollection<string> ids)
    {
        var found = new Dictionary<string, List<JournalLine>>();
        foreach (JournalLine line in Holding(snapshot, ids))
        {
            if (!ids.Contains(line.Change)) continue;
            if (found.TryGetValue(line.Change, out List<JournalLine>? lines)) lines.Add(line);
            else found.Add(line.Change, [line]);
        }
        foreach (List<JournalLine> lines in found.Values) lines.Reverse();
        return found;
    }

    /// <summary>Changes that name one of these in their data; they came after it.</summary>
    /// <param name="snapshot">The journal.</param>
    /// <param name="key">Under which name.</param>
    /// <param name="ids">Which changes they name.</param>
    /// <returns>The lines of each in order, the oldest change first.</returns>
    public static IReadOnlyList<List<JournalLine>> Naming(JournalSnapshot snapshot, string key, IReadOnlyCollection<string> ids)
    {
        var naming = new HashSet<string>();
        foreach (JournalLine line in Holding(snapshot, ids))
            if (line.Data.TryGetValue(key, out string? id) && ids.Contains(id)) naming.Add(line.Change);
        return naming.Count == 0 ? [] : [.. Changes(snapshot, naming).Values.OrderBy(lines => lines[0].Sequence)];
    }

    /// <summary>
    /// The lines of each change, the newest first by its beginning. What is read of the journal is only as much as is asked for.
    /// </summary>
    /// <param name="snapshot">The journal.</param>
    /// <param name="isEnough">Whether no further changes are wanted.</param>
    /// <param name="damaged">Called for each line that is not as it was written.</param>
    public static IEnumerable<IReadOnlyList<JournalLine>> Backwards(JournalSnapshot snapshot, Func<bool> isEnough, Action damaged)
    {
        var begun = new Dictionary<string, List<JournalLine>>();
        byte[][]? words = null;
        foreach (PlacedLine placed in snapshot.ReadBackwards())
        {
            // Changes whose ends were seen began before; their beginnings are looked for, because one that has none would be newer.
            if (words is null && isEnough()) words = [.. begun.Keys.Select(Encoding.UTF8.GetBytes)];
            if (words is not null && begun.Count == 0) yield break;
            if (words is not null && !placed.Holds(words)) continue;
            JournalLine? line = placed.Parse();
            if (line is null && placed.Ended) damaged();
            if (line is null || line.Event is JournalEvent.Repaired) continue;
            if (!begun.TryGetValue(line.Change, out List<JournalLine>? lines))
            {
                if (words is not null) continue;
                begun.Add(line.Change, lines = []);
            }
            lines.Add(line);
            if (line.Event is not JournalEvent.Started) continue;
            begun.Remove(line.Change);
            lines.Reverse();
            yield return lines;
        }
        foreach (List<JournalLine> lines in begun.Values)
        {
            lines.Reverse();
            yield return lines;
        }
    }

    /// <summary>The lines of each change of a cmdlet, the newest first by its beginning; no other line is taken apart.</summary>
    public static IEnumerable<IReadOnlyList<JournalLine>> OfAction(JournalSnapshot snapshot, string action)
    {
        byte[][] word = [Encoding.UTF8.GetBytes(action)];
        var begun = new Dictionary<string, List<JournalLine>>();
        foreach (PlacedLine placed in snapshot.ReadBackwards())
        {
            if (!placed.Holds(word) || placed.Parse() is not { Event: not JournalEvent.Repaired } line || line.Action != action) continue;
            if (!begun.TryGetValue(line.Change, out List<JournalLine>? lines)) begun.Add(line.Change, lines = []);
            lines.Add(line);
            if (line.Event is not JournalEvent.Started) continue;
            begun.Remove(line.Change);
            lines.Reverse();
            yield return lines;
        }
    }

    /// <summary>The targets and actions of all lines; nothing is proven of them, they only say what a pattern may mean.</summary>
    public static (IReadOnlyCollection<string> Targets, IReadOnlyCollection<string> Actions) Names(JournalSnapshot snapshot)
    {
        HashSet<string> targets = [], actions = [];
        foreach (PlacedLine placed in snapshot.ReadForwards())
        {
            var json = new Utf8JsonReader(placed.Bytes.Span);
            try
            {
                string? change = null, action = null, target = null;
                while (target is null && json.Read())
                {
                    if (json.TokenType != JsonTokenType.PropertyName) continue;
                    if (json.ValueTextEquals("change"u8) && json.Read()) change = json.GetString();
                    else if (json.ValueTextEquals("action"u8) && json.Read()) action = json.GetString();
                    else if (json.ValueTextEquals("target"u8) && json.Read()) target = json.GetString();
                }
                // The journal's own notes are of no change.
                if (change is null or "" || action is null || target is null) continue;
                actions.Add(action);
                targets.Add(target);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException) { /* a damaged line names nothing */ }
        }
        return (targets, actions);
    }

    /// <summary>Lines that hold one of the words, the newest first, back to where all of these changes have begun.</summary>
    private static IEnumerable<JournalLine> Holding(JournalSnapshot snapshot, IReadOnlyCollection<string> ids)
    {
        byte[][] words = [.. ids.Select(Encoding.UTF8.GetBytes)];
        HashSet<string> left = [.. ids];
        foreach (PlacedLine placed in snapshot.ReadBackwards())
        {
            if (left.Count == 0) yield break;
            if (!placed.Holds(words) || placed.Parse() is not { } line || line.Event is JournalEvent.Repaired) continue;
            yield return line;
            if (line.Event is JournalEvent.Started) left.Remove(line.Change);
        }
    }
}
