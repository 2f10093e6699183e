using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Lockdown.Settings;
using OpsModule.Engine.Areas.Tenants.Asking;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Lockdown.Parts;

/// <summary>Sessions are ended: of logins of databases, and those that a cache keeps.</summary>
internal sealed class SessionsPart(OpsContext context) : ILockdownPart
{
    private readonly LockdownSettings _settings = context.Environment.Section<LockdownSettings>();

    public LockdownPart Part => LockdownPart.Sessions;

    public string? Words => _settings.Sessions.Count == 0 ? null : $"end {string.Join(", ", _settings.Sessions)}";

    public Task<IReadOnlyList<string>> CheckAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<string>>([]);

    public async Task<PartOutcome> RunAsync(ChangeRun run, LockdownOrder order, IReadOnlyList<string> open,
        CancellationToken cancellationToken)
    {
        var (done, left) = (new List<string>(), new List<string>());
        var failed = new List<string>();
        // One server that is away keeps no sessions at another one.
        foreach (LockdownSessions sessions in _settings.Sessions)
            await OrTold.TryAsync($"{sessions}", failed, () => EndAsync(run, sessions, done, left, cancellationToken), cancellationToken)
                .ConfigureAwait(false);
        return failed.Count == 0 ? new PartOutcome(string.Join("; ", done), left) : throw LockdownErrors.SessionsNotEnded.Make(
            $"Not ended: {string.Join("; ", failed)}{(done.Count > 0 ? $" Ended: {string.Join("; ", done)}." : "")}",
            "Mend what it says, then go on with the lockdown.", context.Environment.Name);
    }

    private async Task EndAsync(ChangeRun run, LockdownSessions sessions, List<string> done, List<string> left, CancellationToken ct)
    {
        if (sessions.Cache is { } cache)
        {
            long removed = await CachePrefix.RemoveAsync(run, await CacheServers.ResolveAsync(context, cache, ct).ConfigureAwait(false),
                sessions.Prefix!, ct).ConfigureAwait(false);
            done.Add($"{removed} keys {sessions} taken away");
            return;
        }
        try
        {
            int again = await DatabaseSessions.EndAsync(run, sessions.Database!, sessions.User, null, ct).ConfigureAwait(false);
            done.Add($"{sessions} ended");
            // A pool that logs in with the new password comes again, as it should.
            if (again > 0) left.Add($"{sessions} came again as often as they were ended: whoever logs in knows the password that "
                + $"counts now.");
        }
        catch (PostgresException e) { throw PostgresErrors.Statement(e, $"Ending {sessions}", sessions.Database); }
    }
}
