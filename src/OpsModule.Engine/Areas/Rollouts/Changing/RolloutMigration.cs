using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Environments.Rollouts;

namespace OpsModule.Engine.Areas.Rollouts.Changing;

/// <summary>Runs what is run once with an update, in an instance of its own. After a kill the one that was begun is waited for, and none
/// is begun anew.</summary>
internal sealed class RolloutMigration(RolloutRun on)
{
    private const string Step = "migrate", Cleared = "migrate-clear", UndoStep = "migrate-undo";

    private MigrateSettings? Settings => on.Order.Back is null
        ? on.Context.Environment.Services.GetValueOrDefault(on.Order.Service)?.Migrate : null;

    private string NameOf(string step) => $"opsmodule-{step}-{on.Change.Undoes ?? on.Change.Id}";

    /// <summary>Runs it, where it is to be run now.</summary>
    public async Task RunAsync(bool before, Func<int, CancellationToken, Task<InstanceMaking>> making, CancellationToken ct)
    {
        if (Settings is not { } migrate || migrate.IsBefore != before) return;
        await on.StepAsync(Step, () => RunAsync(migrate.Command, Step, making, ct)).ConfigureAwait(false);
        await on.StepAsync(Cleared, () => ClearAsync(Step, ct)).ConfigureAwait(false);
    }

    /// <summary>Takes it back, where it was run and something does.</summary>
    /// <returns>What is left of it, in words; null for nothing.</returns>
    public async Task<string?> UndoAsync(string prefix, Func<int, CancellationToken, Task<InstanceMaking>> making, CancellationToken ct)
    {
        if (Settings is not { } migrate || !on.Change.HasBegun(Step)) return null;
        if (migrate.Undo.Count == 0) return $"what {migrate.Command[0]} has changed stays changed";
        await on.StepAsync(prefix + UndoStep, () => RunAsync(migrate.Undo, UndoStep, making, ct)).ConfigureAwait(false);
        await on.StepAsync(prefix + UndoStep + "-clear", async () => await ClearAsync(UndoStep, ct).ConfigureAwait(false)
            + await ClearAsync(Step, ct).ConfigureAwait(false)).ConfigureAwait(false);
        return null;
    }

    private async Task<string> RunAsync(IReadOnlyList<string> command, string step, Func<int, CancellationToken,
        Task<InstanceMaking>> making, CancellationToken ct)
    {
        InstanceAnswer answer = await on.Rolling.RunOnceAsync(on.Change, await making(1, ct).ConfigureAwait(false), command, NameOf(step),
            ct).ConfigureAwait(false);
        if (answer.IsWell) return $"{command[0]} has run";
        string said = answer.Words.Length > 0 ? $" It said: {answer.Words}" : "";
        await ClearAsync(step, CancellationToken.None).ConfigureAwait(false);
        throw RolloutErrors.MigrationFailed.Make(
            $"{command[0]}, which runs once with the update, ended with exit code {answer.ExitCode}.{said}",
            "See how far it came before you run it again: nothing tells whether it did a part.", on.Order.Service);
    }

    private async Task<string> ClearAsync(string step, CancellationToken ct)
    {
        await on.Rolling.RemoveAsync(on.Change, NameOf(step), volumes: true, ct).ConfigureAwait(false);
        return "";
    }
}
