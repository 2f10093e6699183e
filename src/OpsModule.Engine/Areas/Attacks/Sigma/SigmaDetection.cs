using System.Text;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Areas.Attacks.Sigma;

/// <summary>Reads what a detection looks for: fields with modifiers and values, lists of these, and keywords.</summary>
internal sealed class SigmaDetection(List<string> notes)
{
    private static readonly Dictionary<string, SigmaPart> Fields = new(StringComparer.OrdinalIgnoreCase)
    {
        ["c-uri"] = SigmaPart.Url, ["cs-uri"] = SigmaPart.Url, ["uri"] = SigmaPart.Url, ["url"] = SigmaPart.Url, ["request_uri"] = SigmaPart.Url,
        ["c-uri-stem"] = SigmaPart.Stem, ["cs-uri-stem"] = SigmaPart.Stem, ["uri_path"] = SigmaPart.Stem,
        ["c-uri-query"] = SigmaPart.Query, ["cs-uri-query"] = SigmaPart.Query, ["uri_query"] = SigmaPart.Query,
        ["c-useragent"] = SigmaPart.Agent, ["cs-user-agent"] = SigmaPart.Agent, ["cs(User-Agent)"] = SigmaPart.Agent, ["user_agent"] = SigmaPart.Agent,
        ["cs-referer"] = SigmaPart.Referrer, ["cs-referrer"] = SigmaPart.Referrer, ["c-referer"] = SigmaPart.Referrer, ["cs(Referer)"] = SigmaPart.Referrer, ["referer"] = SigmaPart.Referrer,
        ["cs-username"] = SigmaPart.User, ["cs-user"] = SigmaPart.User,
        ["cs-method"] = SigmaPart.Method, ["sc-status"] = SigmaPart.Status, ["c-ip"] = SigmaPart.Client, ["src_ip"] = SigmaPart.Client, ["client_ip"] = SigmaPart.Client,
    };

    public SigmaNode Read(YamlItem item) => item switch
    {
        YamlMap map when map.Entries.Count > 0 => Join([.. map.Entries.Select(Field)], all: true),
        YamlList { Items.Count: > 0 } list when list.Items.All(i => i is YamlText) => Keywords(list, all: false),
        YamlList { Items.Count: > 0 } list => Join([.. list.Items.Select(Read)], all: false),
        YamlText { IsNull: false } text => new SigmaIs(new SigmaAtom(SigmaPart.Line, [new SigmaValue(SigmaMode.Contains, text.Value.ToLowerInvariant())])),
        _ => throw new SigmaRefusedException("An entry of the detection is empty."),
    };

    /// <summary>Several as one; alternatives of the same part are one atom.</summary>
    public static SigmaNode Join(IReadOnlyList<SigmaNode> nodes, bool all)
    {
        if (nodes.Count == 1) return nodes[0];
        if (all) return new SigmaAll(nodes);
        return nodes.All(n => n is SigmaIs one && one.Atom.Part == ((nodes[0] as SigmaIs)?.Atom.Part))
            ? new SigmaIs(new SigmaAtom(((SigmaIs)nodes[0]).Atom.Part, [.. nodes.SelectMany(n => ((SigmaIs)n).Atom.Values)])) : new SigmaAny(nodes);
    }

    private SigmaNode Keywords(YamlList list, bool all) =>
        Join([.. list.Items.Select(i => new SigmaIs(new SigmaAtom(SigmaPart.Line, [new SigmaValue(SigmaMode.Contains, ((YamlText)i).Value.ToLowerInvariant())])))], all);

    private SigmaNode Field(YamlEntry entry)
    {
        string[] words = entry.Key.Value.Split('|');
        string[] modifiers = [.. words.Skip(1).Select(m => m.ToLowerInvariant())];
        bool all = modifiers.Contains("all");
        if (words[0].Length == 0) return entry.Value is YamlList keywords ? Keywords(keywords, all) : Read(entry.Value);
        if (!Fields.TryGetValue(words[0], out SigmaPart part)) throw new SigmaRefusedException($"The field {words[0]} does not stand in the logs of web servers, or is not known here.");
        SigmaMode mode = SigmaMode.Equals;
        string? encode = null;
        foreach (string modifier in modifiers)
        {
            switch (modifier)
            {
                case "all" or "i" or "m" or "s": break;
                case "contains": mode = SigmaMode.Contains; break;
                case "startswith": mode = SigmaMode.Starts; break;
                case "endswith": mode = SigmaMode.Ends; break;
                case "re": mode = SigmaMode.Regex; break;
                case "cidr" when part == SigmaPart.Client: break;
                case "cased": notes.Add($"{words[0]}: capital and small letters are the same here."); break;
                case "base64" or "base64offset": encode = modifier; break;
                default: throw new SigmaRefusedException($"The modifier {modifier} of {words[0]} is not known here.");
            }
        }
        YamlItem[] values = entry.Value is YamlList list ? [.. list.Items] : [entry.Value];
        if (values.Length == 0 || values.Any(v => v is not YamlText { IsNull: false })) throw new SigmaRefusedException($"{words[0]} has no value, or one that is no text.");
        if (part is SigmaPart.Method or SigmaPart.Status or SigmaPart.Client && mode != SigmaMode.Equals) throw new SigmaRefusedException($"{words[0]} is compared as a whole here, without modifiers.");
        SigmaIs[] nodes = [.. values.Select(v => new SigmaIs(new SigmaAtom(part, Values(part, mode, encode, ((YamlText)v).Value, words[0]))))];
        return Join(nodes, all);
    }

    private SigmaValue[] Values(SigmaPart part, SigmaMode mode, string? encode, string text, string field)
    {
        switch (part)
        {
            case SigmaPart.Method: return [new SigmaValue(mode, text.ToUpperInvariant())];
            case SigmaPart.Status when int.TryParse(text, out int status) && status is >= 100 and <= 599: return [new SigmaValue(mode, text)];
            case SigmaPart.Client when Allowing.AllowEntry.ParseNetwork(text) is not null: return [new SigmaValue(mode, text)];
            case SigmaPart.Status or SigmaPart.Client: throw new SigmaRefusedException($"'{text}' cannot be a value of {field} here.");
        }
        if (text.Length == 0) throw new SigmaRefusedException($"{field} has an empty value.");
        if (mode == SigmaMode.Regex) return [new SigmaValue(mode, SigmaPattern.Small(text))];
        if (encode is null) return [new SigmaValue(mode, text.ToLowerInvariant())];
        notes.Add($"{field}: base64 is compared without regard to capital letters.");
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return [.. Enumerable.Range(0, encode == "base64" ? 1 : 3).Select(before => new SigmaValue(mode == SigmaMode.Equals ? SigmaMode.Contains : mode, Encoded(bytes, before)))];
    }

    /// <summary>Base64 of a text with so many bytes before it, without what depends on its neighbours.</summary>
    private static string Encoded(byte[] text, int before)
    {
        string encoded = Convert.ToBase64String([.. new byte[before], .. text]);
        int begin = before == 0 ? 0 : before + 1, end = (before + text.Length) * 8 / 6;
        return encoded[begin..Math.Max(begin, end)].ToLowerInvariant();
    }
}
