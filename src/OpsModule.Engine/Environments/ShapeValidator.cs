using System.Globalization;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Text;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Environments;

/// <summary>Compares a YAML tree with the declared shape and reports every difference.</summary>
internal sealed class ShapeValidator(FindingList findings)
{
    private const int ShownLength = 40;

    /// <summary>Validates the value at a path.</summary>
    public void Validate(YamlItem item, SettingShape shape, string path)
    {
        switch (shape)
        {
            case ScalarShape scalar: ValidateScalar(item, scalar, path); break;
            case SectionShape section: ValidateSection(item, section, path); break;
            case NamedShape named: ValidateNamed(item, named, path); break;
            case ListShape list: ValidateList(item, list, path); break;
            case EitherShape either: Validate(item, item is YamlMap ? either.Section : either.Scalar, path); break;
        }
    }

    private void ValidateSection(YamlItem item, SectionShape shape, string path)
    {
        if (item is YamlText { IsNull: true } && !shape.Keys.Any(k => k.Required)) return;
        if (item is not YamlMap map)
        {
            string keys = shape.Keys.Count == 0 ? "{}" : "a section with keys such as " + string.Join(", ", shape.Keys.Take(3).Select(k => k.Name));
            WrongType(item, path, keys);
            return;
        }

        foreach (YamlEntry entry in Distinct(map, StringComparer.Ordinal, path))
        {
            if (shape.Find(entry.Key.Value) is { } setting) ValidateSetting(entry, setting, Join(path, setting.Name));
            else if (path.Length == 0 && entry.Key.Value.StartsWith("x-", StringComparison.Ordinal)) { /* a place for anchors, as in a compose file */ }
            else ReportUnknown(entry.Key, shape, path);
        }
        foreach (Setting required in shape.Keys.Where(k => k.Required && !map.Has(k.Name)))
            findings.Error("MissingKey", map, Join(path, required.Name),
                $"{Where(path)} has no key '{required.Name}'. {required.Description}", $"'{required.Name}:' with {Expected(required.Shape)}");
    }

    private void ReportUnknown(YamlText key, SectionShape shape, string path)
    {
        string shown = Show(key.Value);
        IEnumerable<string> names = shape.Keys.Select(k => k.Name);
        string expected = shape.Keys.Count == 0 ? "no keys" : "one of " + string.Join(", ", names);
        string? unseen = UnseenText.In(key.Value);
        findings.Error("UnknownKey", key, Join(path, key.Value), $"{shown} is no key of {WhereIn(path)}.{(unseen is null ? "" : $" It holds {unseen}, which is not seen.")}",
            expected, NearestName.Of(UnseenText.Without(key.Value), names));
    }

    private void ValidateSetting(YamlEntry entry, Setting setting, string path)
    {
        if (entry.Value is YamlText { IsNull: true } && setting.Shape is ScalarShape or ListShape)
        {
            if (setting.Required || setting.Shape is ScalarShape)
                findings.Error("EmptyValue", entry.Key, path, $"{path} has no value.", Expected(setting.Shape) + ", or no such key at all");
            return;
        }
        Validate(entry.Value, setting.Shape, path);
    }

    private void ValidateNamed(YamlItem item, NamedShape shape, string path)
    {
        if (item is YamlText { IsNull: true }) return;
        if (item is not YamlMap map)
        {
            WrongType(item, path, "a section with one key for each name");
            return;
        }
        foreach (YamlEntry entry in Distinct(map, StringComparer.OrdinalIgnoreCase, path))
        {
            string name = entry.Key.Value;
            if (!IsName(name))
                findings.Error("BadName", entry.Key, Join(path, name), $"{Show(name)} cannot be a name in {path}.", "letters, digits, '.', '_' or '-', beginning with a letter or digit");
            Validate(entry.Value, shape.Item, Join(path, name));
        }
    }

    private void ValidateList(YamlItem item, ListShape shape, string path)
    {
        if (item is not YamlList list)
        {
            WrongType(item, path, "a list, such as [ a, b ]");
            return;
        }
        for (int i = 0; i < list.Items.Count; i++) Validate(list.Items[i], shape.Item, $"{path}[{i}]");
    }

    private void ValidateScalar(YamlItem item, ScalarShape shape, string path)
    {
        if (item is not YamlText { IsNull: false } text)
        {
            // An unquoted { } is the usual reason for a section where a text belongs.
            WrongType(item, path, shape.Expected + (item is YamlMap && shape.Kind is ScalarKind.Text ? ", in quotes when it holds { or }" : ""));
            return;
        }
        string value = text.Value;
        string shown = shape.Kind == ScalarKind.Secret ? "The value" : Show(value);
        if (value.Length == 0)
            findings.Error("EmptyValue", item, path, $"{path} is empty.", shape.Expected);
        else if (value.Any(c => c == '\0' || (shape.Kind != ScalarKind.Text && char.IsControl(c))))
            findings.Error("BadValue", item, path, $"{path} holds a control character.", shape.Expected);
        else if (UnseenText.IsInCurlyQuotes(value))
            findings.Error("CurlyQuotes", item, path, $"{path} stands in typographic quotes, which are part of the text here.", "straight quotes, \" or ', or none");
        else if (!Fits(value, shape))
            findings.Error("BadValue", item, path, $"{shown} is no valid {path}.", shape.Expected, NearestName.Of(value, shape.Choices));
        else if (shape.Kind == ScalarKind.Secret)
            SecretRules.Check(text, path, findings);
    }

    private static bool Fits(string value, ScalarShape shape) => shape.Kind switch
    {
        ScalarKind.Name => IsName(value),
        ScalarKind.Integer => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && number >= shape.Minimum && number <= shape.Maximum,
        ScalarKind.Boolean => value is "true" or "false",
        ScalarKind.Duration => DurationText.TryParse(value, out _),
        ScalarKind.HttpUrl => Uri.TryCreate(value, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https" && url.Host.Length > 0,
        ScalarKind.Level => SettingPatterns.Level().IsMatch(value),
        ScalarKind.Probe => Rollouts.RolloutSettings.IsProbe(value),
        ScalarKind.Mail => SettingPatterns.Mail().IsMatch(value),
        ScalarKind.HostPort => SettingPatterns.HostPort().IsMatch(value) && int.Parse(value[(value.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture) is > 0 and <= 65535,
        _ => (shape.Choices.Count == 0 || shape.Choices.Contains(value))
            && (shape.MustContain is null || value.Split(shape.MustContain).Length == 2), // twice could not be read back
    };

    private static bool IsName(string value) => SettingPatterns.Name().IsMatch(value);

    /// <summary>The entries without those that repeat an earlier key; each of these is reported.</summary>
    private IEnumerable<YamlEntry> Distinct(YamlMap map, StringComparer comparer, string path)
    {
        var seen = new Dictionary<string, YamlEntry>(comparer);
        foreach (YamlEntry entry in map.Entries)
        {
            if (seen.TryAdd(entry.Key.Value, entry))
            {
                yield return entry;
                continue;
            }
            YamlText first = seen[entry.Key.Value].Key;
            string same = first.Value == entry.Key.Value ? "" : $" as {Show(first.Value)} (names do not differ by case alone)";
            findings.Error("DuplicateKey", entry.Key, Join(path, entry.Key.Value),
                $"{Show(entry.Key.Value)} stands twice in {WhereIn(path)}; it is already in line {first.Line}{same}.", "each key once");
        }
    }

    private void WrongType(YamlItem item, string path, string expected) =>
        findings.Error("WrongType", item, path, $"{Where(path)} is {item.Kind}.", expected);

    private static string Expected(SettingShape shape) => shape switch
    {
        ScalarShape scalar => scalar.Expected,
        ListShape => "a list",
        _ => "a section of keys",
    };

    private static string Where(string path) => path.Length == 0 ? "The file" : path;

    private static string WhereIn(string path) => path.Length == 0 ? "the file's top level" : path;

    private static string Join(string path, string key) => path.Length == 0 ? Shorten(key) : path + "." + Shorten(key);

    private static string Show(string value) => "'" + Shorten(value) + "'";

    private static string Shorten(string value)
    {
        string clean = new([.. value.Select(c => char.IsControl(c) ? '?' : c)]);
        return clean.Length <= ShownLength ? clean : clean[..ShownLength] + "...";
    }
}
