using OpsModule.Connections.Vaults;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Areas.Secrets.Vaults;

/// <summary>The section <c>vaults:</c> of the environment file: vaults of keys and values that references name.</summary>
internal sealed class VaultSection : EnvironmentSection
{
    private const string Key = "vaults";

    private static readonly ScalarShape Secret = new(ScalarKind.Secret, "env:NAME, file:PATH#KEY or file:PATH"),
        Path = new(ScalarKind.Path, "a path"),
        Mounted = new(ScalarKind.Text, "a path without slashes around it");

    public override Setting Setting { get; } = new(Key, new NamedShape("NAME", new SectionShape(
        new Setting("vault", new ScalarShape(ScalarKind.HttpUrl, "an address, such as https://vault.example.net:8200"),
            "Its address (HashiCorp Vault or OpenBao).", Required: true),
        new Setting("mount", Mounted, "Where the engine of keys and values (version 2) is mounted.") { Default = "secret" },
        new Setting("token", Secret, "The token that may read there, as a reference.") { Default = "none; then appRole logs in" },
        new Setting("namespace", new ScalarShape(ScalarKind.Text, "a namespace"), "The namespace.") { Default = "the root" },
        new Setting("ca", Path, "Certificate authorities (PEM) that its certificate may come from.") { Default = "those of this machine" },
        new Setting("appRole", new SectionShape(
            new Setting("role", new ScalarShape(ScalarKind.Text, "a role id"), "The role's id, which is no secret.", Required: true),
            new Setting("secret", Secret, "The role's secret id, as a reference.", Required: true),
            new Setting("mount", Mounted, "Where the method is mounted.") { Default = "approle" }),
            "A role that logs in, in place of a token."))),
        "Vaults of keys and values, by a name of your choice: vault:NAME/path#key is read there.");

    public override void Check(YamlMap? section, FindingList findings)
    {
        string[] names = [.. (section?.Entries ?? []).Select(e => e.Key.Value)];
        foreach (YamlEntry entry in section?.Entries ?? [])
        {
            if (entry.Value is not YamlMap map) continue;
            string path = $"{Key}.{entry.Key.Value}";
            if (map.Has("token") == map.Has("appRole"))
                findings.Error(map.Has("token") ? "KeyConflict" : "MissingKey", entry.Key, path,
                    $"{path} {(map.Has("token") ? "has a token and a role" : "does not say who reads")}.", "exactly one of token, appRole");
            if (map["vault"] is YamlText { IsNull: false } address) CheckAddress(address, path, findings);
            foreach ((YamlMap? of, string key) in new[] { (map, "mount"), (map["appRole"] as YamlMap, "mount") })
                if (of?[key] is YamlText { IsNull: false, Value.Length: > 0 } mount && mount.Value.Split('/').Any(p =>
                    p.Trim() is "" or "." or ".."))
                    findings.Error("BadValue", mount, ReferenceEquals(of, map) ? $"{path}.{key}" : $"{path}.appRole.{key}",
                        $"'{mount.Value}' is no mount.", Mounted.Expected);
            foreach ((YamlItem? secret, string at) in new[] { (map["token"], path + ".token"), ((map["appRole"] as YamlMap)?["secret"],
                path + ".appRole.secret") })
                if (secret is YamlText { IsNull: false } text && names.Any(n => text.Value.StartsWith($"vault:{n}/",
                    StringComparison.OrdinalIgnoreCase)))
                    findings.Error("BadValue", text, at, $"{at} is to be read from a vault of this section, which could not be opened "
                        + $"without it.", "env:NAME, file:PATH#KEY or file:PATH");
        }
    }

    public override KeyValueVaults? BindVaults(YamlMap? section, Func<string?, string?> fullPath) => section is null ? null
        : new KeyValueVaults(
        [.. EnvironmentBinder.Named(section, (name, map) => Bind(name, map, fullPath)).Values]);

    public override object Bind(YamlMap? section, Func<string?, string?> fullPath) => new VaultSettings { Entries = BindVaults(section,
        fullPath)?.All ?? [] };

    public override IEnumerable<(SecretReference? Secret, string Path)> SecretsOf(OpsEnvironment environment)
    {
        foreach (KeyValueVaultOptions vault in environment.Section<VaultSettings>().Entries)
        {
            yield return (vault.Token, $"{Key}.{vault.Name}.token");
            yield return (vault.Role?.SecretId, $"{Key}.{vault.Name}.appRole.secret");
        }
    }

    private static KeyValueVaultOptions Bind(string name, YamlMap map, Func<string?, string?> fullPath)
    {
        string directory = fullPath(".")!;
        var role = map["appRole"] as YamlMap;
        return new KeyValueVaultOptions(name, new Uri(map.Text("vault")!))
        {
            Mount = map.Text("mount") ?? "secret",
            Token = map.Text("token") is { } token ? new SecretReference(token, directory) : null,
            Namespace = map.Text("namespace"),
            CaFile = fullPath(map.Text("ca")),
            Role = role is null ? null : new VaultRole(role.Text("role")!, new SecretReference(role.Text("secret")!, directory),
                role.Text("mount") ?? "approle"),
        };
    }

    private static void CheckAddress(YamlText address, string path, FindingList findings)
    {
        if (!HttpTargets.TryParse(address.Value, out Uri? url)) return; // the shape says it
        if (url.AbsolutePath != "/" || url.Query.Length > 0 || url.UserInfo.Length > 0)
            findings.Error("BadValue", address, path + ".vault", "The address of a vault has no path, no query and no login.",
                "https://vault.example.net:8200");
        else if (HttpTargets.IsInClear(url))
            findings.Error("CredentialsInClear", address, path + ".vault", $"A token would go to {url.Host} without TLS.",
                "an address that begins with https://");
    }
}
