using System.Runtime.CompilerServices;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Configuration.Settings;
using OpsModule.Engine.Areas.Lockdown.Settings;
using OpsModule.Engine.Areas.Rollouts.Proxies;
using OpsModule.Engine.Areas.Schedules;
using OpsModule.Engine.Areas.Secrets.Settings;
using OpsModule.Engine.Areas.Secrets.Vaults;
using OpsModule.Engine.Areas.Tenants.Settings;
using OpsModule.Engine.Changes.Forwarding;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Areas;

/// <summary>The sections of ops.yaml that areas own. A new area's section is one more line here.</summary>
internal static class AreaSections
{
    // The file's reader stands below the areas and cannot name them; so it is told, before anything of this assembly runs.
#pragma warning disable CA2255 // meant for applications: this is the one place that knows both sides
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register() => EnvironmentSection.All =
    [
        new AttackSection(),
        new JournalSection(),
        new ProxySection(),
        new ScheduleSection(),
        new SecretSection(),
        new VaultSection(),
        new TenantSection(),
        new LockdownSection(),
        new ConfigurationSection(),
    ];
}
