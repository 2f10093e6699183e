using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Tenants.Proving;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Tenants.Showing;

/// <summary>
/// Whether a suspension was lifted when its time was over, whether one has ended at all, and whether anybody serves the tenant since. The
/// area of health is told of it.
/// </summary>
internal static class TenantCheck
{
    public const string Name = "tenant.suspended";

    /// <summary>One check for each tenant that is suspended.</summary>
    public static IEnumerable<HealthCheck> All(OpsContext context)
    {
        try
        {
            return [.. new TenantCatalog(context).Suspended().Select(record =>
            {
                (HealthStatus status, string remedy) = Judge(record);
                return status == HealthStatus.Healthy ? Asked(context, record) : Of(record.Tenant, status, record.Message + ".", remedy);
            })];
        }
        // What is kept of one cannot be read: nobody can tell who is suspended, and all else is looked at.
        catch (OpsException e) { return [Of("state folder", HealthStatus.Unknown, e.Message, e.RecommendedAction)]; }
    }

    /// <summary>It was seen refused when it was suspended; an instance that came since is asked now.</summary>
    private static HealthCheck Asked(OpsContext context, TenantRecord record) => new(Name, record.Tenant, async (report, ct) =>
    {
        using var prover = new TenantProver(context);
        IReadOnlyList<ProofAnswer> answers;
        try { answers = await prover.LookAsync(record.Tenant, ct, isShown: true).ConfigureAwait(false); }
        catch (OpsException e)
        {
            report.Said(HealthStatus.Degraded, $"{record.Message}. Whether each instance refuses it still cannot be seen: {e.Message}",
                e.RecommendedAction);
            return;
        }
        ProofAnswer[] served = [.. answers.Where(a => a.Said == ProofSaid.Served)], nothing = [.. answers.Where(a =>
            a.Said == ProofSaid.Nothing)];
        string[] unasked = [.. answers.Where(a => a.Said == ProofSaid.Unasked).Select(a => a.Words)];
        // That nobody serves it now is not known where nobody was asked.
        string silent = answers.Count == 0 ? "; it was not asked now: no proof is a GET"
            : unasked.Length > 0 ? $"; it was not asked now: {string.Join("; ", unasked)}" : "";
        string bad = string.Join("; ", served.Concat(nothing).Select(a => a.Words));
        report.Said(served.Length > 0 ? HealthStatus.Unhealthy : nothing.Length > 0 ? HealthStatus.Degraded : HealthStatus.Healthy,
            record.Message + silent + (bad.Length > 0 ? $", and now {bad}." : "."),
            $"Cut it off once more: Suspend-OpsTenant {record.Tenant}.");
    });

    private static HealthCheck Of(string target, HealthStatus status, string words, string remedy) => new(Name, target, (report, _) =>
    {
        report.Said(status, words, remedy);
        return Task.CompletedTask;
    });

    private static (HealthStatus Status, string Remedy) Judge(TenantRecord record) => record switch
    {
        { Status: TenantStatus.Overdue } => (HealthStatus.Unhealthy, $"Let it in again (Resume-OpsTenant {record.Tenant}), and see why the "
            + $"schedule's entry {record.Runner} did not (Get-OpsSchedule {record.Runner})."),
        { Status: TenantStatus.Unfinished } => (HealthStatus.Unhealthy, $"Go on with it (Resume-OpsChange {record.Change}), or let the "
            + $"tenant in again (Undo-OpsChange {record.Change})."),
        { IsProven: false } => (HealthStatus.Degraded, "Declare requests that prove it (tenants.proof), and see what each instance "
            + "answers."),
        _ => (HealthStatus.Healthy, ""),
    };
}
