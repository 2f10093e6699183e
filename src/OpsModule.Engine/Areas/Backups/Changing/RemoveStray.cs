using System.Globalization;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Backups.Changing;

/// <summary>Removes what an interrupted backup left in a store.</summary>
internal sealed class RemoveStray : ChangeKind
{
    public const string KindName = "store.stray";

    public const string Upload = "upload", Started = "started";

    public override string Name => KindName;

    /// <summary>Whoever has made a backup of it meanwhile does not lose it.</summary>
    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan, CancellationToken cancellationToken)
    {
        string key = plan.Arguments["key"];
        return [Identity(key, await context.OpenStore(plan.Arguments["store"]).FindAsync(BackupKeys.Manifest(key), cancellationToken).ConfigureAwait(false) is not null)];
    }

    public static PlanIdentity Identity(string key, bool hasManifest) => new($"manifest of {key}", hasManifest ? "there" : "none");

    public override string WhenStopped(ChangePlan plan) => $"The removal of {plan.Arguments["location"]} was stopped; Test-OpsBackup shows whether it is still there.";

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, string> arguments = run.Plan.Arguments;
        IBackupStore store = run.Context.OpenStore(arguments["store"]);
        await run.StepAsync("remove", () => arguments.TryGetValue(Upload, out string? upload)
            ? store.RemoveLeftoverAsync(new StoreLeftover(arguments["key"], upload, DateTimeOffset.Parse(arguments[Started], CultureInfo.InvariantCulture)) { Location = arguments["location"] }, cancellationToken)
            : store.DeleteAsync(arguments["key"], cancellationToken)).ConfigureAwait(false);
        return new ChangeResult($"what an interrupted backup left was removed from {store.Name}");
    }
}
