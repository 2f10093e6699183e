using OpsModule.Engine.Areas.Secrets.Asking;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Opening;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Secrets.Changing;

/// <summary>
/// The first part of a rotation: a new value is made and kept, set at the server, proven, and written where it is used. It is taken back as
/// long as the old one is there.
/// </summary>
internal sealed class SetSecret : ChangeKind
{
    public const string KindName = "secret.set";

    public override string Name => KindName;

    public override bool AltersConfiguration => true;

    /// <summary>What a failure has left at the server and in files is taken back with the rest.</summary>
    public override bool UndoesFailed => true;

    public override string TargetOf(ChangePlan plan) => RotationOrder.TargetOf(RotationOrder.Read(plan).Name);

    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken)
    {
        OpenedSecret secret = OpenedSecret.Of(context, RotationOrder.Read(plan).Name);
        SecretMaterial current = await new CurrentSecret(secret).FindAsync(cancellationToken).ConfigureAwait(false);
        SecretSurvey survey = await secret.Driver.LookAsync(current, cancellationToken).ConfigureAwait(false);
        List<PlanIdentity> all = await IdentifyAsync(secret, current, survey, cancellationToken).ConfigureAwait(false);
        if (RotationOrder.Read(plan).HandedIn is { } print)
            all.Add(HandedIn(secret.Entry.Name, secret.Store.ReadHandedIn(secret.Entry.Name, print) is { } handed
                ? secret.Store.Fingerprint(handed) : "gone"));
        return all;
    }

    /// <summary>What must still be so when it begins.</summary>
    internal static async Task<List<PlanIdentity>> IdentifyAsync(OpenedSecret secret, SecretMaterial current, SecretSurvey survey,
        CancellationToken ct)
    {
        var all = new List<PlanIdentity>(survey.Identities) { new($"value of {secret.Entry.Name}", secret.Store.Fingerprint(current)) };
        foreach (ISecretPlace place in secret.Places)
            all.Add(new PlanIdentity($"{place.Words} for {secret.Entry.Name}", await place.IdentifyAsync(ct).ConfigureAwait(false)));
        // One that has come to read it since would be left with the old value, and nobody would replace it.
        HashSet<string> built = [.. secret.Places.Where(p => p.IsBuilt).SelectMany(p => p.Services)];
        string[] services = [.. secret.RunningReaders.Order(StringComparer.Ordinal).Select(s => built.Contains(s) ? s + " (built in)" : s)];
        all.Add(new PlanIdentity($"services that read {secret.Entry.Name}", services.Length == 0 ? "none" : string.Join(", ", services)));
        return all;
    }

    /// <summary>A value that was handed in, by its fingerprint.</summary>
    internal static PlanIdentity HandedIn(string name, string print) => new($"value that was handed in for {name}", print);

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        RotationOrder order = RotationOrder.Read(run.Plan);
        if (order.NotBefore is { } begin && begin > run.Context.Time.GetUtcNow())
        {
            // So that others see it while it waits.
            var store = new SecretStore(run.Context);
            if (store.Read(order.Name) is { Pending: null } kept) store.Write(kept with { Change = run.Id });
            run.WaitUntil(begin, $"The rotation of {order.Name} begins at {begin.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, as was asked");
        }
        return await RotationPatience.OrOpenAsync(() => new SetSteps(run, order).RunAsync(cancellationToken), cancellationToken)
            .ConfigureAwait(false);
    }

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken) =>
        await new SetBack(run, RotationOrder.Read(run.Plan)).UndoAsync(cancellationToken).ConfigureAwait(false);
}
