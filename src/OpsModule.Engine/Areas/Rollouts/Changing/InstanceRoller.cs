using System.Globalization;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Orders;
using OpsModule.Engine.Areas.Rollouts.Watching;
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
                // Those of this round start when these have stopped.
                await DrainAsync(number, target, (round - 1) * batch, ct).ConfigureAwait(false);
                await StepAsync("stop", number, () => StopAsync(Drops(number), (round - 1) * batch, ct)).ConfigureAwait(false);
                await ServeAsync(number, target, ct).ConfigureAwait(false);
            }
            else
            {
                await ServeAsync(number, target, ct).ConfigureAwait(false);
                if (all && side.BeforeDrain is { } watch) await watch(ct).ConfigureAwait(false);
                await DrainAsync(number, target, target, ct).ConfigureAwait(false);
            }
            await StepAsync("remove", number, () => RemoveAsync(Drops(number), target, ct)).ConfigureAwait(false);
        }
        await on.StepAsync(side.Prefix + "sweep", () => SweepAsync(ct)).ConfigureAwait(false);
    }

    private Task StepAsync(string name, string number, Func<Task<string>> body, IReadOnlyDictionary<string, string>? data = null) =>
        on.StepAsync($"{side.Prefix}{name}-{number}", body, data);

    private async Task ServeAsync(string number, int target, CancellationToken ct)
    {
        string key = Started + number;
        var note = new Dictionary<string, string>();
        if (side.IsBack && !on.Change.Data.ContainsKey(key))
            note[key] = string.Join(' ', (await PartAsync(ct).ConfigureAwait(false)).Own.Take(target).Where(i => !i.Runs)
                .Select(i => i.Id));
        await StepAsync("start", number, () => StartAsync(target, ct), note).ConfigureAwait(false);
        await StepAsync("ready", number, () => ReadyAsync(ct)).ConfigureAwait(false);
        if (on.Proxy.IsThere) await StepAsync("admit", number, () => AdmitAsync(ct)).ConfigureAwait(false);
    }

    private string Started => side.Prefix + "started-";

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
            try { await on.Rolling.StartAsync(on.Change, side.Model, instance.Id, on.Order.Health, ct).ConfigureAwait(false); }
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
        HashSet<string> started = [.. on.Change.Data.Keys.Where(k => k.StartsWith(Started, StringComparison.Ordinal)).SelectMany(on.Ids)];
        foreach (InstanceFacts instance in (await PartAsync(ct).ConfigureAwait(false)).Own.Where(i =>
            i.Instance.State != InstanceState.Pending))
            words.Add(side.IsBack ? await _wait.BackAsync(instance.Id, started.Contains(instance.Id), ct).ConfigureAwait(false)
                : (await _wait.ReadyAsync(instance.Id, fresh: false, ct).ConfigureAwait(false)).Words);
        return string.Join("; ", words);
    }

    private async Task<string> AdmitAsync(CancellationToken ct)
    {
        (InstanceFacts[] own, InstanceFacts[] others) = await PartAsync(ct).ConfigureAwait(false);
        await on.Proxy.SetAsync(own.Concat(others.Where(Serves)), [], ct).ConfigureAwait(false);
        var words = new List<string>();
        foreach (InstanceFacts instance in own.Where(i => i.Runs))
        {
            try { words.Add(await on.Proxy.ProveAsync(instance, ct).ConfigureAwait(false)); }
            // The old version may never have answered so; it is what there is to go back to.
            catch (OpsException e) when (side.IsBack && RolloutErrors.ProxyNotProven.Is(e)) { words.Add(e.Message); }
        }
        return string.Join("; ", words);
    }

    private IReadOnlyList<string> Drops(string number) => on.Ids(side.Prefix + "drop-" + number);

    /// <summary>Takes old instances out of the proxy and waits for their connections; how many is what the new ones make up for.</summary>
    private async Task DrainAsync(string number, int target, int needed, CancellationToken ct)
    {
        string key = side.Prefix + "drop-" + number;
        var note = new Dictionary<string, string>();
        if (!on.Change.Data.ContainsKey(key))
        {
            InstanceFacts[] others = (await PartAsync(ct).ConfigureAwait(false)).Others;
            // Those that serve nobody go first.
            InstanceFacts[] going = [.. others.OrderBy(i => i.Runs).Take(Math.Max(0, others.Length - (side.Wanted - target)))];
            note[key] = string.Join(' ', going.Select(i => i.Id));
            note[ListenedAt + number] = await ReadPortsAsync(going, ct).ConfigureAwait(false);
            if (side.BeforeGoing is { } before) await before(number, [.. going.Where(i => i.Runs)], ct).ConfigureAwait(false);
        }
        await StepAsync("drain", number, () => DrainAsync(on.Ids(key), needed, ct), note).ConfigureAwait(false);
    }

    private async Task<string> DrainAsync(IReadOnlyList<string> ids, int needed, CancellationToken ct)
    {
        (InstanceFacts[] own, InstanceFacts[] others) = await PartAsync(ct).ConfigureAwait(false);
        InstanceFacts[] going = [.. others.Where(i => i.Runs && ids.Contains(i.Id))];
        if (going.Length == 0) return "";
        await RequireAsync(needed, ct).ConfigureAwait(false);
        InstanceFacts[] serving = [.. own.Concat(others).Where(Serves)];
        // With nothing else to send requests to, an old one keeps them until it stops, and waiting changes nothing.
        bool isLast = serving.All(i => ids.Contains(i.Id));
        if (!isLast) await on.Proxy.SetAsync(serving, ids, ct).ConfigureAwait(false);
        var words = new List<string>();
        // What is told to prepare for its end may close its ports first: those of before count as well, of a run before a kill, too.
        string[] listened = [.. on.Change.Data.Keys.Where(k => k.StartsWith(ListenedAt, StringComparison.Ordinal)).SelectMany(on.Ids),
            .. (await ReadPortsAsync(going, ct).ConfigureAwait(false)).Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        foreach (InstanceFacts instance in going)
        {
            await on.Rolling.PrepareStopAsync(on.Change, side.Other, instance.Id, on.Order.Drain, ct).ConfigureAwait(false);
            words.Add(isLast ? $"nothing else can take the requests of {instance}: its connections are not waited for"
                : await _drain.RunAsync(instance, PortsOf(instance, listened), StandAsync, ct).ConfigureAwait(false));
        }
        return string.Join("; ", words);
    }

    private string ListenedAt => side.Prefix + "ports-";

    /// <summary>Where each of those that run listens: <c>ID:80 ID:8080</c>.</summary>
    private async Task<string> ReadPortsAsync(IEnumerable<InstanceFacts> instances, CancellationToken ct)
    {
        var all = new List<string>();
        foreach (InstanceFacts instance in instances.Where(i => i.Runs))
            foreach (int port in await on.Rolling.ReadPortsAsync(instance.Id, ct).ConfigureAwait(false))
                all.Add(string.Create(CultureInfo.InvariantCulture, $"{instance.Id}:{port}"));
        return string.Join(' ', all);
    }

    private static int[] PortsOf(InstanceFacts instance, IEnumerable<string> listened) => [.. listened.Select(l => l.Split(':'))
        .Where(l => l.Length == 2 && l[0] == instance.Id).Select(l => int.Parse(l[1], CultureInfo.InvariantCulture)).Distinct()];

    private async Task<string> StopAsync(IReadOnlyList<string> ids, int needed, CancellationToken ct)
    {
        if (ids.Count == 0) return "";
        await RequireAsync(needed, ct).ConfigureAwait(false);
        foreach (string id in ids) await on.Rolling.StopAsync(on.Change, id, null, ct).ConfigureAwait(false);
        return "stopped what goes";
    }

    private async Task<string> RemoveAsync(IReadOnlyList<string> ids, int needed, CancellationToken ct)
    {
        if (ids.Count == 0) return "";
        await StopAsync(ids, needed, ct).ConfigureAwait(false);
        foreach (InstanceFacts instance in (await PartAsync(ct).ConfigureAwait(false)).Others.Where(i => ids.Contains(i.Id)))
            await on.Rolling.RemoveAsync(on.Change, instance.Id, side.IsMadeHere(instance), ct).ConfigureAwait(false);
        (InstanceFacts[] own, InstanceFacts[] others) = await PartAsync(ct).ConfigureAwait(false);
        await on.Proxy.SetAsync(own.Concat(others).Where(Serves), [], ct).ConfigureAwait(false);
        // A name that only one can have is free now.
        if (side.Model.Traits.FirstOrDefault(t => t.Kind == TraitKind.ContainerName) is { } named && others.Length == 0 && own is [var one])
            await on.Rolling.RenameAsync(on.Change, one.Id, named.Words, ct).ConfigureAwait(false);
        return ids.Count == 1 ? "the old instance is removed" : $"{ids.Count} old instances are removed";
    }

    /// <summary>What is left of others goes: instances beyond those that were wanted, or all where none is; and what was made beyond what
    /// was wanted and never started.</summary>
    private async Task<string> SweepAsync(CancellationToken ct)
    {
        (InstanceFacts[] own, InstanceFacts[] others) = await PartAsync(ct).ConfigureAwait(false);
        foreach (InstanceFacts extra in own.Skip(side.Wanted).Where(i => i.Instance.State == InstanceState.Pending))
            await on.Rolling.RemoveAsync(on.Change, extra.Id, volumes: true, ct).ConfigureAwait(false);
        string[] left = [.. others.Select(i => i.Id)];
        if (left.Length == 0) return "";
        await DrainAsync(left, side.Wanted, ct).ConfigureAwait(false);
        return await RemoveAsync(left, side.Wanted, ct).ConfigureAwait(false);
    }

    /// <summary>Nothing that serves is taken away before so many of those that stay have been looked at once more: hours may lie between
    /// the step that found them ready and this one, after a kill or a long drain.</summary>
    /// <exception cref="OpsException"><c>InstanceCrashed</c>, <c>InstanceNotReady</c>.</exception>
    private async Task RequireAsync(int needed, CancellationToken ct)
    {
        InstanceFacts[] made = [.. (await PartAsync(ct).ConfigureAwait(false)).Own.Where(i => i.Instance.State != InstanceState.Pending)];
        foreach (InstanceFacts instance in made.Take(needed))
        {
            if (side.IsBack) await _wait.StandsAsync(instance.Id, null, ct).ConfigureAwait(false);
            else await _wait.StillAsync(instance.Id, ct).ConfigureAwait(false);
        }
        if (made.Length < needed)
            throw RolloutErrors.InstanceCrashed.Make(
                $"{needed} instances of {on.Order.Service} were to serve before others go, and {made.Length} are there: somebody has "
                + $"removed some.", "Find out who, then bring it out again.", on.Order.Service);
    }

    /// <summary>Looks whether those that stay run, while another one drains.</summary>
    private async Task StandAsync(CancellationToken ct)
    {
        foreach (InstanceFacts instance in (await PartAsync(ct).ConfigureAwait(false)).Own.Where(i =>
            i.Instance.State != InstanceState.Pending))
            await _wait.StandsAsync(instance.Id, side.IsBack ? null : 0, ct).ConfigureAwait(false);
    }

    private static bool Serves(InstanceFacts instance) => instance.Instance.State == InstanceState.Running;

    private async Task<(InstanceFacts[] Own, InstanceFacts[] Others)> PartAsync(CancellationToken ct)
    {
        InstanceFacts[] all = [.. (await on.ListAsync(ct).ConfigureAwait(false)).Where(i => !side.IsApart(i))];
        // Those that run come first: they are not made or started again.
        return ([.. all.Where(side.IsOwn).OrderByDescending(i => i.Runs)], [.. all.Where(i => !side.IsOwn(i))]);
    }
}
