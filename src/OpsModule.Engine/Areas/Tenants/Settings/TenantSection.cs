using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Tenants.Contract;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Areas.Tenants.Settings;

/// <summary>The section <c>tenants:</c> of the environment file.</summary>
internal sealed class TenantSection : EnvironmentSection
{
    public override Setting Setting => TenantsShape.Setting;

    public override void Check(YamlMap? section, FindingList findings)
    {
        if (section is not null) new TenantsChecks(findings).Check(section);
    }

    public override void CheckWithin(YamlMap root, FindingList findings)
    {
        if (root[TenantsShape.Key] is YamlMap section) new TenantsChecks(findings).CheckNames(section, root);
    }

    public override object Bind(YamlMap? section, Func<string?, string?> fullPath) =>
        section is null ? new TenantSettings() : TenantsBinder.Bind(section, fullPath);

    public override IEnumerable<(SecretReference? Secret, string Path)> SecretsOf(OpsEnvironment environment)
    {
        TenantSettings settings = environment.Section<TenantSettings>();
        return settings.Endpoints.Select(e => (e.Token, $"{TenantsShape.Key}.suspend.endpoints.{e.Name}.token"))
            .Concat(settings.Queues.Select(e => (e.Token, $"{TenantsShape.Key}.suspend.queues.{e.Name}.token")));
    }
}
