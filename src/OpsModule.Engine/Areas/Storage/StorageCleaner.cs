using System.Globalization;
using System.Text.Json;
using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Docker;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Storage;

/// <summary>Clears away, one thing after another, each journaled. Nothing is forced: what came into use meanwhile stays, with an error.</summary>
public sealed class StorageCleaner(OpsContext context, DockerEngine? engine)
{
    private const string Action = "Clear-OpsStorage";

    // Deleting much takes a disk its time.
    private static readonly TimeSpan Takes = TimeSpan.FromMinutes(10);

    /// <summary>Removes it, and measures what that freed.</summary>
    /// <exception cref="OpsException"><c>StorageInUse</c>, <c>StorageGone</c>, and what the engine or the disk reports.</exception>
    public async Task<StorageItem> RemoveAsync(StorageItem item, TimeSpan olderThan, CancellationToken cancellationToken)
    {
        string target = "storage/" + (item.Kind == StorageKind.Log ? item.Id : $"{item.Kind.ToString().ToLowerInvariant()}/{item.Name}");
        using IDisposable hold = context.Locks.Acquire("storage", Action);
        await using IJournaledChange change = await context.Journal.BeginAsync(Action, target,
            new Dictionary<string, string> { ["id"] = item.Id, ["bytes"] = item.Bytes.ToString(CultureInfo.InvariantCulture) }).ConfigureAwait(false);
        try
        {
            long freed = await FreeAsync(item, olderThan, cancellationToken).ConfigureAwait(false);
            await change.CompleteAsync($"{freed} bytes freed").ConfigureAwait(false);
            return item with { FreedBytes = freed, Removed = true };
        }
        catch (Exception e)
        {
            OpsException? known = e is OpsException failure ? Explain(failure, item) : null;
            await change.FailAsync(known ?? e, "StorageNotCleared", $"{Action} was stopped at {item}; it may be gone or not.").ConfigureAwait(false);
            if (known is null) throw;
            throw known;
        }
    }

    private async Task<long> FreeAsync(StorageItem item, TimeSpan olderThan, CancellationToken ct)
    {
        switch (item.Kind)
        {
            case StorageKind.Log:
                return DeleteFile(item);
            case StorageKind.Container:
                // Without its anonymous volumes: volumes go only by name.
                await engine!.CallAsync(item.Name, (client, token) => client.Containers.RemoveContainerAsync(item.Id, new ContainerRemoveParameters(), token), ct, Takes).ConfigureAwait(false);
                return item.Bytes;
            case StorageKind.Network:
                await engine!.CallAsync(item.Name, (client, token) => client.Networks.DeleteNetworkAsync(item.Id, token), ct, Takes).ConfigureAwait(false);
                return 0;
            case StorageKind.Volume:
                await engine!.CallAsync(item.Name, (client, token) => client.Volumes.RemoveAsync(Uri.EscapeDataString(item.Id), null, token), ct, Takes).ConfigureAwait(false);
                return item.Bytes;
            case StorageKind.BuildCache:
                string until = ((long)olderThan.TotalSeconds).ToString(CultureInfo.InvariantCulture) + "s";
                // The library has no such call.
                string filters = Uri.EscapeDataString(JsonSerializer.Serialize(new { until = new[] { until } }));
                JsonElement pruned = await engine!.SendAsync(HttpMethod.Post, $"/build/prune?all=true&filters={filters}", ct, Takes).ConfigureAwait(false);
                return pruned.Number("SpaceReclaimed") ?? 0;
            default:
                // Layers may be shared, so that only the engine's own sum tells what was freed.
                long before = await DockerStorage.LayerBytesAsync(engine!, ct).ConfigureAwait(false);
                foreach (string reference in item.References)
                    await engine!.CallAsync(reference, (client, token) => client.Images.DeleteImageAsync(Uri.EscapeDataString(reference), new ImageDeleteParameters(), token), ct, Takes).ConfigureAwait(false);
                return Math.Max(0, before - await DockerStorage.LayerBytesAsync(engine!, ct).ConfigureAwait(false));
        }
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
            throw new OpsException("LogNotDeleted", OpsErrorCategory.WriteError, $"{item.Id} could not be deleted: {e.Message.TrimEnd('.')}.", "Run the command as a user who may write to its folder.", item, e);
        }
    }

    private static OpsException Explain(OpsException e, StorageItem item) => e.ErrorId switch
    {
        "ContainerNotFound" => Gone(item),
        "ContainerBusy" => new OpsException("StorageInUse", OpsErrorCategory.ResourceBusy, $"{item} is in use and stays: {e.Message[(e.Message.IndexOf(": ", StringComparison.Ordinal) + 2)..]}",
            "Remove what uses it first, if nobody needs that any more.", item, e),
        "EngineRefused" when e.Message.Contains("active endpoints", StringComparison.Ordinal) => new OpsException("StorageInUse", OpsErrorCategory.ResourceBusy,
            $"{item} is in use and stays: it has running containers.", "Nothing has to be done.", item, e),
        _ => e,
    };

    private static OpsException Gone(StorageItem item) => new("StorageGone", OpsErrorCategory.ObjectNotFound, $"{item} is gone already.", "Nothing has to be done.", item);
}
