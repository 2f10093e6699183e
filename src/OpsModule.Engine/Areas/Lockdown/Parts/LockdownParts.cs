using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Lockdown.Parts;

/// <summary>The parts of a lockdown, in their order.</summary>
internal static class LockdownParts
{
    public static IReadOnlyList<ILockdownPart> Of(OpsContext context) =>
    [
        new EvidencePart(context), new KeysPart(context), new SecretsPart(context), new SessionsPart(context),
            new EmergencyKeysPart(context),
        new AlertPart(context),
    ];
}
