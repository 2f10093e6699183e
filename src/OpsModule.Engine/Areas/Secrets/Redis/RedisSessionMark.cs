using System.Text.Json;
using OpsModule.Connections.Redis.Accounts;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Secrets.Redis;

/// <summary>
/// Remembers, in the state folder, which sessions there were when the new password was set. Redis does not tell with which password one
/// has logged
/// in, but it numbers them: one with a lower number than our own had then is older than the new password.
/// </summary>
/// <param name="context">The environment and what goes with it.</param>
/// <param name="secret">The secret's name.</param>
internal sealed class RedisSessionMark(OpsContext context, string secret)
{
    private string Folder => Path.Combine(context.Environment.StateDirectory, "secrets", "redis");

    private string File => Path.Combine(Folder, secret + ".json");

    /// <summary>The servers that were marked, as <c>host:port</c>.</summary>
    public IReadOnlyCollection<string> Places => Read()?.Nodes.Keys ?? (IReadOnlyCollection<string>)[];

    /// <summary>Notes how far a server has counted. Of one change, the first note stays.</summary>
    public async Task KeepAsync(ChangeRun run, RedisAdministration node, CancellationToken ct)
    {
        Marks? before = Read();
        var marks = new Marks(run.Id, before?.Change == run.Id ? new(before.Nodes) : []);
        string now = (await node.ReadRoleAsync(ct).ConfigureAwait(false)).Run;
        if (marks.Nodes.TryGetValue(node.Place, out Mark? noted) && noted.Run == now) return;
        marks.Nodes[node.Place] = new Mark(now, await node.ReadOwnIdAsync(ct).ConfigureAwait(false));
        try
        {
            PrivateFile.CreateFolder(Folder);
            AtomicFile.Write(File, JsonSerializer.SerializeToUtf8Bytes(marks));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpsException("StateUnwritable", OpsErrorCategory.WriteError, $"{File} cannot be written: {e.Message.TrimEnd('.')}.",
                "Give this user the right to write to the state folder.", secret, e);
        }
    }

    /// <summary>The user's sessions that are older than its new password; null where nothing tells that.</summary>
    public async Task<IReadOnlyList<RedisClient>?> FindOldAsync(RedisAdministration node, string user, CancellationToken ct)
    {
        if (Read()?.Nodes.GetValueOrDefault(node.Place) is not { } mark) return null;
        // A server that was started since has no session from before.
        if ((await node.ReadRoleAsync(ct).ConfigureAwait(false)).Run != mark.Run) return [];
        // The link of a replica lives on, and is given the new password where it uses this one.
        return [.. (await node.ListSessionsAsync(ct).ConfigureAwait(false)).Where(c => c.User == user && c.Id < mark.Client
            && !c.IsReplication)];
    }

    private Marks? Read()
    {
        try { return JsonSerializer.Deserialize<Marks>(System.IO.File.ReadAllBytes(File)); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException) { return null; }
    }

    private sealed record Marks(string Change, Dictionary<string, Mark> Nodes);

    /// <summary>One server's.</summary>
    /// <param name="Run">Which run of it.</param>
    /// <param name="Client">The number of our own session then.</param>
    private sealed record Mark(string Run, long Client);
}
