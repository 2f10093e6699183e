using OpsModule.Connections.Vaults;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Changes.Forwarding;

/// <summary>The section <c>journal:</c> of the environment file.</summary>
internal sealed class JournalSection : EnvironmentSection
{
    private static readonly ScalarShape Secret = new(ScalarKind.Secret, "env:NAME, file:PATH#KEY or file:PATH");

    public override Setting Setting { get; } = new("journal", new SectionShape(
        new Setting("forward", new ListShape(new EitherShape(new ScalarShape(ScalarKind.Text, ForwardTarget.Expected), new SectionShape(
            new Setting("webhook", Secret, "URL that takes the JSON described in docs/concepts/journal.md, as a reference.",
                Required: true),
            new Setting("bearer", Secret, "Token for Authorization: Bearer.")))),
            "Where each change goes when it has ended, with the chain's anchor: store:NAME, syslog:udp://HOST[:PORT], "
                + "syslog:tcp://HOST[:PORT], syslog:local, or a webhook.")),
        "What becomes of the journal.");

    public override void Check(YamlMap? section, FindingList findings)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach ((YamlItem item, string path) in Items(section))
        {
            if (item is not YamlText { IsNull: false } text) continue;
            if (ForwardTarget.Parse(text.Value) is null)
                findings.Error("BadValue", item, path, $"'{text.Value}' is no place that the journal can be sent to.",
                    ForwardTarget.Expected);
            else if (!seen.Add(text.Value))
                findings.Error("KeyConflict", item, path, $"journal.forward names {text.Value} twice.", "each once");
        }
    }

    public override void CheckWithin(YamlMap root, FindingList findings)
    {
        string[] stores = [.. (((root["backups"] as YamlMap)?["stores"] as YamlMap)?.Entries ?? []).Select(e => e.Key.Value)];
        foreach ((YamlItem item, string path) in Items(root["journal"] as YamlMap))
        {
            if (item is not YamlText text || ForwardTarget.Parse(text.Value)?.Store is not { } store
                || stores.Contains(store, StringComparer.OrdinalIgnoreCase)) continue;
            findings.Error("StoreUnknown", item, path, $"There is no store {store} under backups.stores.",
                stores.Length == 0 ? "a store there" : "one of " + string.Join(", ", stores), NearestName.Of(store, stores));
        }
    }

    public override object Bind(YamlMap? section, Func<string?, string?> fullPath) => new JournalSettings
    {
        Forward = [.. Items(section).Select(i => i.Item is YamlMap map ? Webhook(map, i.Path, fullPath(".")!)
            : ForwardTarget.Parse(((YamlText)i.Item).Value)!)],
    };

    public override IEnumerable<(SecretReference? Secret, string Path)> SecretsOf(OpsEnvironment environment)
    {
        foreach (ForwardTarget target in environment.Section<JournalSettings>().Forward.Where(t => t.Kind is ForwardKind.Webhook))
        {
            yield return (target.Url, target.Name + ".webhook");
            yield return (target.Bearer, target.Name + ".bearer");
        }
    }

    private static ForwardTarget Webhook(YamlMap map, string path, string directory) => new()
    {
        Kind = ForwardKind.Webhook,
        Name = path,
        Url = new SecretReference(map.Text("webhook")!, directory),
        Bearer = map.Text("bearer") is { } bearer ? new SecretReference(bearer, directory) : null,
    };

    private static IEnumerable<(YamlItem Item, string Path)> Items(YamlMap? section) =>
        ((section?["forward"] as YamlList)?.Items ?? [])
            .Select((item, at) => (item, FormattableString.Invariant($"journal.forward[{at}]")));
}
