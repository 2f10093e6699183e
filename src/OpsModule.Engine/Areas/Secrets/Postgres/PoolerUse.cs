using Npgsql;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Postgres.Passwords;
using OpsModule.Connections.Postgres.Poolers;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Areas.Secrets.Postgres;

/// <summary>
/// The PgBouncer of an entry: its list of users gets what the server keeps, with the same salt, so that the key of a client's login also
/// opens the server. One that asks the server itself (auth_query) needs nothing of this.
/// </summary>
/// <param name="context">The environment.</param>
/// <param name="use">What the entry says of it.</param>
internal sealed class PoolerUse(OpsContext context, PgBouncerUse use)
{
    private readonly UserList _list = new(use.UserList, Path.Combine(context.Environment.StateDirectory, "secrets", "files"));

    private static readonly string[] Refusals = ["SASL authentication failed", "password authentication failed", "no such user"];

    private PgBouncerConsole? Console => field ??= use.Admin is { } admin
        ? new PgBouncerConsole(admin.Host, admin.Port, admin.User, admin.Password?.Resolve()) : null;

    /// <summary>The list's file.</summary>
    public string UserList => use.UserList;

    /// <summary>Looks whether the list can be read and PgBouncer be told.</summary>
    /// <param name="login">The login in use.</param>
    /// <param name="logins">All logins of the entry.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>What people should know.</returns>
    /// <exception cref="OpsException"><c>SecretPoolerRefused</c>.</exception>
    public async Task<IReadOnlyList<string>> LookAsync(string? login, IReadOnlyList<string> logins, CancellationToken ct)
    {
        var warnings = new List<string>();
        string? secret = login is null ? null : Reading(() => _list.Find(login));
        if (login is not null && secret is null)
            warnings.Add($"{UserList} does not name {login}: clients reach PgBouncer as somebody else, or it asks the server (auth_query), "
                + "and then needs no list.");
        else if (secret is { } kept && !ScramVerifier.TryParse(kept, out _))
            warnings.Add($"{UserList} keeps the password of {login} itself, or its md5; after the rotation it keeps the verifier alone.");
        if (Console is not { } console)
        {
            warnings.Add(use.Service is null
                ? $"Nothing says how PgBouncer is told that {UserList} is another one: give pgbouncer an admin or a service."
                : $"PgBouncer ({use.Service}) is told by SIGHUP alone: "
                    + "connections that it holds idle count as sessions until it closes them "
                    + "(server_idle_timeout, 10 minutes), and nobody asks it whether it accepts the new password and refuses the old one.");
            warnings.Add("Clients that hang idle on PgBouncer are not seen, and are refused once the old password is gone: only its "
                + "console (pgbouncer: host) tells of them.");
            return warnings;
        }
        IReadOnlyList<string> forced = await TellAsync(() => console.FindForcedAsync(logins, ct)).ConfigureAwait(false);
        if (forced.Count > 0)
            throw PostgresSecretErrors.PoolerRefused.Make(
                $"{console.Words} logs in to {string.Join(", ", forced)} as {string.Join(" or ", logins)} by itself (force_user), with a "
                + "password of pgbouncer.ini, which no list of users changes: its clients would be refused.",
                "Take user= and password= out of those lines of [databases], so that clients log in as themselves, or give them a login "
                + "that is none of this secret's; then RELOAD.", UserList);
        string? type = await TellAsync(() => console.FindSettingAsync("auth_type", ct)).ConfigureAwait(false);
        if (type is "any" or "trust" or "plain")
            warnings.Add($"{console.Words} has auth_type = {type}: "
                + $"{(type == "plain" ? "it wants passwords in clear" : "it lets in everybody")}.");
        return warnings;
    }

    /// <summary>Writes what the server keeps of a login's password, or takes the login out, and has PgBouncer read it.</summary>
    /// <exception cref="OpsException"><c>SecretPoolerRefused</c>.</exception>
    public async Task PutAsync(ChangeScope scope, string login, string? verifier, CancellationToken ct)
    {
        Reading(() =>
        {
            _list.Set(scope, login, verifier);
            return true;
        });
        if (Console is { } console)
        {
            await TellAsync(async () =>
            {
                await console.ReloadAsync(scope, ct).ConfigureAwait(false);
                await console.ReconnectAsync(scope, ct).ConfigureAwait(false);
                return true;
            }).ConfigureAwait(false);
        }
        else if (use.Service is { } service) await SignalAsync(service, ct).ConfigureAwait(false);
    }

    /// <summary>Tries a login through it; null where nobody can be asked.</summary>
    public async Task<LoginOutcome?> TryAsync(string login, string password, string database, CancellationToken ct)
    {
        if (Console is not { } console) return null;
        IReadOnlyList<string> names = await TellAsync(() => console.FindDatabasesAsync(database, ct)).ConfigureAwait(false);
        string name = names.Count > 0 ? names[0] : database;
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = console.Host, Port = console.Port, Database = name, Username = login, Password = password, Pooling = false,
                Timeout = 15,
        };
        string where = $"{name} through {console.Words}";
        LoginOutcome outcome = await LoginAttempt.TryAsync(builder, where, ct).ConfigureAwait(false);
        // One that is reached by * stands in no list before somebody has used it; one of another name is not to be found here.
        if (names.Count == 0 && outcome.Words.Contains("no such database", StringComparison.Ordinal)) return null;
        // Older versions (1.18) refuse a password, and a user whom they do not know, with the code of a broken protocol.
        return outcome is { Answer: LoginAnswer.Unknown, SqlState: PostgresErrorCodes.ProtocolViolation }
            && Refusals.Any(r => outcome.Words.Contains(r, StringComparison.Ordinal))
            ? new LoginOutcome(LoginAnswer.Wrong, $"{where} refused the password of {login} (SQLSTATE {outcome.SqlState})", outcome.SqlState)
            : outcome;
    }

    /// <summary>Who is logged in as a login through PgBouncer; null where nobody can be asked.</summary>
    public async Task<PoolerSessions?> FindSessionsAsync(string login, CancellationToken ct) => Console is not { } console ? null
        : await TellAsync(async () => new PoolerSessions(await console.FindServersAsync(login, ct).ConfigureAwait(false),
            await console.FindClientsAsync(login, ct).ConfigureAwait(false))).ConfigureAwait(false);

    private async Task SignalAsync(string service, CancellationToken ct)
    {
        ServiceRecord record = (await context.Platform().ListAsync([service], ct).ConfigureAwait(false))[0];
        foreach (ServiceInstance instance in record.Instances.Where(i => i.State == InstanceState.Running))
        {
            // Process 1 of a container is PgBouncer, or what hands signals on to it; that of a host is not.
            if (instance.Image is null)
                throw Refused($"{service} is no container, and a unit of the host is told through its console (pgbouncer: admin)", null);
            int code = await context.Platform().ExecuteAsync(instance, new ExecuteRequest(["kill", "-HUP", "1"]), (_, _) =>
                ValueTask.CompletedTask, ct)
                .ConfigureAwait(false);
            if (code != 0) throw Refused($"kill -HUP 1 in {instance.Name} ended with {code}", null);
        }
    }

    private T Reading<T>(Func<T> work)
    {
        try { return work(); }
        catch (Exception e) when (e is IOException or FormatException or OpsException)
        {
            throw Refused($"{UserList}: {e.Message.TrimEnd('.')}", e);
        }
    }

    private async Task<T> TellAsync<T>(Func<Task<T>> work)
    {
        try { return await work().ConfigureAwait(false); }
        catch (OpsException e) { throw Refused($"{Console?.Words}: {e.Message.TrimEnd('.')}", e); }
    }

    private OpsException Refused(string why, Exception? cause) =>
        PostgresSecretErrors.PoolerRefused.Make($"PgBouncer was not told of the new password: {why}.",
        "Look at the file and at its user, at admin_users and at the address under pgbouncer:, then go on with the change.", UserList,
            cause);
}

/// <summary>Who uses a login through PgBouncer.</summary>
/// <param name="Held">Processes of the server that PgBouncer has connections to.</param>
/// <param name="Clients">From where its clients come, one by one.</param>
internal sealed record PoolerSessions(IReadOnlyList<int> Held, IReadOnlyList<string> Clients);
