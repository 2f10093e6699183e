using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Rollouts.Changing;

/// <summary>Finds instances that somebody else has brought out meanwhile: they are neither what was there before nor of this
/// change.</summary>
internal sealed class RolloutStrangers(RolloutRun on)
{
    /// <summary>Those that run and are of none of the images that this change works with.</summary>
    /// <param name="images">The ids of those images.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<IReadOnlyList<InstanceFacts>> FindAsync(IReadOnlyCollection<string?> images, CancellationToken ct)
    {
        HashSet<string> old = on.Old;
        return [.. (await on.ListAsync(ct).ConfigureAwait(false)).Where(i => i.Runs && !old.Contains(i.Id)
            && !images.Contains(i.ImageId))];
    }

    /// <summary>Refuses to go on beside such instances.</summary>
    /// <exception cref="OpsException"><c>ForeignInstances</c>.</exception>
    public async Task RefuseAsync(IReadOnlyCollection<string?> images, CancellationToken ct)
    {
        if (await FindAsync(images, ct).ConfigureAwait(false) is { Count: > 0 } found)
            throw RolloutErrors.ForeignInstances.Make(
                $"{Show(found)} of {on.Order.Service} {(found.Count == 1 ? "was" : "were")} brought out by somebody else since this "
                + $"change began, and nothing more is done.",
                $"Where they are to stay, close this change: Undo-OpsChange {on.Holder} leaves them alone. Where they are not, remove them "
                + $"(docker rm -f), then Resume-OpsChange {on.Holder}.", on.Order.Service);
    }

    /// <summary>Refuses to take a finished change back when other instances run than it had brought out: a later change would go with
    /// it.</summary>
    /// <exception cref="OpsException"><c>ForeignInstances</c>.</exception>
    public async Task RefuseLaterAsync(CancellationToken ct)
    {
        KeptRevision? made = on.Store.List(on.Order.Service).FirstOrDefault(r => r.Shown.Revision == on.Order.Revision);
        InstanceFacts[] other = [.. (await on.ListAsync(ct).ConfigureAwait(false)).Where(i => i.Runs && (made is null
            ? i.ImageId != on.Change.Data.GetValueOrDefault(RolloutRun.ImageId) : !made.Instances.Contains(i.Id)))];
        if (other.Length > 0)
            throw RolloutErrors.ForeignInstances.Make(
                $"{Show(other)} of {on.Order.Service} {(other.Length == 1 ? "is" : "are")} not what this change brought out: something was "
                + $"brought out after it, which would go with it.",
                $"See what ran when (Get-OpsServiceUpdate {on.Order.Service}), and say where to: Undo-OpsServiceUpdate "
                + $"{on.Order.Service} -ToRevision {on.Order.From?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "N"}.",
                on.Order.Service);
    }

    /// <summary>Instances with their images, in words.</summary>
    public static string Show(IReadOnlyList<InstanceFacts> instances) =>
        string.Join(", ", instances.Select(i => $"{i} ({i.Instance.Image ?? i.ImageId})"));
}
