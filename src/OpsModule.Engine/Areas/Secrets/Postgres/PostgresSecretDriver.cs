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
        SecretMaterial?[] known = [current, pending];
        Dictionary<string, string> data = run.HasBegun("set-password") ? [] : await HashingAsync(login, known, cancellationToken)
            .ConfigureAwait(false);
        await run.StepAsync("set-password", () => PutAsync(run, login, Verifier(run, prepared).Secret, known, cancellationToken), data)
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
        PoolerSessions? pooled = _pooler is null ? new PoolerSessions([], [])
            : await _pooler.FindSessionsAsync(login, cancellationToken).ConfigureAwait(false);
        await using NpgsqlConnection connection = await OpenAsync([current, old], cancellationToken).ConfigureAwait(false);
        // What PgBouncer holds is counted by who is behind it, at work or idle.
        List<(string From, int Count)> sessions = await connection.ListAsync("""
            SELECT coalesce(pg_catalog.host(client_addr), 'the socket or an address that is not told'), pg_catalog.count(*)::int
            FROM pg_catalog.pg_stat_activity WHERE usename = $1 AND pid <> pg_catalog.pg_backend_pid() AND pid <> ALL($2)
            GROUP BY 1 ORDER BY 1
            """, r => (r.GetString(0), r.GetInt32(1)), cancellationToken, login, (pooled?.Held ?? []).ToArray()).ConfigureAwait(false);
        sessions.AddRange((pooled?.Clients ?? []).GroupBy(c => c).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => ($"{g.Key} through PgBouncer", g.Count())));
        // None that is seen is not none, where others are that cannot be seen.
        if (sessions.Count == 0 && (pooled is null || (await Standbys.FindAsync(connection, cancellationToken).ConfigureAwait(false)).Count > 0))
            return null;
        return new OldSessions(sessions.Sum(s => s.Count), string.Join(", ", sessions.Select(s =>
            FormattableString.Invariant($"{s.Count} of {login} from {s.From}"))));
    }

    /// <inheritdoc/>
    public async Task DropAsync(ChangeRun run, SecretMaterial old, SecretMaterial current, CancellationToken cancellationToken)
    {
        string login = LoginOf(old);
        // In place, the new password has replaced the old one.
        if (login == LoginOf(current)) return;
        await run.StepAsync("drop-password", () => PutAsync(run, login, null, [current, old], cancellationToken)).ConfigureAwait(false);
        if (_pooler is { } pooler)
            await run.StepAsync("drop-from-userlist", () => pooler.PutAsync(run, login, null, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>
    /// The server refuses it, and so does PgBouncer. Where sessions may live on that nobody has seen, that is said, and not all is proven.
    /// </summary>
    public async Task<SecretProof> ProveRefusedAsync(SecretMaterial old, CancellationToken cancellationToken)
    {
        string login = LoginOf(old);
        (LoginOutcome outcome, string from) = await _proof.TryAsync(login, old.Value, cancellationToken).ConfigureAwait(false);
        if (outcome.Answer != LoginAnswer.Wrong) return Proof(outcome, LoginAnswer.Wrong, from);
        string words = outcome.Words;
        bool unseen = false;
        if (_pooler is not null)
        {
            LoginOutcome? pooled = await _pooler.TryAsync(login, old.Value, DatabaseServers.FindSettings(context.Environment, entry.Database).Database,
                cancellationToken)
                .ConfigureAwait(false);
            if (pooled is { Answer: not LoginAnswer.Wrong }) return Proof(pooled, LoginAnswer.Wrong, Here);
            unseen = pooled is null;
            words += unseen ? "; PgBouncer was not asked" : $"; {pooled!.Words}";
        }
        if (TakesTurns)
        {
            await using NpgsqlConnection connection = await OpenAsync([old], cancellationToken).ConfigureAwait(false);
            List<string> standbys = await Standbys.FindAsync(connection, cancellationToken).ConfigureAwait(false);
            unseen |= standbys.Count > 0;
            if (standbys.Count > 0)
                words += $"; sessions of {login} on standbys ({string.Join(", ", standbys)}) are not seen from here, and live on";
        }
        return new SecretProof(!unseen, words, from, unseen);
    }

    /// <inheritdoc/>
    public async Task TakeBackAsync(ChangeRun run, SecretMaterial? current, SecretMaterial pending, CancellationToken cancellationToken)
    {
        if (!run.Data.ContainsKey(Salt)) return;
        SecretMaterial?[] known = [current, pending];
        (string login, string? now) = (LoginOf(pending), LoginOrNull(current));
        if (current is null || now is null)
            throw PostgresSecretErrors.PasswordUnknown.Make($"The new password of {login} is in use, and the one before is not known.",
                "Go on with the change (Resume-OpsChange), or set a password that you know.", entry.Name);
        string? verifier = null;
        if (now == login) verifier = Verifier(run, PasswordRule.Restorable(current.Value, entry.Name)).Secret;
        else if (!await BringBackAsync(run, now, current, known, cancellationToken).ConfigureAwait(false)) return;
        await run.StepAsync("restore-password", () => PutAsync(run, login, verifier, known, cancellationToken)).ConfigureAwait(false);
        if (_pooler is { } pooler)
            await run.StepAsync("restore-userlist", () => pooler.PutAsync(run, login, verifier, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>A server that cannot be reached, is full or is starting says nothing of a password.</summary>
    private static SecretProof Proof(LoginOutcome outcome, LoginAnswer wanted, string from) => new(outcome.Answer == wanted, outcome.Words,
        from, outcome.Answer is LoginAnswer.NotAsked or LoginAnswer.NotSent, outcome.Answer == LoginAnswer.Unknown
            && (outcome.SqlState is null || outcome.SqlState.StartsWith("53", StringComparison.Ordinal)
            || outcome.SqlState.StartsWith("57P", StringComparison.Ordinal)));

    /// <summary>
    /// Of two logins, the one from before must be let in before the other one's password goes: it may have been taken away already, and
    /// then the other one is the last that works.
    /// </summary>
    /// <returns>False where the other one's has to stay.</returns>
    private async Task<bool> BringBackAsync(ChangeRun run, string login, SecretMaterial current, IReadOnlyList<SecretMaterial?> known,
        CancellationToken ct)
    {
        string prepared = PasswordRule.Restorable(current.Value, entry.Name), other = entry.Logins.First(l => l != login);
        if ((await ProveAsync(current, ct).ConfigureAwait(false)).IsProven) return true;
        string? kept = await KeptAsync(login, known, ct).ConfigureAwait(false);
        if (kept is not null && !IsOf(kept, prepared))
        {
            // What was taken away was taken away whole: this one is somebody's own.
            run.Context.Reporter.Warning($"{login} has another password than the one from before, which is not accepted: {other} keeps its "
                + "new one, so that nobody is locked out.");
            return false;
        }
        string verifier = kept ?? Verifier(run, prepared).Secret;
        await run.ReachAsync("bring-back").ConfigureAwait(false);
        if (kept is null) await PutAsync(run, login, verifier, known, ct).ConfigureAwait(false);
        if (_pooler is { } pooler) await pooler.PutAsync(run, login, verifier, ct).ConfigureAwait(false);
        SecretProof proof = await ProveAsync(current, ct).ConfigureAwait(false);
        if (proof.IsProven || proof.IsFinal || IsOf(await KeptAsync(login, known, ct).ConfigureAwait(false), prepared)) return true;
        throw PostgresSecretErrors.PasswordUnknown.Make(
            $"The password from before of {login} was set again and is not seen to be accepted ({proof.Words}), so that that of {other} "
            + "stays, too.", "Mend what it says, and take the change back again.", entry.Name);
    }

    /// <summary>What the server keeps of a password, where it tells; null for nothing, or where it does not.</summary>
    private async Task<string?> KeptAsync(string login, IReadOnlyList<SecretMaterial?> known, CancellationToken ct)
    {
        await using NpgsqlConnection connection = await OpenAsync(known, ct).ConfigureAwait(false);
        return (await RolePassword.ReadAsync(connection, login, ct).ConfigureAwait(false)).Verifier;
    }

    private static bool IsOf(string? kept, string prepared) => ScramVerifier.TryParse(kept, out ScramVerifier? verifier)
        && verifier.Fits(prepared);

    /// <summary>
    /// Salt and iterations are noted before the password is set: a run that was killed comes to the same verifier, which PgBouncer must
    /// have
    /// as the server has it. A server tells both to everybody who begins to log in.
    /// </summary>
    private async Task<Dictionary<string, string>> HashingAsync(string login, IReadOnlyList<SecretMaterial?> known,
        CancellationToken ct)
    {
        await using NpgsqlConnection connection = await OpenAsync(known, ct).ConfigureAwait(false);
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

    private async Task PutAsync(ChangeRun run, string login, string? verifier, IReadOnlyList<SecretMaterial?> known, CancellationToken ct)
    {
        await using NpgsqlConnection connection = await OpenAsync(known, ct).ConfigureAwait(false);
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

    private Task<NpgsqlConnection> OpenAsync(IReadOnlyList<SecretMaterial?> known, CancellationToken ct) =>
        RoleSession.OpenAsync(context, entry.Database, entry.Logins, ct, known: known);

    private string LoginOf(SecretMaterial material)
    {
        string? login = LoginOrNull(material);
        return login is not null && entry.Logins.Contains(login) ? login
            : throw PostgresSecretErrors.LoginMissing.Make(
                $"{(login is null ? "Nothing says which login" : $"The login {login}, which")} the value of {entry.Name} is for"
                + $"{(login is null ? "" : ", is none of its logins")}; expected was one of {string.Join(", ", entry.Logins)}.",
                "Write {login} into 'in:' of a use (alone, where a variable of its own has the login), or correct 'logins:'.", entry.Name);
    }

    private string? LoginOrNull(SecretMaterial? material) => material?.Login ?? (entry.Logins.Count == 1 ? entry.Logins[0] : null);
}
