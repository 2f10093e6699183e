using System.Globalization;
using System.Text.Json;
using OpsModule.Engine.Areas.Secrets.Contract.ApiKeys;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Secrets.ApiKeys;

/// <summary>Reads what an endpoint or a program says of keys, in JSON. What it says is never shown: it may hold a key.</summary>
/// <param name="who">Who says it, in words.</param>
/// <param name="fields">Where things stand.</param>
internal sealed class KeyAnswer(string who, ApiKeyFields fields)
{
    /// <summary>What the member is called that says where others are listed.</summary>
    private static readonly string[] Next = ["next", "nextpage", "nextcursor", "nextpagetoken", "nexttoken", "nexturl", "cursor"];

    /// <summary>A day and a time of it have no fewer.</summary>
    private const int LeastDigits = 8;

    /// <summary>The key that was made.</summary>
    /// <exception cref="OpsException"><c>ApiKeyAnswerUnknown</c>.</exception>
    public NewKey ReadNew(string text)
    {
        using JsonDocument json = Parse(text);
        string? key = Text(json.RootElement, fields.Key), id = Text(json.RootElement, fields.Id);
        if (key is not null) HiddenWords.Add(key);
        if (string.IsNullOrEmpty(key)) throw Unknown($"no key stands at '{fields.Key}' of what it says of a new one");
        // Without it nobody could revoke what was made.
        if (string.IsNullOrEmpty(id)) throw Unknown($"no id stands at '{fields.Id}' of what it says of a new one");
        return new NewKey(id, key);
    }

    /// <summary>All keys that it lists.</summary>
    /// <param name="text">What it says.</param>
    /// <param name="isPage">True where it has said where others are listed: then a part of them is no surprise.</param>
    /// <exception cref="OpsException"><c>ApiKeyAnswerUnknown</c>, also where one key of several cannot be read, or there are more.
    /// </exception>
    public IReadOnlyList<IssuedKey> ReadList(string text, bool isPage = false)
    {
        using JsonDocument json = Parse(text);
        JsonElement list = json.RootElement;
        if (fields.Items.Length > 0 && !TryFind(list, fields.Items, out list)) throw Unknown($"no list stands at '{fields.Items}'");
        if (list.ValueKind != JsonValueKind.Array) throw Unknown("what it lists is no list");
        // Whoever takes a part for all of them leaves the others valid.
        if (!isPage && IsPart(json.RootElement, list.GetArrayLength(), depth: 0))
            throw Unknown("it lists a part of the keys, and says that there are more");
        return [.. list.EnumerateArray().Select(One)];
    }

    private static bool IsPart(JsonElement around, int count, int depth) => around.ValueKind == JsonValueKind.Object
        && around.EnumerateObject().Any(m => m.Value.ValueKind switch
        {
            JsonValueKind.True => IsNamed(m.Name, "hasmore", "hasnext", "hasnextpage", "more", "truncated", "istruncated"),
            JsonValueKind.String => IsNamed(m.Name, Next) && m.Value.GetString() is { Length: > 0 },
            JsonValueKind.Number => (IsNamed(m.Name, "total", "totalcount", "totalitems")
                && m.Value.TryGetDouble(out double all) && all > count)
                || IsNamed(m.Name, Next),
            // Next to the list, or in a member such as meta, pagination or links.
            JsonValueKind.Object => IsNamed(m.Name, Next) || (depth == 0 && IsPart(m.Value, count, depth + 1)),
            _ => false,
        });

    private static bool IsNamed(string name, params string[] known) => Is(string.Concat(name.Where(char.IsAsciiLetter)), known);

    private static bool Is(string word, params string[] known) => known.Contains(word, StringComparer.OrdinalIgnoreCase);

    private IssuedKey One(JsonElement key)
    {
        string id = Text(key, fields.Id) is { Length: > 0 } found ? found : throw Unknown($"a key has no id at '{fields.Id}'");
        return new IssuedKey(id, Text(key, fields.Name) ?? "", Moment(key), IsRevoked(key));
    }

    private DateTimeOffset? Moment(JsonElement key)
    {
        if (!TryFind(key, fields.Created, out JsonElement at) || at.ValueKind == JsonValueKind.Null) return null;
        if (at.ValueKind == JsonValueKind.Number && at.TryGetInt64(out long seconds))
            return seconds > 100_000_000_000 ? DateTimeOffset.FromUnixTimeMilliseconds(seconds)
                : DateTimeOffset.FromUnixTimeSeconds(seconds);
        // A time that cannot be read would make an old key a young one.
        return at.ValueKind == JsonValueKind.String && DateTimeOffset.TryParse(at.GetString(), CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time) ? time
            : throw Unknown($"what stands at '{fields.Created}' is no time");
    }

    private bool IsRevoked(JsonElement key) => TryFind(key, fields.Revoked, out JsonElement said) && said.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False or JsonValueKind.Null => false,
        JsonValueKind.String => Says(said.GetString()!.Trim()) ?? throw Undecided(),
        _ => throw Undecided(),
    };

    /// <summary>
    /// What a word says, or the time at which it was; null for what is neither: to take an unknown word for "revoked" would leave keys
    /// valid that nobody looks at any more.
    /// </summary>
    private static bool? Says(string text) => Is(text, "true", "revoked", "inactive", "disabled", "deleted", "expired") ? true
        : text.Length == 0 || Is(text, "false", "active", "enabled", "valid", "null") ? false
        // A month's name alone would be a time, too.
        : text.Count(char.IsAsciiDigit) >= LeastDigits && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time)
        // Programs write 0001-01-01, 1970-01-01 or 9999-12-31 for "never", and what is still to come has not ended it: with a day for clocks
        // that differ, and for times without a zone.
        ? time > DateTimeOffset.UnixEpoch.AddDays(1) && time <= DateTimeOffset.UtcNow.AddDays(1) : null;

    private OpsException Undecided() =>
        Unknown($"what stands at '{fields.Revoked}' says neither that a key is revoked nor that it is not");

    private static string? Text(JsonElement within, string path) => !TryFind(within, path, out JsonElement found) ? null
        : found.ValueKind switch
        {
            JsonValueKind.String => found.GetString(),
            JsonValueKind.Number => found.GetRawText(),
            _ => null,
        };

    private static bool TryFind(JsonElement within, string path, out JsonElement found)
    {
        found = within;
        foreach (string part in path.Split('.'))
            if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(part, out found)) return false;
        return true;
    }

    private JsonDocument Parse(string text)
    {
        try { return JsonDocument.Parse(text); }
        catch (JsonException) { throw Unknown("what it says is no JSON"); }
    }

    private OpsException Unknown(string why) => ApiKeyErrors.ApiKeyAnswerUnknown.Make($"{who} cannot be understood: {why}.",
        "Say where things stand in its answer: key, id, name, created, revoked and items beside it in the environment file.", who);
}
