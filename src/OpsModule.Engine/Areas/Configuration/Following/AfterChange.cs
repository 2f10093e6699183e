using OpsModule.Engine.Areas.Configuration.Changing;
using OpsModule.Engine.Areas.Configuration.Settings;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Configuration.Following;

/// <summary>Backs up the configuration when a change has altered it: what is live after a rotation is in no backup from before.</summary>
internal static class AfterChange
{
    private const string Label = "after";

    /// <summary>Makes one where backups are encrypted and anything differs from the newest; elsewhere nothing.</summary>
    /// <param name="context">The environment and what goes with it.</param>
    /// <param name="plan">The change that has ended well.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task TakeAsync(OpsContext context, ChangePlan plan, CancellationToken cancellationToken)
    {
        if (context.Environment.Backups is not { Stores.Count: > 0, Recipients.Count: > 0 }
            || !context.Environment.Section<ConfigurationSettings>().AfterChanges) return;
        var request = new ConfigurationBackupRequest
        {
            OnlyIfChanged = true, Labels = new Dictionary<string, string> { [Label] = plan.Action },
        };
        ConfigurationBackupPlan planned;
        try
        {
            planned = await new ConfigurationBackupPlanner(context).PlanAsync(request, static unknown => throw unknown,
                cancellationToken).ConfigureAwait(false);
        }
        // An environment without files, or where they cannot be walked, has nothing to be backed up.
        catch (OpsException e) when (ConfigurationErrors.Empty.Is(e) || ConfigurationErrors.Unsupported.Is(e))
        {
            context.Reporter.Verbose(e.Message);
            return;
        }
        if (planned.Plan is not { } backup) return;
        ChangeResult? made = await new ChangeRunner(context).RunAsync(backup, cancellationToken).ConfigureAwait(false);
        context.Reporter.Verbose($"The configuration was backed up after {plan.Action}: {made?.Summary}.");
    }
}
