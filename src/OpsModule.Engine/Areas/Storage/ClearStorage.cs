using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Docker;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Storage;

/// <summary>Clears away one thing. Nothing is forced: what came into use meanwhile stays, with an error.</summary>
internal sealed partial class ClearStorage : ChangeKind
{
    public const string KindName = "storage.clear";

    private const string Action = "Clear-OpsStorage", GoneId = "StorageGone";

    // Deleting much takes a disk its time.
    private static readonly TimeSpan Takes = TimeSpan.FromMinutes(10);

    public override string Name => KindName;

    /// <summary>Plans it.</summary>
    public static ChangePlan Plan(OpsContext context, StorageItem item, TimeSpan olderThan)
    {
        string what = item.Kind == StorageKind.BuildCache ? item.Name : $"{item.Kind.ToString().ToLowerInvariant()} {item.Name}";
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = KindName, Action = Action, Irreversible = true,
                PlannedAt = context.Time.GetUtcNow(),
            Target = TargetOf(item),
            Subject = what + (item.UnusedSince is { } moment ? $", unused since {moment:yyyy-MM-dd HH:mm}Z" : ""),
                Summary = $"Remove it for good and free {SizeText.Show(item.Bytes)}",
            Arguments = new Dictionary<string, string>
            {
                ["kind"] = item.Kind.ToString(), ["id"] = item.Id, ["name"] = item.Name,
                    ["bytes"] = item.Bytes.ToString(CultureInfo.InvariantCulture),
                ["references"] = string.Join('\n', item.References), ["older-than"] = olderThan.ToString("c", CultureInfo.InvariantCulture),
            },
            Identities = Identities(item), Steps = [new PlannedStep("remove", $"Remove {what}.")],
                Figures = [new PlanFigure("size", SizeText.Show(item.Bytes))],
        };
    }

    public override string TargetOf(ChangePlan plan)
    {
        StorageItem item = ItemOf(plan);
        bool isId = item.Kind switch
        {
            StorageKind.Container or StorageKind.Network => HexId().IsMatch(item.Id),
            StorageKind.Image => ImageId().IsMatch(item.Id),
            _ => Enum.IsDefined(item.Kind),
        };
        return isId ? TargetOf(item) : throw new FormatException($"{item.Id} is no id of a {item.Kind}.");
    }

    [GeneratedRegex("^[0-9a-f]{64}\\z")]
    private static partial Regex HexId();

    [GeneratedRegex("^sha256:[0-9a-f]{64}\\z")]
    private static partial Regex ImageId();

    private static string TargetOf(StorageItem item) =>
        "storage/" + (item.Kind == StorageKind.Log ? item.Id : $"{item.Kind.ToString().ToLowerInvariant()}/{item.Name}");

    /// <summary>
    /// A log file may be written anew under its name. The engine's ids name one thing for ever, and what is in use it does not remove.
    /// </summary>
    public override Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken) => Task.FromResult(Identities(ItemOf(plan)));

    public override string WhenStopped(ChangePlan plan) => $"{Action} was stopped at {ItemOf(plan)}; it may be gone or not.";

    /// <returns>As its value, how many bytes that freed.</returns>
    /// <exception cref="OpsException"><c>StorageInUse</c>, <c>StorageGone</c>, and what the engine or the disk reports.</exception>
    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        StorageItem item = ItemOf(run.Plan);
        // What one frees is measured, and another one that clears away would be counted with it.
        using IDisposable hold = run.Context.Locks.Acquire("storage", Action);
        using DockerEngine? engine = item.Kind == StorageKind.Log ? null : DockerEngine.Default();
        long freed = 0;
        await run.StepAsync("remove", async () =>
        {
            try { freed = await RemoveAsync(run, engine, item, cancellationToken).ConfigureAwait(false); }
            // The run that was killed has removed it.
            catch (OpsException e) when (e.ErrorId == GoneId && run.HasBegun("remove")) { freed = item.Bytes; }
        }).ConfigureAwait(false);
        return new ChangeResult($"{freed} bytes freed", freed);
    }

    private static async Task<long> RemoveAsync(ChangeRun run, DockerEngine? engine, StorageItem item, CancellationToken cancellationToken)
    {
        TimeSpan olderThan = TimeSpan.ParseExact(run.Plan.Arguments["older-than"], "c", CultureInfo.InvariantCulture);
        if (engine is null) OldLogs.Check(run.Context, item.Id);
        else await CheckAsync(engine, item, cancellationToken).ConfigureAwait(false);
        try { return await FreeAsync(engine, item, olderThan, cancellationToken).ConfigureAwait(false); }
        catch (OpsException e) { throw Explain(e, item); }
    }

    private static IReadOnlyList<PlanIdentity> Identities(StorageItem item)
    {
        if (item.Kind != StorageKind.Log) return [];
        var file = new FileInfo(item.Id);
        return [new PlanIdentity(item.Id, file.Exists ? FormattableString.Invariant($"{file.Length} bytes of {file.LastWriteTimeUtc:O}")
            : "gone")];
    }

    private static StorageItem ItemOf(ChangePlan plan) => new()
    {
        Kind = Enum.Parse<StorageKind>(plan.Arguments["kind"]), Id = plan.Arguments["id"], Name = plan.Arguments["name"],
            Environment = plan.Environment,
        Bytes = long.Parse(plan.Arguments["bytes"], CultureInfo.InvariantCulture),
            References = plan.Arguments["references"].Split('\n', StringSplitOptions.RemoveEmptyEntries),
    };

    private static async Task<long> FreeAsync(DockerEngine? engine, StorageItem item, TimeSpan olderThan, CancellationToken ct)
    {
        switch (item.Kind)
        {
            case StorageKind.Log:
                return DeleteFile(item);
            case StorageKind.Container:
                // Without its anonymous volumes: volumes go only by name.
                await engine!.CallAsync(item.Name, (client, token) =>
                    client.Containers.RemoveContainerAsync(item.Id, new ContainerRemoveParameters(), token), ct,
                    Takes).ConfigureAwait(false);
                return item.Bytes;
            case StorageKind.Network:
                await engine!.CallAsync(item.Name, (client, token) =>
                    client.Networks.DeleteNetworkAsync(item.Id, token), ct, Takes).ConfigureAwait(false);
                return 0;
            case StorageKind.Volume:
                await engine!.CallAsync(item.Name, (client, token) =>
                    client.Volumes.RemoveAsync(Uri.EscapeDataString(item.Id), null, token), ct, Takes).ConfigureAwait(false);
                return item.Bytes;
            case StorageKind.BuildCache:
                string until = ((long)olderThan.TotalSeconds).ToString(CultureInfo.InvariantCulture) + "s";
                // The library has no such call.
                string filters = Uri.EscapeDataString(JsonSerializer.Serialize(new { until = new[] { until } }));
                JsonElement pruned = await engine!.SendAsync(HttpMethod.Post, $"/build/prune?all=true&filters={filters}", ct,
                    Takes).ConfigureAwait(false);
                return pruned.Number("SpaceReclaimed") ?? 0;
            default:
                // Layers may be shared, so that only the engine's own sum tells what was freed.
                long before = await DockerStorage.LayerBytesAsync(engine!, ct).ConfigureAwait(false);
                foreach (string reference in item.References)
                    await engine!.CallAsync(reference, (client, token) =>
                        client.Images.DeleteImageAsync(Uri.EscapeDataString(reference), new ImageDeleteParameters(), token), ct,
                        Takes).ConfigureAwait(false);
                return Math.Max(0, before - await DockerStorage.LayerBytesAsync(engine!, ct).ConfigureAwait(false));
        }
    }

    /// <summary>
    /// Whether what is removed by its id is what was shown by its name: a plan may come from a file that somebody else wrote.
    /// </summary>
    private static async Task CheckAsync(DockerEngine engine, StorageItem item, CancellationToken ct)
    {
        bool same;
        try
        {
            same = item.Kind switch
            {
                StorageKind.Volume => item.Id == item.Name,
                StorageKind.Container => (await engine.CallAsync(item.Name, (client, token) =>
                    client.Containers.InspectContainerAsync(item.Id, token), ct).ConfigureAwait(false)).Name?.TrimStart('/') == item.Name,
                StorageKind.Network => (await engine.CallAsync(item.Name, (client, token) =>
                    client.Networks.InspectNetworkAsync(item.Id, token), ct).ConfigureAwait(false)).Name == item.Name,
                StorageKind.Image => item.References.All(r => r == item.Id || item.Name.Split(", ").Contains(r)),
                StorageKind.BuildCache => true,
                _ => false,
            };
        }
        catch (OpsException e) { throw Explain(e, item); }
        if (!same) throw ChangeErrors.PlanInvalid.Make($"{item} is another thing than the plan would remove by its id.",
            "Make the plan anew.", item);
    }

    private static long DeleteFile(StorageItem item)
    {
        try
        {
            var file = new FileInfo(item.Id);
            long length = file.Length;
            file.Delete();
            return length;
        }
        catch (FileNotFoundException) { throw Gone(item); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpsException("LogNotDeleted", OpsErrorCategory.WriteError,
                $"{item.Id} could not be deleted: {e.Message.TrimEnd('.')}.", "Run the command as a user who may write to its folder.",
                item, e);
        }
    }

    private static OpsException Explain(OpsException e, StorageItem item) => e.ErrorId switch
    {
        "ContainerNotFound" => Gone(item),
        "ContainerBusy" => new OpsException("StorageInUse", OpsErrorCategory.ResourceBusy,
            $"{item} is in use and stays: {e.Message[(e.Message.IndexOf(": ", StringComparison.Ordinal) + 2)..]}",
            "Remove what uses it first, if nobody needs that any more.", item, e),
        "EngineRefused" when e.Message.Contains("active endpoints", StringComparison.Ordinal) =>
            new OpsException("StorageInUse", OpsErrorCategory.ResourceBusy,
            $"{item} is in use and stays: it has running containers.", "Nothing has to be done.", item, e),
        _ => e,
    };

    private static OpsException Gone(StorageItem item) =>
        new(GoneId, OpsErrorCategory.ObjectNotFound, $"{item} is gone already.", "Nothing has to be done.", item);
}
