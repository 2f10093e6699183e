using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;

namespace OpsModule;

/// <summary>What <c>Connect-OpsEnvironment</c> leaves for its session; gone with the session, and with the module.</summary>
internal static class SessionEnvironment
{
    private static readonly ConditionalWeakTable<Runspace, object> Environments = [];

    public static object? Of(Runspace? session) => session is not null && Environments.TryGetValue(session, out object? found) ? found : null;

    public static void Set(Runspace? session, object? environment)
    {
        if (session is null) return;
        Environments.Remove(session);
        if (environment is not null) Environments.Add(session, environment);
    }
}

/// <summary>Forgets the session's environment when the module is removed.</summary>
public sealed class ModuleCleanup : IModuleAssemblyCleanup
{
    /// <summary>Called by PowerShell at removal.</summary>
    public void OnRemove(PSModuleInfo psModuleInfo) => SessionEnvironment.Set(Runspace.DefaultRunspace, null);
}
