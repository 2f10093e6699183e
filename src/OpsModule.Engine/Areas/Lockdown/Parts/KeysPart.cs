using OpsModule.Engine.Areas.Lockdown.Settings;
using OpsModule.Engine.Areas.Tenants.Keys;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Lockdown.Parts;

/// <summary>All API keys are revoked.</summary>
internal sealed class KeysPart(OpsContext context) : ILockdownPart
{
    private readonly LockdownSettings _settings = context.Environment.Section<LockdownSettings>();

    public LockdownPart Part => LockdownPart.Keys;

    public string? Words => _settings.Keys ? "revoke all API keys" : null;

    public async Task<IReadOnlyList<string>> CheckAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string> ids = await KeyRevocation.Of(context).FindAsync(null, cancellationToken).ConfigureAwait(false);
        return [$"{ids.Count} API keys will be refused, whoever has them."];
    }

    public async Task<PartOutcome> RunAsync(ChangeRun run, LockdownOrder order, IReadOnlyList<string> open,
        CancellationToken cancellationToken)
    {
        IKeyRevocation keys = KeyRevocation.Of(context);
        IReadOnlyList<string> ids = await keys.FindAsync(null, cancellationToken).ConfigureAwait(false);
        await keys.RevokeAsync(run, ids, cancellationToken).ConfigureAwait(false);
        // Somebody may have made one meanwhile.
        IReadOnlyList<string> left = await keys.FindAsync(null, cancellationToken).ConfigureAwait(false);
        return left.Count == 0 ? new PartOutcome($"{ids.Count} keys revoked: {string.Join(", ", ids)}", [])
            : throw LockdownErrors.KeysStillValid.Make($"{ids.Count} keys were revoked, and {left.Count} are valid: "
            + $"{string.Join(", ", left)}.",
                "See who makes them, then go on with the lockdown.", context.Environment.Name);
    }
}
