using OpsModule.Engine.Areas.Secrets.Contract.Signing;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Text;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Areas.Secrets.Settings;

/// <summary>What no single key's shape can say of <c>jwt:</c> and <c>apiKey:</c>.</summary>
/// <param name="findings">Takes what is wrong.</param>
/// <param name="path">The entry's path in the file.</param>
internal sealed class KeysChecks(FindingList findings, string path)
{
    private static readonly string[] Issuers = ["http", "command", "table"];

    /// <summary>Looks at the entry alone.</summary>
    public void Check(YamlText key, YamlMap entry)
    {
        YamlMap[] uses = [.. ((entry["uses"] as YamlList)?.Items ?? []).OfType<YamlMap>()];
        for (int i = 0; i < uses.Length; i++) CheckUse(entry, uses[i], $"{path}.uses[{i}]");
        if (entry["jwt"] is YamlMap jwt) CheckJwt(jwt, entry, uses);
        if (entry["apiKey"] is YamlMap api) CheckApiKey(key, api, uses);
    }

    private void CheckUse(YamlMap entry, YamlMap use, string at)
    {
        string form = use.Text("form") ?? "value";
        if (use.Has("previous") && !entry.Has("jwt"))
            findings.Error("KeyConflict", use["previous"], at + ".previous", $"{path} is no key that tokens are signed with, and only of "
                + "those two are accepted in two variables.", "leave it out");
        if (use.Has("previous") && (!use.Has("key") || use.Text("previous") == use.Text("key") || use.Has("in") || form != "value"))
            findings.Error("KeyConflict", use["previous"], at + ".previous", $"{at}.previous is the variable beside another one, of a "
                + "value alone.", "a key, another name than that, and neither in nor form");
        bool isKnown = form switch
        {
            "json" => entry.Has("jwt"),
            "list" => entry.Has("jwt") || (entry["apiKey"] as YamlMap)?.Text("list") == "true",
            _ => true,
        };
        if (!isKnown) findings.Error("KeyConflict", use["form"], at + ".form", $"{path} is not of a kind of which several values stand in "
            + $"one place as {form}.", "jwt (json, list), or apiKey with list: true (list)");
        if (form != "value" && use.Has("in"))
            findings.Error("KeyConflict", use["in"], at + ".in", $"{at} holds several values, and no text is around one.", "leave it out");
    }

    private void CheckJwt(YamlMap jwt, YamlMap entry, YamlMap[] uses)
    {
        TokenLife life = KeysBinder.LifeOf(jwt);
        if (entry["overlap"] is YamlText overlap && DurationText.TryParse(overlap.Value, out TimeSpan asked) && asked < life.Longest)
            findings.Error("BadValue", overlap, path + ".overlap", $"Tokens that were signed with the old value are valid for "
                + $"{DurationText.Show(life.Longest)} (with skew), and would be refused before.", $"at least that, or leave it out");
        if (uses.Length > 0 && uses.Any(u => !u.Has("previous") && (u.Text("form") ?? "value") == "value"))
            findings.Warning("NoOverlap", jwt, path + ".uses", $"A place of {path} holds one value alone, so that all sessions end when it "
                + "is rotated.", "previous: NAME, form: json or form: list at each use");
    }

    private void CheckApiKey(YamlText key, YamlMap api, YamlMap[] uses)
    {
        string[] given = [.. Issuers.Where(api.Has)];
        bool isList = api.Text("list") == "true";
        if (given.Length + (isList ? 1 : 0) != 1)
            findings.Error(given.Length == 0 ? "MissingKey" : "KeyConflict", key, path + ".apiKey", $"{path}.apiKey "
                + (given.Length == 0 ? "does not say where keys are kept." : "says several places where keys are kept."),
                "exactly one of http, command, table, and list: true");
        if (isList && !uses.Any(u => u.Text("form") == "list"))
            findings.Error("MissingKey", key, path + ".uses", $"{path} does not say which variable lists the keys that are accepted.",
                "a use with form: list");
        // Without it the request would be made to the list, and an endpoint may take that for all of them.
        if ((api["http"] as YamlMap)?["revoke"] is YamlText { IsNull: false } revoke
            && revoke.Value.Split("{id}").Length != 2)
            findings.Error("BadValue", revoke, path + ".apiKey.http.revoke", $"{path} does not say which key is revoked.",
                "a URL with {id} once");
        if (api["command"] is YamlMap command)
        {
            Needs(command, "create", "{name}");
            Needs(command, "revoke", "{id}");
        }
        if (((api["table"] as YamlMap)?["revoked"] as YamlMap) is { } revoked && revoked.Has("active")
            && revoked.Text("active") == revoked.Text("value"))
            findings.Error("BadValue", revoked["active"], path + ".apiKey.table.revoked.active", "A revoked key would be as one that "
                + "is not.",
                "another value than value:");
        // A list has no ids, and its old and new keys are of one name: nobody would be seen, or whoever has the new one.
        if (isList && (api["usage"] as YamlMap)?["text"] is YamlText { IsNull: false } line
            && new[] { "{id}", "{name}" }.Any(p => line.Value.Contains(p, StringComparison.Ordinal)))
            findings.Error("BadValue", line, path + ".apiKey.usage.text", "The keys of a list have neither ids nor names that tell an "
                + "old one from a new one.", "a text with {prefix}");
        // What all keys begin with tells none from another.
        if ((api["usage"] as YamlMap)?["text"] is YamlText { IsNull: false } shown
            && shown.Value.Contains("{prefix}", StringComparison.Ordinal) && api.Text("prefix") is { Length: > 4 } begin)
            findings.Error("BadValue", shown, path + ".apiKey.usage.text", $"{{prefix}} is the first 8 characters of a key, and "
                + $"{begin.Length} of them are the same of every key (prefix).", "a text with {id} or {name}");
        if (api["usage"] is YamlMap usage && usage.Text("text") is { } text
            && !new[] { "{id}", "{name}", "{prefix}" }.Any(p => text.Contains(p, StringComparison.Ordinal)))
            findings.Error("BadValue", usage["text"], path + ".apiKey.usage.text", "Every line would tell of every key.",
                "a text with {id}, {name} or {prefix}");
    }

    private void Needs(YamlMap command, string program, string place)
    {
        if (command[program] is not YamlList list) return;
        YamlText[] words = [.. list.Items.OfType<YamlText>()];
        if (words.Length == 0 || !words.Skip(1).Any(w => w.Value.Contains(place, StringComparison.Ordinal)))
            findings.Error("BadValue", list, $"{path}.apiKey.command.{program}", $"The program has no place for {place[1..^1]}.",
                $"a program, and {place} among its arguments");
    }
}
