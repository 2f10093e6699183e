using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments.Rollouts;

namespace OpsModule.Engine.Areas.Rollouts.Changing;

/// <summary>Runs what is run once with an update, in an instance of its own. After a kill the one that was begun is waited for, and none
/// is begun anew.</summary>
internal sealed class RolloutMigration(RolloutRun on)
{
    private const string Step = "migrate", Cleared = "migrate-clear", UndoStep = "migrate-undo", Begun = "migration";

    private string NameOf(string step) => $"opsmodule-{step}-{on.Holder}";

    /// <summary>Runs it, where it is to be run now.</summary>
    public async Task RunAsync(bool before, Func<int, CancellationToken, Task<InstanceMaking>> making, CancellationToken ct)
    {
        if (on.Order.Migrate is not { } migrate || migrate.IsBefore != before) return;
        await on.StepAsync(Step, () => RunAsync(migrate.Command, Step, making, ct), new Dictionary<string, string>
            { [Begun] = NameOf(Step) }).ConfigureAwait(false);
        await on.StepAsync(Cleared, () => RemoveAsync(Step, ct)).ConfigureAwait(false);
    }

    /// <summary>Takes it back, where it was run and something does. One that still runs is waited for: nobody knows what a half
    /// is.</summary>
    /// <returns>What is left of it, in words; null for nothing.</returns>
    public async Task<string?> UndoAsync(string prefix, Func<int, CancellationToken, Task<InstanceMaking>> making, CancellationToken ct)
    {
        if (on.Order.Migrate is not { } migrate || !on.Change.Data.ContainsKey(Begun)) return null;
        string name = migrate.Command[0];
        // Begun by this run, or by the one that it goes on with or takes back.
        if (!on.Change.IsDone(Step) && !on.Change.HasBegun(Step + ChangeRun.EndOfStep))
        {
            on.Context.Reporter.Verbose($"{on.Order.Service}: {name} is waited for, in case it still runs.");
            InstanceAnswer? ended = await on.Rolling.EndOnceAsync(NameOf(Step), ct).ConfigureAwait(false);
            if (ended is null) return null;
            if (!ended.IsWell)
                return $"{name} ended with exit code {ended.ExitCode}, how far it came is not known, and nothing has taken it back";
        }
        if (migrate.Undo.Count == 0) return $"what {name} has changed stays changed";
        await on.StepAsync(prefix + UndoStep, () => RunAsync(migrate.Undo, UndoStep, making, ct)).ConfigureAwait(false);
        return null;
    }

    /// <summary>Takes the instances away that it ran in. They are there till the way back is at its end: of them a run after a kill knows
    /// what has been run.</summary>
    public async Task ClearAsync(string prefix, CancellationToken ct)
    {
        if (on.Change.Data.ContainsKey(Begun))
            await on.StepAsync(prefix + Cleared, async () => await RemoveAsync(UndoStep, ct).ConfigureAwait(false)
                + await RemoveAsync(Step, ct).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private async Task<string> RunAsync(IReadOnlyList<string> command, string step, Func<int, CancellationToken,
        Task<InstanceMaking>> making, CancellationToken ct)
    {
        InstanceAnswer answer = await on.Rolling.RunOnceAsync(on.Change, await making(1, ct).ConfigureAwait(false), command, NameOf(step),
            ct).ConfigureAwait(false);
        if (answer.IsWell) return $"{command[0]} has run";
        string said = answer.Words.Length > 0 ? $" It said: {answer.Words}" : "";
        // What takes back is run anew by the next try; of what was to be made, the way back asks how it ended.
        if (step == UndoStep) await RemoveAsync(step, CancellationToken.None).ConfigureAwait(false);
        throw RolloutErrors.MigrationFailed.Make(
            $"{command[0]}, which runs once with the update, ended with exit code {answer.ExitCode}.{said}",
            "See how far it came before you run it again: nothing tells whether it did a part.", on.Order.Service);
    }

    private async Task<string> RemoveAsync(string step, CancellationToken ct)
    {
        await on.Rolling.RemoveAsync(on.Change, NameOf(step), volumes: true, ct).ConfigureAwait(false);
        return "";
    }
}
