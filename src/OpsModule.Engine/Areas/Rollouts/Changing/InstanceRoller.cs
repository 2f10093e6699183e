using System.Globalization;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Environments.Rollouts;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Rollouts.Changing;

/// <summary>
/// Replaces instances by others, round by round. Which are there is looked at in each step anew, so that after a kill anywhere it goes
/// on with what
/// stands.
/// </summary>
internal sealed class InstanceRoller(RolloutRun on, RollSide side)
{
    private readonly InstanceWait _wait = new(on);
    private readonly InstanceDrain _drain = new(on);

    /// <summary>Goes all rounds.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        bool all = on.Order.Strategy == RolloutStrategy.BlueGreen;
        int batch = all ? Math.Max(1, side.Wanted) : on.Order.Batch, rounds = (side.Wanted + batch - 1) / batch;
        for (int round = 1; round <= rounds; round++)
        {
            int target = Math.Min(round * batch, side.Wanted);
            string number = round.ToString(CultureInfo.InvariantCulture);
            await StepAsync("make", number, () => MakeAsync(target, ct)).ConfigureAwait(false);
            if (on.Order.Strategy == RolloutStrategy.StopFirst)
            {
                await DrainAsync(number, target, stop: true, ct).ConfigureAwait(false);
                await ServeAsync(number, target, ct).ConfigureAwait(false);
            }
            else
            {
                await ServeAsync(number, target, ct).ConfigureAwait(false);
                if (all && side.BeforeDrain is { } watch) await watch(ct).ConfigureAwait(false);
                await DrainAsync(number, target, stop: false, ct).ConfigureAwait(false);
            }
            await StepAsync("remove", number, () => RemoveAsync(on.Ids(side.Prefix + "drop-" + number), ct)).ConfigureAwait(false);
        }
        await on.StepAsync(side.Prefix + "sweep", () => SweepAsync(ct)).ConfigureAwait(false);
    }

    private Task StepAsync(string name, string number, Func<Task<string>> body, IReadOnlyDictionary<string, string>? data = null) =>
        on.StepAsync($"{side.Prefix}{name}-{number}", body, data);

    private async Task ServeAsync(string number, int target, CancellationToken ct)
    {
        await StepAsync("start", number, () => StartAsync(target, ct)).ConfigureAwait(false);
        await StepAsync("ready", number, () => ReadyAsync(ct)).ConfigureAwait(false);
        if (on.Proxy.IsThere) await StepAsync("admit", number, () => AdmitAsync(ct)).ConfigureAwait(false);
    }

    private async Task<string> MakeAsync(int target, CancellationToken ct)
    {
        (InstanceFacts[] own, _) = await PartAsync(ct).ConfigureAwait(false);
        int missing = target - own.Length;
        if (missing <= 0) return "";
        IReadOnlyList<InstanceFacts> made = await on.Rolling.MakeAsync(on.Change, await side.Making(missing, ct).ConfigureAwait(false),
            ct).ConfigureAwait(false);
        return $"{string.Join(", ", made)} made";
    }

    private async Task<string> StartAsync(int target, CancellationToken ct)
    {
        var started = new List<InstanceFacts>();
        foreach (InstanceFacts instance in (await PartAsync(ct).ConfigureAwait(false)).Own.Take(target).Where(i => !i.Runs))
        {
            try { await on.Rolling.StartAsync(on.Change, side.Model, instance.Id, ct).ConfigureAwait(false); }
            catch (OpsException e) when (e.ErrorId is "EngineRefused" or "ContainerNotFound" or "ContainerBusy")
            {
                throw RolloutErrors.InstanceCrashed.Make($"{instance} of {on.Order.Image} could not be started: {e.Message}",
                    "Mend what it says, then bring it out again.", on.Order.Service, e);
            }
            started.Add(instance);
        }
        return started.Count == 0 ? "" : $"{string.Join(", ", started)} started";
    }

    private async Task<string> ReadyAsync(CancellationToken ct)
    {
        var words = new List<string>();
        foreach (InstanceFacts instance in (await PartAsync(ct).ConfigureAwait(false)).Own.Where(i =>
            i.Instance.State != InstanceState.Pending))
            words.Add((await _wait.ReadyAsync(instance.Id, side.IsNew(instance.Id), ct).ConfigureAwait(false)).Words);
        return string.Join("; ", words);
    }

    private async Task<string> AdmitAsync(CancellationToken ct)
    {
        (InstanceFacts[] own, InstanceFacts[] others) = await PartAsync(ct).ConfigureAwait(false);
        await on.Proxy.SetAsync(own.Concat(others.Where(Serves)), [], ct).ConfigureAwait(false);
        var words = new List<string>();
        foreach (InstanceFacts instance in own.Where(i => i.Runs)) words.Add(await on.Proxy.ProveAsync(instance, ct).ConfigureAwait(false));
        return string.Join("; ", words);
    }

    /// <summary>Takes old instances out of the proxy and waits for their connections; how many is what the new ones make up for.</summary>
    private async Task DrainAsync(string number, int target, bool stop, CancellationToken ct)
    {
        string key = side.Prefix + "drop-" + number;
        var note = new Dictionary<string, string>();
        if (!on.Change.Data.ContainsKey(key))
        {
            InstanceFacts[] others = (await PartAsync(ct).ConfigureAwait(false)).Others;
            // Those that serve nobody go first.
            note[key] = string.Join(' ', others.OrderBy(i => i.Runs).Take(Math.Max(0, others.Length - (side.Wanted - target))).Select(i =>
                i.Id));
        }
        await StepAsync("drain", number, () => DrainAsync(on.Ids(key), ct), note).ConfigureAwait(false);
        if (stop) await StepAsync("stop", number, () => StopAsync(on.Ids(key), ct)).ConfigureAwait(false);
    }

    private async Task<string> DrainAsync(IReadOnlyList<string> ids, CancellationToken ct)
    {
        (InstanceFacts[] own, InstanceFacts[] others) = await PartAsync(ct).ConfigureAwait(false);
        InstanceFacts[] going = [.. others.Where(i => i.Runs && ids.Contains(i.Id))];
        if (going.Length == 0) return "";
        // With nothing else to send requests to, an old one keeps them until it stops.
        InstanceFacts[] serving = [.. own.Concat(others).Where(Serves)];
        if (serving.Any(i => !ids.Contains(i.Id))) await on.Proxy.SetAsync(serving, ids, ct).ConfigureAwait(false);
        var words = new List<string>();
        foreach (InstanceFacts instance in going)
        {
            await on.Rolling.PrepareStopAsync(on.Change, side.Other, instance.Id, ct).ConfigureAwait(false);
            words.Add(await _drain.RunAsync(instance, ct).ConfigureAwait(false));
        }
        return string.Join("; ", words);
    }

    private async Task<string> StopAsync(IReadOnlyList<string> ids, CancellationToken ct)
    {
        foreach (string id in ids) await on.Rolling.StopAsync(on.Change, id, null, ct).ConfigureAwait(false);
        return ids.Count == 0 ? "" : "stopped what goes";
    }

    private async Task<string> RemoveAsync(IReadOnlyList<string> ids, CancellationToken ct)
    {
        if (ids.Count == 0) return "";
        await StopAsync(ids, ct).ConfigureAwait(false);
        foreach (string id in ids) await on.Rolling.RemoveAsync(on.Change, id, side.Volumes, ct).ConfigureAwait(false);
        (InstanceFacts[] own, InstanceFacts[] others) = await PartAsync(ct).ConfigureAwait(false);
        await on.Proxy.SetAsync(own.Concat(others).Where(Serves), [], ct).ConfigureAwait(false);
        // A name that only one can have is free now.
        if (side.Model.Traits.FirstOrDefault(t => t.Kind == TraitKind.ContainerName) is { } named && others.Length == 0 && own is [var one])
            await on.Rolling.RenameAsync(on.Change, one.Id, named.Words, ct).ConfigureAwait(false);
        return ids.Count == 1 ? "the old instance is removed" : $"{ids.Count} old instances are removed";
    }

    /// <summary>What is left of others goes: instances beyond those that were wanted, or all where none is.</summary>
    private async Task<string> SweepAsync(CancellationToken ct)
    {
        string[] left = [.. (await PartAsync(ct).ConfigureAwait(false)).Others.Select(i => i.Id)];
        if (left.Length == 0) return "";
        await DrainAsync(left, ct).ConfigureAwait(false);
        return await RemoveAsync(left, ct).ConfigureAwait(false);
    }

    private static bool Serves(InstanceFacts instance) => instance.Instance.State == InstanceState.Running;

    private async Task<(InstanceFacts[] Own, InstanceFacts[] Others)> PartAsync(CancellationToken ct)
    {
        IReadOnlyList<InstanceFacts> all = await on.ListAsync(ct).ConfigureAwait(false);
        // Those that run come first: they are not made or started again.
        return ([.. all.Where(i => side.IsOwn(i.Id)).OrderByDescending(i => i.Runs)], [.. all.Where(i => !side.IsOwn(i.Id))]);
    }
}
