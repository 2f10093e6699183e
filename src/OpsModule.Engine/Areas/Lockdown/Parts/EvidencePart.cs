using OpsModule.Engine.Areas.Lockdown.Evidence;
using OpsModule.Engine.Areas.Lockdown.Settings;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Lockdown.Parts;

/// <summary>Evidence, before anything that would change it.</summary>
internal sealed class EvidencePart(OpsContext context) : ILockdownPart
{
    /// <summary>Keys of what the journal keeps.</summary>
    public const string Location = "evidence.location", Sha256 = "evidence.sha256";

    private readonly LockdownSettings _settings = context.Environment.Section<LockdownSettings>();

    public LockdownPart Part => LockdownPart.Evidence;

    public string? Words => $"keep logs, sessions, the journal and matches of attacks, encrypted, in store {LockdownStore.Name(context)}";

    public Task<IReadOnlyList<string>> CheckAsync(CancellationToken cancellationToken)
    {
        LockdownStore.Check(context);
        return Task.FromResult<IReadOnlyList<string>>([]);
    }

    public async Task<PartOutcome> RunAsync(ChangeRun run, LockdownOrder order, IReadOnlyList<string> open,
        CancellationToken cancellationToken)
    {
        EvidenceOutcome kept = await new EvidenceKeeper(context).KeepAsync(run.Id, LockdownStore.Check(context),
            _settings.Services.Count == 0 ? null : _settings.Services, order.Since, order.Reason, cancellationToken).ConfigureAwait(false);
        return new PartOutcome($"{kept.Words}: {kept.Location} (SHA-256 {kept.Sha256})",
            [.. kept.Missing.Select(m => $"Evidence lacks something: {m}")])
        {
            Data = new Dictionary<string, string> { [Location] = kept.Location, [Sha256] = kept.Sha256 },
        };
    }
}
