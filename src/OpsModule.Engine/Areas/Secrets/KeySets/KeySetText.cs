using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpsModule.Engine.Areas.Secrets.Contract.Signing;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.KeySets;

/// <summary>Reads and writes texts that hold several values. Values of others stay where they are.</summary>
internal static class KeySetText
{
    private const string ActiveName = "active", KeysName = "keys", NoSet = "it is no JSON with active and keys";

    private static readonly JsonSerializerOptions Written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The values of a text; the one that signs comes first.</summary>
    /// <exception cref="OpsException"><c>KeySetUnreadable</c>. It never says what stands there.</exception>
    public static IReadOnlyList<string> Read(string text, SecretForm form, string place)
    {
        if (form == SecretForm.Json)
        {
            (JsonObject _, JsonObject keys, string active) = Parse(text, place);
            string first = ValueOf(keys[active]) ?? throw Unreadable(place, "its active key is not among its keys");
            return [first, .. keys.Where(k => k.Key != active).Select(k => ValueOf(k.Value) ?? throw Unreadable(place,
                "one of its keys is no text"))];
        }
        string[] items = Items(text);
        if (items.Length == 0) throw Unreadable(place, "it lists nothing");
        return items.Distinct(StringComparer.Ordinal).Count() == items.Length ? items : throw Unreadable(place, "it lists one value twice");
    }

    /// <summary>The text after a move; what has come so far already is not moved twice.</summary>
    /// <exception cref="OpsException"><c>KeySetUnreadable</c>: neither of the two values stands there.</exception>
    public static string Move(string text, SecretForm form, KeyMove move, string place) =>
        form == SecretForm.Json ? MoveJson(text, move, place) : MoveList(text, move, place);

    private static string MoveList(string text, KeyMove move, string place)
    {
        var items = Items(text).ToList();
        string from = move.From.Value, to = move.To.Value;
        // A comma, or a blank at an end, would make another value of it.
        if (to.Contains(',') || to.Trim() != to || to.Length == 0)
            throw Unreadable(place, "the new value cannot stand in a list: it holds a comma, or a blank at an end");
        if (move is { Phase: KeyPhase.Replace, IsAlone: true }) return to;
        int at = items.FindIndex(i => i == from || i == to);
        if (at < 0) throw Unreadable(place, "it lists neither the old value nor the new one");
        items.RemoveAll(i => i == from || i == to);
        items.InsertRange(at, move.Phase switch
        {
            KeyPhase.Accept => [from, to],
            KeyPhase.Sign => [to, from],
            _ => [to],
        });
        return string.Join(',', items);
    }

    private static string MoveJson(string text, KeyMove move, string place)
    {
        (JsonObject root, JsonObject keys, string active) = Parse(text, place);
        string? from = IdOf(keys, move.From.Value), to = IdOf(keys, move.To.Value);
        bool isAlone = move is { Phase: KeyPhase.Replace, IsAlone: true };
        if (from is null && to is null && !isAlone) throw Unreadable(place, "it has neither the old value nor the new one");
        from ??= Free(keys, move.FromId);
        to ??= Free(keys, move.ToId);
        keys[from] = move.From.Value;
        keys[to] = move.To.Value;
        // Only what signed with one of the two is told to sign with the other.
        if (isAlone) root[ActiveName] = to;
        else if (active == from || active == to) root[ActiveName] = move.Phase == KeyPhase.Accept ? from : to;
        else throw Unreadable(place, "another key than the two is its active one");
        if (move.Phase is KeyPhase.Drop or KeyPhase.Replace) keys.Remove(from);
        // Of what is said to end nothing may be accepted under another id.
        if (isAlone)
            foreach (string other in keys.Select(k => k.Key).Where(id => id != to).ToArray()) keys.Remove(other);
        return root.ToJsonString(Written);
    }

    /// <summary>An id that no other value has.</summary>
    private static string Free(JsonObject keys, string wanted)
    {
        string id = wanted;
        for (int number = 2; keys.ContainsKey(id); number++)
            id = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{wanted}-{number}");
        return id;
    }

    private static string? IdOf(JsonObject keys, string value) => keys.FirstOrDefault(k => ValueOf(k.Value) == value).Key;

    private static (JsonObject Root, JsonObject Keys, string Active) Parse(string text, string place)
    {
        try
        {
            // To count them reads them all: one that comes twice is found here.
            return JsonNode.Parse(text) is JsonObject root && root[KeysName] is JsonObject keys && keys.Count > 0
                && ValueOf(root[ActiveName]) is { } active ? (root, keys, active) : throw Unreadable(place, NoSet);
        }
        catch (Exception e) when (e is JsonException or ArgumentException) { throw Unreadable(place, NoSet); }
    }

    private static string? ValueOf(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0
        ? text : null;

    private static string[] Items(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static OpsException Unreadable(string place, string why) => KeySetErrors.KeySetUnreadable.Make(
        $"What stands in {place} cannot be taken for keys: {why}. Nothing was written.",
        "Write there what counts now: OLD for a list, {\"active\":\"ID\",\"keys\":{\"ID\":\"OLD\"}} for JSON.", place);
}
