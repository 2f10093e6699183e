using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Areas.Secrets.Settings;

/// <summary>The section <c>secrets:</c> of the environment file.</summary>
internal sealed class SecretSection : EnvironmentSection
{
    public override Setting Setting => SecretsShape.Setting;

    public override void Check(YamlMap? section, FindingList findings)
    {
        foreach (YamlEntry entry in section?.Entries ?? [])
            if (entry.Value is YamlMap map) new SecretsChecks(findings, $"{SecretsShape.Key}.{entry.Key.Value}").Check(entry.Key, map);
    }

    public override void CheckWithin(YamlMap root, FindingList findings)
    {
        foreach (YamlEntry entry in (root[SecretsShape.Key] as YamlMap)?.Entries ?? [])
            if (entry.Value is YamlMap map) new SecretsChecks(findings, $"{SecretsShape.Key}.{entry.Key.Value}").CheckNames(map, root);
    }

    public override object Bind(YamlMap? section, Func<string?, string?> fullPath) => new SecretsSettings
    {
        Entries = EnvironmentBinder.Named(section, (name, map) => SecretsBinder.Bind(name, map, fullPath)),
    };

    public override IEnumerable<(SecretReference? Secret, string Path)> SecretsOf(OpsEnvironment environment) =>
        environment.Section<SecretsSettings>().Entries.Values.SelectMany(e => new (SecretReference?, string)[]
        {
            (e.PgBouncer?.Admin?.Password, $"{SecretsShape.Key}.{e.Name}.pgbouncer.password"),
            (e.Sentry?.Token, $"{SecretsShape.Key}.{e.Name}.sentry.token"),
            (e.ApiKey?.Http?.Token, $"{SecretsShape.Key}.{e.Name}.apiKey.http.token"),
        });
}
