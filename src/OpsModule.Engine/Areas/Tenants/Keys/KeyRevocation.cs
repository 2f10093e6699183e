using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Tenants.Keys;

/// <summary>Where those who cut somebody off get what revokes keys from: keys are another area's, which tells itself here.</summary>
internal static class KeyRevocation
{
    /// <summary>Opens it for an environment; null where it has no keys.</summary>
    public static Func<OpsContext, IKeyRevocation?>? Make { get; set; }

    /// <summary>What revokes the keys of an environment; null where nothing does.</summary>
    public static IKeyRevocation? Find(OpsContext context) => Make?.Invoke(context);

    /// <summary>The same, where it is needed.</summary>
    /// <exception cref="OpsException"><c>TenantKeysUnsupported</c>.</exception>
    public static IKeyRevocation Of(OpsContext context) => Find(context) ?? throw TenantErrors.TenantKeysUnsupported.Make(
        $"Keys are to be revoked, and the environment {context.Environment.Name} declares none that could be.",
        "Declare them under secrets: (apiKey), or leave keys out of tenants.suspend.", context.Environment.Name);
}
