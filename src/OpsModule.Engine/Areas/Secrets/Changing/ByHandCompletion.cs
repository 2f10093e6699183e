using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Changing;

/// <summary>Ends what only people can end: they say that the old value is disabled elsewhere, and the rotation goes on.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class ByHandCompletion(OpsContext context)
{
    /// <summary>The rotation of a secret that waits for people.</summary>
    /// <exception cref="OpsException"><c>RotationNotWaiting</c>.</exception>
    public JournalEntry Find(string name)
    {
        KeptSecret kept = new SecretStore(context).Read(name);
        JournalEntry? part = kept is { Change: { } id, Pending: not null, ByHandSince: not null } ? context.Journal.Find(id) : null;
        JournalEntry? whole = part?.Parent is { } parent ? context.Journal.Find(parent) : part;
        if (whole?.Outcome is JournalOutcome.Waiting or JournalOutcome.Unfinished) return whole;
        throw SecretErrors.RotationNotWaiting.Make($"No rotation of {name} waits for people.",
            $"Get-OpsSecret {name} tells how it is.", name);
    }

    /// <summary>Notes that it is done, and goes on with the rotation.</summary>
    public async Task<ChangeResult?> CompleteAsync(string name, CancellationToken cancellationToken)
    {
        JournalEntry whole = Find(name);
        var store = new SecretStore(context);
        using (context.Locks.Acquire(RotationOrder.TargetOf(name), "Complete-OpsSecretRotation"))
            store.Write(store.Read(name) with { ByHandDone = Actor.Current.User });
        return await new ChangeRunner(context).ResumeAsync(whole, cancellationToken).ConfigureAwait(false);
    }
}
