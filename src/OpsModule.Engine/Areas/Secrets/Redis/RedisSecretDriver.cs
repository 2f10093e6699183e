using OpsModule.Connections.Redis;
using OpsModule.Connections.Redis.Accounts;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Redis;

/// <summary>
/// The password of a Redis user, or of the server, at the primary and at each of its replicas. A user has two for a while; the server's one
/// (<c>requirepass</c>, where the secret names no user) is exchanged.
/// </summary>
internal sealed class RedisSecretDriver : ISecretDriver
{
    /// <summary>The step, and what it notes: the servers that the rotation is made at.</summary>
    private const string Servers = "servers";

    private readonly string _cache, _user;
    private readonly IRedisPassword _password;
    private readonly RedisNodes _nodes;
    private readonly RedisReplicaLink _link;
    private readonly RedisSessionMark _mark;
    private readonly RedisSurvey _survey;
    private readonly RedisProof _proof;

    /// <summary>Takes what is known of it; nothing is asked.</summary>
    /// <param name="context">The environment and what goes with it.</param>
    /// <param name="entry">The secret, with its cache and at most one login.</param>
    public RedisSecretDriver(OpsContext context, SecretEntry entry)
    {
        string cache = _cache = entry.Cache ?? throw new ArgumentException($"The secret {entry.Name} names no cache.", nameof(entry));
        _user = entry.Logins.FirstOrDefault() ?? RedisAccount.Default;
        _password = entry.Logins.Count > 0 ? new RedisUserPassword(cache, _user) : new RedisServerPassword(cache);
        _nodes = new RedisNodes(context, cache, _user);
        _link = new RedisReplicaLink(cache, _user);
        _mark = new RedisSessionMark(context, entry.Name);
        _survey = new RedisSurvey(_nodes, cache, _user, _password);
        _proof = new RedisProof(context, entry, _nodes, _mark, _user);
    }

    public Task<SecretSurvey> LookAsync(SecretMaterial? current, CancellationToken cancellationToken) => _survey.LookAsync(current,
        cancellationToken);

    /// <summary>
    /// All servers prove that they can keep it before the first one is changed. A failure is taken back where it was already set.
    /// </summary>
    public async Task SetAsync(ChangeRun run, SecretMaterial? current, SecretMaterial pending, CancellationToken cancellationToken)
    {
        SecretMaterial?[] known = [current, pending];
        // A primary that has just come back knows of no replica: whoever goes on then would leave the old password at each of them.
        IReadOnlyList<RedisServer> all = await _nodes.FindAsync(known, RedisSurvey.Planned(run.Plan, _cache), cancellationToken)
            .ConfigureAwait(false);
        await run.StepAsync(Servers, () => Task.CompletedTask, new Dictionary<string, string>
        {
            [Servers] = string.Join(' ', all.Select(RedisNodes.PlaceOf)),
        }).ConfigureAwait(false);
        string[] noted = run.Data[Servers].Split(' ');
        await EachAsync(known, (node, _) => _password.RehearseAsync(run, node, cancellationToken), cancellationToken, noted)
            .ConfigureAwait(false);
        try
        {
            await EachAsync(known, async (node, number) =>
            {
                await _password.SetAsync(run, node, current, pending, cancellationToken).ConfigureAwait(false);
                await run.ReachAsync(number == 0 ? "set-at-primary"
                    : FormattableString.Invariant($"set-at-replica-{number}")).ConfigureAwait(false);
            }, cancellationToken).ConfigureAwait(false);
            // When all know it: a session that begins from now on may use it.
            await EachAsync(known, async (node, _) =>
            {
                await _link.SetAsync(run, node, current, pending, cancellationToken).ConfigureAwait(false);
                using RedisAdministration later = await _nodes.OpenAsync(node.Server, known, cancellationToken).ConfigureAwait(false);
                await _mark.KeepAsync(run, later, cancellationToken).ConfigureAwait(false);
            }, cancellationToken).ConfigureAwait(false);
        }
        catch (OpsException e)
        {
            try { await TakeBackAsync(run, current, pending, CancellationToken.None).ConfigureAwait(false); }
            catch (OpsException back)
            {
                throw new OpsException(e.ErrorId, e.Category, $"{e.Message.TrimEnd('.')}. Taking it back failed, too: "
                    + $"{back.Message.TrimEnd('.')}.", e.RecommendedAction, e.Target, e);
            }
            throw;
        }
    }

    public Task<SecretProof> ProveAsync(SecretMaterial material, CancellationToken cancellationToken) =>
        _proof.AskAsync(material, RedisLoginAnswer.Accepted, [material], cancellationToken);

    public async Task<OldSessions?> CountOldAsync(SecretMaterial old, SecretMaterial current, CancellationToken cancellationToken)
    {
        var found = new List<RedisClient>();
        bool isTold = true;
        await EachAsync([current, old], async (node, _) =>
        {
            if (await _mark.FindOldAsync(node, _user, cancellationToken).ConfigureAwait(false) is { } sessions) found.AddRange(sessions);
            else isTold = false;
        }, cancellationToken).ConfigureAwait(false);
        if (!isTold) return null;
        string words = string.Join(", ", found.GroupBy(c => c.Address).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g =>
            FormattableString.Invariant($"{g.Count()} of {_user} from {g.Key}")));
        return new OldSessions(found.Count, found.Count == 0 ? "" : words + " (Redis does not tell with which password: these are older "
            + "than the new one; who came with the old one since is ended with the drop)");
    }

    public Task DropAsync(ChangeRun run, SecretMaterial old, SecretMaterial current, CancellationToken cancellationToken) =>
        EachAsync([current, old], async (node, number) =>
    {
        if (old.Value != current.Value) await _password.DropAsync(run, node, old, current, cancellationToken).ConfigureAwait(false);
        await run.ReachAsync(number == 0 ? "drop-at-primary"
            : FormattableString.Invariant($"drop-at-replica-{number}")).ConfigureAwait(false);
        await EndSessionsAsync(run, node, [current, old], cancellationToken).ConfigureAwait(false);
    }, cancellationToken, _mark.Places);

    /// <summary>
    /// A password that is taken away ends no session, and nothing tells with which one a session has begun: all that are older than the
    /// drop are ended, and come again with the new one. Where the new one took the old one's place, only those are that are older than it.
    /// </summary>
    private async Task EndSessionsAsync(ChangeRun run, RedisAdministration node, IReadOnlyList<SecretMaterial?> known, CancellationToken ct)
    {
        IReadOnlyList<RedisClient>? ended = _password.Overlaps ? null : await _mark.FindOldAsync(node, _user, ct).ConfigureAwait(false);
        if (ended is null)
        {
            using RedisAdministration later = await _nodes.OpenAsync(node.Server, known, ct).ConfigureAwait(false);
            (long own, long until) = (await node.ReadOwnIdAsync(ct).ConfigureAwait(false), await later.ReadOwnIdAsync(ct)
                .ConfigureAwait(false));
            ended = [.. (await later.ListSessionsAsync(ct).ConfigureAwait(false)).Where(c => c.User == _user && c.Id < until && c.Id != own
                && !c.IsReplication)];
        }
        foreach (RedisClient session in ended) await node.EndSessionAsync(run, session.Id, ct).ConfigureAwait(false);
    }

    public Task<SecretProof> ProveRefusedAsync(SecretMaterial old, CancellationToken cancellationToken) =>
        _proof.AskAsync(old, RedisLoginAnswer.Refused, [], cancellationToken);

    /// <summary>A server that is gone keeps nobody from taking the rest back; that it has the new password still is said.</summary>
    public async Task TakeBackAsync(ChangeRun run, SecretMaterial? current, SecretMaterial pending, CancellationToken cancellationToken)
    {
        SecretMaterial?[] known = [current, pending];
        IReadOnlyCollection<string> noted = run.Data.TryGetValue(Servers, out string? all) ? all.Split(' ') : [];
        try { await _nodes.FindAsync(known, noted, cancellationToken).ConfigureAwait(false); }
        catch (OpsException e) when (RedisSecretErrors.RedisServerMissing.Is(e))
        {
            run.Context.Reporter.Warning($"{e.Message} What it has is not taken back.");
        }
        await EachAsync(known, async (node, _) =>
        {
            await _link.TakeBackAsync(run, node, current, pending, cancellationToken).ConfigureAwait(false);
            await _password.TakeBackAsync(run, node, current, pending, cancellationToken).ConfigureAwait(false);
        }, cancellationToken).ConfigureAwait(false);
    }

    private async Task EachAsync(IReadOnlyList<SecretMaterial?> known, Func<RedisAdministration, int, Task> body,
        CancellationToken cancellationToken, IReadOnlyCollection<string>? noted = null)
    {
        IReadOnlyList<RedisServer> servers = await _nodes.FindAsync(known, noted ?? [], cancellationToken).ConfigureAwait(false);
        for (int number = 0; number < servers.Count; number++)
        {
            using RedisAdministration node = await _nodes.OpenAsync(servers[number], known, cancellationToken).ConfigureAwait(false);
            await body(node, number).ConfigureAwait(false);
        }
    }
}
