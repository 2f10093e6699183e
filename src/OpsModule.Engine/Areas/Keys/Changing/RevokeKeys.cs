using OpsModule.Engine.Areas.Secrets.ApiKeys;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Keys.Changing;

/// <summary>Revokes keys of an API, those that were listed when it was planned and no others.</summary>
internal sealed class RevokeKeys : ChangeKind
{
    public const string KindName = "apikey.revoke", Revoke = "revoke";

    private const string SecretName = "entry", Ids = "ids", Reason = "reason", Look = "look", Others = "others";

    private const char Separator = '\n';

    public override string Name => KindName;

    /// <summary>Some of several may have been revoked.</summary>
    public override bool UndoesFailed => true;

    public static Dictionary<string, string> Arguments(string secret, IReadOnlyList<string> ids, string? reason)
    {
        var all = new Dictionary<string, string> { [SecretName] = secret, [Ids] = string.Join(Separator, ids) };
        if (reason is not null) all[Reason] = reason;
        return all;
    }

    /// <summary>A key that is meant, which is valid when it is planned.</summary>
    public static PlanIdentity Valid(string id) => new($"key {id}", "valid");

    public override string TargetOf(ChangePlan plan) => IssueKey.TargetOf(plan.Arguments[SecretName]);

    public override Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken)
    {
        SecretEntry entry = IssueKey.EntryOf(context, plan.Arguments[SecretName]);
        IKeyIssuer issuer = KeyIssuers.Open(context, entry);
        // One that somebody has revoked meanwhile, or that is gone, is what is wanted, and keeps none of the others valid.
        return Task.FromResult<IReadOnlyList<PlanIdentity>>([new PlanIdentity($"keys of {entry.Name}", issuer.Identity),
            .. IdsOf(plan).Select(Valid)]);
    }

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        SecretEntry entry = IssueKey.EntryOf(run.Context, run.Plan.Arguments[SecretName]);
        IKeyIssuer issuer = KeyIssuers.Open(run.Context, entry);
        IReadOnlyList<IssuedKey> all = await issuer.ListAsync(cancellationToken).ConfigureAwait(false);
        string[] others = [.. IdsOf(run.Plan).Where(id => all.Any(k => k.Id == id && k.IsRevoked))];
        // Noted before anything is revoked: what others have revoked is not made valid again when this is taken back.
        await run.StepAsync(Look, () => Task.CompletedTask, new Dictionary<string, string> { [Others] = string.Join(Separator, others) })
            .ConfigureAwait(false);
        IReadOnlyList<string> ids = OwnOf(run);
        string[] gone = [.. ids.Where(id => all.All(k => k.Id != id))], there = [.. ids.Except(gone)];
        await run.StepAsync(Revoke, async () =>
        {
            if (there.Length > 0) await KeyRevocation.MakeAsync(issuer, run, there, entry.Name, cancellationToken).ConfigureAwait(false);
            // What a list leaves out may be valid still; of one that is gone it is no error.
            if (gone.Length == 0) return;
            foreach ((string id, OpsException why) in await issuer.RevokeAsync(run, gone, cancellationToken).ConfigureAwait(false))
                run.Context.Reporter.Warning($"The key {id} of {entry.Name} is not listed any more, and was not revoked: {why.Message}");
        }).ConfigureAwait(false);
        return new ChangeResult($"{ids.Count} keys were revoked by {issuer.Words}", new KeyRevocationResult
        {
            Environment = run.Context.Environment.Name, Secret = entry.Name, Ids = ids, CanBeTakenBack = issuer.Restores, Change = run.Id,
        });
    }

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        SecretEntry entry = IssueKey.EntryOf(run.Context, run.Plan.Arguments[SecretName]);
        IKeyIssuer issuer = KeyIssuers.Open(run.Context, entry);
        if (!run.HasBegun(Revoke)) return new ChangeResult("No key had been revoked");
        if (!issuer.Restores)
            throw ChangeErrors.ChangeNotUndoable.Make($"Keys that {issuer.Words} has revoked cannot be made valid again.",
                "Make new ones: New-OpsApiKey.", run.Plan.Target);
        IReadOnlyList<string> ids = OwnOf(run);
        await run.StepAsync("restore", () => issuer.RestoreAsync(run, ids, cancellationToken)).ConfigureAwait(false);
        return new ChangeResult($"{ids.Count} keys are valid again");
    }

    /// <summary>Those that nobody had revoked before.</summary>
    private static IReadOnlyList<string> OwnOf(ChangeRun run) => [.. IdsOf(run.Plan).Except(run.Data.GetValueOrDefault(Others, "")
        .Split(Separator))];

    private static IReadOnlyList<string> IdsOf(ChangePlan plan) => plan.Arguments[Ids].Split(Separator,
        StringSplitOptions.RemoveEmptyEntries);
}
