using OpsModule.Engine.Areas.Secrets.ApiKeys;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Keys.Changing;

/// <summary>Revokes keys of an API, those that were listed when it was planned and no others.</summary>
internal sealed class RevokeKeys : ChangeKind
{
    public const string KindName = "apikey.revoke", Revoke = "revoke";

    private const string SecretName = "entry", Ids = "ids", Reason = "reason";

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

    /// <summary>A key that must be valid when it begins.</summary>
    public static PlanIdentity Valid(string id) => new($"key {id}", "valid");

    public override string TargetOf(ChangePlan plan) => IssueKey.TargetOf(plan.Arguments[SecretName]);

    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken)
    {
        SecretEntry entry = IssueKey.EntryOf(context, plan.Arguments[SecretName]);
        IKeyIssuer issuer = KeyIssuers.Open(context, entry);
        IReadOnlyList<IssuedKey> all = await issuer.ListAsync(cancellationToken).ConfigureAwait(false);
        return [new PlanIdentity($"keys of {entry.Name}", issuer.Identity), .. IdsOf(plan).Select(id => Valid(id) with
        {
            Value = all.FirstOrDefault(k => k.Id == id) is not { } key ? "gone" : key.IsRevoked ? "revoked" : "valid",
        })];
    }

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        SecretEntry entry = IssueKey.EntryOf(run.Context, run.Plan.Arguments[SecretName]);
        IKeyIssuer issuer = KeyIssuers.Open(run.Context, entry);
        IReadOnlyList<string> ids = IdsOf(run.Plan);
        await run.StepAsync(Revoke, () => KeyRevocation.MakeAsync(issuer, run, ids, entry.Name, cancellationToken)).ConfigureAwait(false);
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
        IReadOnlyList<string> ids = IdsOf(run.Plan);
        await run.StepAsync("restore", () => issuer.RestoreAsync(run, ids, cancellationToken)).ConfigureAwait(false);
        return new ChangeResult($"{ids.Count} keys are valid again");
    }

    private static IReadOnlyList<string> IdsOf(ChangePlan plan) => plan.Arguments[Ids].Split(Separator,
        StringSplitOptions.RemoveEmptyEntries);
}
