using System.Globalization;
using System.Security.Cryptography;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Passwords;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Values;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Postgres;

/// <summary>
/// The password of a PostgreSQL login, or of two that take turns. Of two, the one that is not in use has no password: it gets the new one,
/// and later the other one's is taken away. <c>PASSWORD NULL</c> and not NOLOGIN: the secret is the password, it takes no more rights than
/// to
/// set one, and who tries the old one is told 28P01, which is the proof. Of one, the password is replaced in place.
/// </summary>
/// <param name="context">The environment.</param>
/// <param name="entry">The entry of <c>secrets:</c>.</param>
internal sealed class PostgresSecretDriver(OpsContext context, SecretEntry entry) : ISecretDriver
{
    private const string Salt = "salt", Iterations = "iterations", Here = "this machine";

    private readonly PoolerUse? _pooler = entry.PgBouncer is { } use ? new PoolerUse(context, use) : null;

    private readonly PostgresProof _proof = new(context, entry);

    private bool TakesTurns => entry.Logins.Count == 2;

    /// <inheritdoc/>
    public Task<SecretSurvey> LookAsync(SecretMaterial? current, CancellationToken cancellationToken) =>
        new PostgresSurveyor(context, entry, _pooler).LookAsync(current, cancellationToken);

    /// <inheritdoc/>
    public async Task SetAsync(ChangeRun run, SecretMaterial? current, SecretMaterial pending, CancellationToken cancellationToken)
    {
        (string login, string prepared) = (LoginOf(pending), PasswordRule.Prepare(pending.Value, entry.Name));
        if (TakesTurns && LoginOrNull(current) == login)
            throw PostgresSecretErrors.LoginInUse.Make(
                $"The new password is for {login}, which is the login in use; the other one's turn was expected.",
                $"Plan it anew: Invoke-OpsSecretRotation {entry.Name}.", entry.Name);
        Dictionary<string, string> data = run.HasBegun("set-password") ? [] : await HashingAsync(login, cancellationToken)
            .ConfigureAwait(false);
        await run.StepAsync("set-password", () => PutAsync(run, login, Verifier(run, prepared).Secret, cancellationToken), data)
            .ConfigureAwait(false);
        if (_pooler is { } pooler)
            await run.StepAsync("set-userlist", () => pooler.PutAsync(run, login, Verifier(run, prepared).Secret, cancellationToken))
                .ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<SecretProof> ProveAsync(SecretMaterial material, CancellationToken cancellationToken)
    {
        string login = LoginOf(material);
        (LoginOutcome outcome, string from) = await _proof.TryAsync(login, material.Value, cancellationToken).ConfigureAwait(false);
        if (outcome.Answer != LoginAnswer.Right || _pooler is null) return Proof(outcome, LoginAnswer.Right, from);
        string database = DatabaseServers.FindSettings(context.Environment, entry.Database).Database;
        LoginOutcome? pooled = await _pooler.TryAsync(login, material.Value, database, cancellationToken).ConfigureAwait(false);
        return pooled is null ? new SecretProof(true, $"{outcome.Words}; PgBouncer was not asked", from)
            : pooled.Answer == LoginAnswer.Right ? new SecretProof(true, $"{outcome.Words}, and from {Here} {pooled.Words}", from)
            : Proof(pooled, LoginAnswer.Right, Here);
    }

    /// <inheritdoc/>
    public async Task<OldSessions?> CountOldAsync(SecretMaterial old, SecretMaterial current, CancellationToken cancellationToken)
    {
        string login = LoginOf(old);
        // Sessions of one login look the same, whichever password they began with.
        if (login == LoginOf(current)) return null;
        int[] held = _pooler is null ? [] : [.. await _pooler.FindIdleAsync(login, cancellationToken).ConfigureAwait(false)];
        await using NpgsqlConnection connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        List<(string From, int Count)> sessions = await connection.ListAsync("""
            SELECT coalesce(pg_catalog.host(client_addr), 'the socket or an address that is not told'), pg_catalog.count(*)::int
            FROM pg_catalog.pg_stat_activity WHERE usename = $1 AND pid <> pg_catalog.pg_backend_pid() AND pid <> ALL($2)
            GROUP BY 1 ORDER BY 1
            """, r => (r.GetString(0), r.GetInt32(1)), cancellationToken, login, held).ConfigureAwait(false);
        return new OldSessions(sessions.Sum(s => s.Count), string.Join(", ", sessions.Select(s =>
            FormattableString.Invariant($"{s.Count} of {login} from {s.From}"))));
    }

    /// <inheritdoc/>
    public async Task DropAsync(ChangeRun run, SecretMaterial old, SecretMaterial current, CancellationToken cancellationToken)
    {
        string login = LoginOf(old);
        // In place, the new password has replaced the old one.
        if (login == LoginOf(current)) return;
        await run.StepAsync("drop-password", () => PutAsync(run, login, null, cancellationToken)).ConfigureAwait(false);
        if (_pooler is { } pooler)
            await run.StepAsync("drop-from-userlist", () => pooler.PutAsync(run, login, null, cancellationToken)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<SecretProof> ProveRefusedAsync(SecretMaterial old, CancellationToken cancellationToken)
    {
        (LoginOutcome outcome, string from) = await _proof.TryAsync(LoginOf(old), old.Value, cancellationToken).ConfigureAwait(false);
        return Proof(outcome, LoginAnswer.Wrong, from);
    }

    /// <inheritdoc/>
    public async Task TakeBackAsync(ChangeRun run, SecretMaterial? current, SecretMaterial pending, CancellationToken cancellationToken)
    {
        if (!run.Data.ContainsKey(Salt)) return;
        (string login, string? now) = (LoginOf(pending), LoginOrNull(current));
        string? prepared = null;
        if (now == login || !TakesTurns)
            prepared = current is null
                ? throw PostgresSecretErrors.PasswordUnknown.Make($"The password of {login} was replaced, and the one before is not known.",
                    "Go on with the change (Resume-OpsChange), or set a password that you know.", entry.Name)
                : PasswordRule.Prepare(current.Value, entry.Name);
        string? verifier = prepared is null ? null : Verifier(run, prepared).Secret;
        await run.StepAsync("restore-password", () => PutAsync(run, login, verifier, cancellationToken)).ConfigureAwait(false);
        if (_pooler is { } pooler)
            await run.StepAsync("restore-userlist", () => pooler.PutAsync(run, login, verifier, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>A server that cannot be reached, is full or is starting says nothing of a password.</summary>
    private static SecretProof Proof(LoginOutcome outcome, LoginAnswer wanted, string from) => new(outcome.Answer == wanted, outcome.Words,
        from, outcome.Answer is LoginAnswer.NotAsked or LoginAnswer.NotSent, outcome.Answer == LoginAnswer.Unknown
            && (outcome.SqlState is null || outcome.SqlState.StartsWith("53", StringComparison.Ordinal)
            || outcome.SqlState.StartsWith("57P", StringComparison.Ordinal)));

    /// <summary>
    /// Salt and iterations are noted before the password is set: a run that was killed comes to the same verifier, which PgBouncer must
    /// have
    /// as the server has it. A server tells both to everybody who begins to log in.
    /// </summary>
    private async Task<Dictionary<string, string>> HashingAsync(string login, CancellationToken ct)
    {
        await using NpgsqlConnection connection = await OpenAsync(ct).ConfigureAwait(false);
        LoginFacts? facts = await LoginFactsReader.ReadAsync(connection, login, ct).ConfigureAwait(false);
        int iterations = Math.Max(await RolePassword.IterationsAsync(connection, ct).ConfigureAwait(false), facts?.Iterations ?? 0);
        return new Dictionary<string, string>
        {
            [Salt] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(ScramVerifier.SaltLength)),
            [Iterations] = iterations.ToString(CultureInfo.InvariantCulture),
        };
    }

    private static ScramVerifier Verifier(ChangeRun run, string prepared) =>
        ScramVerifier.Of(prepared, int.Parse(run.Data[Iterations], CultureInfo.InvariantCulture), Convert.FromBase64String(run.Data[Salt]));

    private async Task PutAsync(ChangeRun run, string login, string? verifier, CancellationToken ct)
    {
        await using NpgsqlConnection connection = await OpenAsync(ct).ConfigureAwait(false);
        try { await RolePassword.SetAloneAsync(run, connection, login, verifier, ct).ConfigureAwait(false); }
        catch (NpgsqlException e) when (e.IsTransient)
        {
            throw ValueSecretErrors.SecretServerUnreachable.Make($"The server went away while the password of {login} was "
                + $"{(verifier is null ? "taken away" : "set")}: {e.Message.TrimEnd('.')}.",
                "Bring it back, then go on with the change (Resume-OpsChange) or take it back (Undo-OpsChange).", entry.Name, e);
        }
        catch (PostgresException e)
        {
            throw PostgresErrors.Statement(e, $"{(verifier is null ? "Taking away" : "Setting")} the password of {login}", entry.Name);
        }
    }

    private Task<NpgsqlConnection> OpenAsync(CancellationToken ct) => RoleSession.OpenAsync(context, entry.Database, entry.Logins, ct);

    private string LoginOf(SecretMaterial material)
    {
        string? login = LoginOrNull(material);
        return login is not null && entry.Logins.Contains(login) ? login
            : throw PostgresSecretErrors.LoginMissing.Make(
                $"{(login is null ? "Nothing says which login" : $"The login {login}, which")} the value of {entry.Name} is for"
                + $"{(login is null ? "" : ", is none of its logins")}; expected was one of {string.Join(", ", entry.Logins)}.",
                "Write {login} into 'in:' of a use, or correct 'logins:'.", entry.Name);
    }

    private string? LoginOrNull(SecretMaterial? material) => material?.Login ?? (entry.Logins.Count == 1 ? entry.Logins[0] : null);
}
