using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Passwords;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Postgres;

/// <summary>Looks at the server before a password is rotated.</summary>
/// <param name="context">The environment.</param>
/// <param name="entry">The entry of <c>secrets:</c>.</param>
/// <param name="pooler">Its PgBouncer.</param>
internal sealed class PostgresSurveyor(OpsContext context, SecretEntry entry, PoolerUse? pooler)
{
    private readonly List<string> _warnings = [];

    /// <summary>Looks.</summary>
    /// <exception cref="OpsException">What forbids a rotation.</exception>
    public async Task<SecretSurvey> LookAsync(SecretMaterial? current, CancellationToken ct)
    {
        if (entry.Logins.Count is not (1 or 2))
            throw PostgresSecretErrors.LoginMissing.Make(
                $"The secret {entry.Name} names {entry.Logins.Count} logins; one was expected, or two that take turns.",
                "Write one or two under 'logins:'.", entry.Name);
        if (current is not null) PasswordRule.Restorable(current.Value, entry.Name);
        await using NpgsqlConnection connection = await RoleSession.OpenAsync(context, entry.Database, entry.Logins, ct, known: [current])
            .ConfigureAwait(false);
        RefuseOwnLogin(connection.UserName);
        List<LoginFacts> logins = [];
        foreach (string login in entry.Logins) logins.Add(await FactsAsync(connection, login, ct).ConfigureAwait(false));
        LoginFacts now = Current(logins, current), next = logins.FirstOrDefault(l => l != now) ?? now;
        await WarnOfTracesAsync(connection, ct).ConfigureAwait(false);
        await WarnOfOwnLoginAsync(now, ct).ConfigureAwait(false);
        await WarnOfStandbysAsync(connection, now, ct).ConfigureAwait(false);
        IReadOnlyList<HbaLine>? lines = await HbaReader.ReadAsync(connection, ct).ConfigureAwait(false);
        if (lines is null)
            _warnings.Add($"pg_hba.conf may not be read by {connection.UserName}: whether it lets {next} in is seen at the login alone.");
        else await WarnOfOpenLinesAsync(connection, lines, next, ct).ConfigureAwait(false);
        if (pooler is not null) _warnings.AddRange(await pooler.LookAsync(now.Name, entry.Logins, ct).ConfigureAwait(false));
        else _warnings.Add("No PgBouncer is declared for it; one that asks the server itself (auth_query) needs nothing, "
            + "one with a list of users does.");
        return now == next ? await OneAsync(connection, now, current, ct).ConfigureAwait(false)
            : await TwoAsync(connection, now, next, lines, ct).ConfigureAwait(false);
    }

    private async Task<SecretSurvey> OneAsync(NpgsqlConnection connection, LoginFacts login, SecretMaterial? current, CancellationToken ct)
    {
        if (!login.CanLogin) throw Differ([new Finding($"{login} may not log in", $"ALTER ROLE {SqlName.Quote(login.Name)} LOGIN;", true)]);
        if (login.IsExpired) throw Differ([new Finding($"the password of {login} counts until {login.ValidUntil} only, which is over",
            $"ALTER ROLE {SqlName.Quote(login.Name)} VALID UNTIL 'infinity';", true)]);
        if (current is null)
            _warnings.Add($"The password of {login} that is in use is not known, so that the rotation could not be taken back.");
        return new SecretSurvey
        {
            Identities = await IdentitiesAsync(connection, [login], ct).ConfigureAwait(false), Overlaps = false,
            Gap = $"{login} has one password: from the moment it is replaced until the services have the new one, "
                + "whoever logs in with the old one is refused "
                + $"(28P01). The {FormattableString.Invariant($"{login.Sessions}")} sessions that it has now live on, "
                + "and so does whoever holds one of them.",
            NextLogin = login.Name, Warnings = _warnings, SetWords = $"Replace the password of {login} in place{Traceless}.",
        };
    }

    private async Task<SecretSurvey> TwoAsync(NpgsqlConnection connection, LoginFacts now, LoginFacts next, IReadOnlyList<HbaLine>? lines,
        CancellationToken ct)
    {
        LoginFacts owner = await FactsAsync(connection, entry.Owner ?? now.ActsAs ?? throw Differ(
            [new Finding($"{now} and {next} take turns, and no role owns what they make",
                "Name it with 'owner:', and run Initialize-OpsSecretRotation.", true)]), ct)
            .ConfigureAwait(false);
        var comparison = new LoginComparison(now, next, owner, connection.Database);
        List<Finding> findings = [.. comparison.Find()];
        if (lines is not null)
            findings.AddRange(comparison.Find(lines, await HbaReader.GroupsAsync(connection, now.Name, ct).ConfigureAwait(false),
                await HbaReader.GroupsAsync(connection, next.Name, ct).ConfigureAwait(false)));
        if (findings.Any(f => f.IsRefusal)) throw Differ(findings);
        _warnings.AddRange(findings.Select(f => $"{Capital(f.Words)}. {f.Remedy}"));
        if (next.Sessions > 0)
            throw PostgresSecretErrors.LoginInUse.Make(
                FormattableString.Invariant($"It is the turn of {next}, and it has {next.Sessions} sessions: somebody uses it. ")
                + $"In use was to be {now} alone.",
                    $"Find out who: SELECT * FROM pg_stat_activity WHERE usename = {SqlName.Literal(next.Name)}; move it over, or end it.",
                    entry.Name);
        if (next.Password is "scram" or "md5")
            _warnings.Add($"{next}, whose turn it is, has a password already; "
                + "it is replaced, and taking the rotation back does not bring it back.");
        return new SecretSurvey
        {
            Identities = await IdentitiesAsync(connection, [now, next, owner], ct).ConfigureAwait(false), Overlaps = true,
                NextLogin = next.Name, Warnings = _warnings,
            SetWords = $"Give {next} a password, beside that of {now}{Traceless}.",
            DropWords = $"Take the password of {now} away (PASSWORD NULL): sessions that it still has would live on, new ones are refused.",
        };
    }

    private string Traceless => _warnings.Any(w => w.StartsWith("The verifier", StringComparison.Ordinal)) ? ""
        : ", of which the server's log and statistics keep nothing";

    private LoginFacts Current(List<LoginFacts> logins, SecretMaterial? current)
    {
        if (logins.Count == 1) return logins[0];
        if (current?.Login is { } login)
            return logins.FirstOrDefault(l => l.Name == login) ?? throw PostgresSecretErrors.LoginMissing.Make(
                $"The uses of {entry.Name} say the login {login}, which is none of its logins ({string.Join(", ", entry.Logins)}).",
                "Correct 'logins:', or the file.", entry.Name);
        throw PostgresSecretErrors.LoginMissing.Make(
            $"{entry.Name} has two logins, and no use says which one is in use: "
            + "the clients could not be moved to the other one.",
            "Write {login} into 'in:' of its use, as in postgres://{login}:{value}@host/name; name the variable that holds the login "
            + "alone as one more use, with in: \"{login}\"; or name one login alone.", entry.Name);
    }

    private async Task<LoginFacts> FactsAsync(NpgsqlConnection connection, string role, CancellationToken ct) =>
        await LoginFactsReader.ReadAsync(connection, role, ct).ConfigureAwait(false) ?? throw PostgresSecretErrors.LoginMissing.Make(
            $"The server has no role {role}, which the secret {entry.Name} names.",
            entry.Logins.Count == 2 ? "Initialize-OpsSecretRotation makes the second login and the owner; or correct 'logins:'."
                : "Correct 'logins:', or make the role.", entry.Name);

    private async Task WarnOfTracesAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        if (await StatementTraces.IsSuperuserAsync(connection, ct).ConfigureAwait(false)) return;
        IReadOnlyList<string> traces = await StatementTraces.FindAsync(connection, ct).ConfigureAwait(false);
        _warnings.Add(traces.Count == 0
            ? $"{connection.UserName} is no superuser and cannot silence the server; "
                + "as it is configured, nothing that is known here keeps the verifier."
            : $"The verifier lands in {string.Join(", in ", traces)}, because {connection.UserName} is no superuser and cannot prevent it. "
                + "Who reads it there can guess at the password. Give the database a restoreUser that is one.");
    }

    /// <summary>What this module itself logs in with must not end with the rotation.</summary>
    private async Task WarnOfOwnLoginAsync(LoginFacts now, CancellationToken ct)
    {
        PostgresServer server = await DatabaseServers.ResolveAsync(context, entry.Database, ct).ConfigureAwait(false);
        if (entry.Logins.Count == 2 && entry.Logins.Contains(server.Settings.User))
            _warnings.Add($"databases.{server.Settings.Name} logs in as {server.Settings.User}, "
                + "whose password ends when it is not its turn: give it a login of its own.");
        if (now.Password == "md5")
            _warnings.Add($"The server keeps the password of {now} as md5; "
                + "the new one is kept as SCRAM-SHA-256, which very old clients do not know.");
    }

    /// <summary>Who sets the one password and takes the other away must be neither: halfway it would have no way in.</summary>
    private void RefuseOwnLogin(string? administrator)
    {
        if (entry.Logins.Count != 2 || administrator is null || !entry.Logins.Contains(administrator)) return;
        throw PostgresSecretErrors.LoginForbidden.Make(
            $"The passwords of {string.Join(" and ", entry.Logins)} would be set by {administrator}, who is one of the two: once its own is "
            + "taken away, nobody here could log in to go on or to take it back.",
            $"Give the database {entry.Database} a restoreUser (or a user) of its own that may change both passwords: a superuser, or one "
            + "with CREATEROLE (from PostgreSQL 16 on also ADMIN OPTION on both).", entry.Name);
    }

    private async Task WarnOfStandbysAsync(NpgsqlConnection connection, LoginFacts login, CancellationToken ct)
    {
        List<string> standbys = await Standbys.FindAsync(connection, ct).ConfigureAwait(false);
        if (standbys.Count > 0)
            _warnings.Add($"Standbys at {string.Join(", ", standbys)} follow the server: sessions of {login} there are not seen from here, "
                + "and live on when its password is taken away. Look at each: pg_stat_activity.");
    }

    private async Task WarnOfOpenLinesAsync(NpgsqlConnection connection, IReadOnlyList<HbaLine> lines, LoginFacts login,
        CancellationToken ct)
    {
        List<string> groups = await HbaReader.GroupsAsync(connection, login.Name, ct).ConfigureAwait(false);
        foreach (HbaLine line in lines.Where(l => l.Method is "trust" or "peer" or "ident" or "cert" && l.IsFor(login.Name, groups,
            connection.Database)))
            _warnings.Add($"pg_hba.conf, {line}, lets {login} in without a password: "
                + "from there every value is accepted, and none is proven.");
    }

    private static async Task<IReadOnlyList<PlanIdentity>> IdentitiesAsync(NpgsqlConnection connection, IEnumerable<LoginFacts> roles,
        CancellationToken ct) =>
    [
        .. await DatabaseIdentities.OfDatabaseAsync(connection, connection.Database, ct).ConfigureAwait(false),
        .. roles.Select(r => new PlanIdentity($"object id of role {r}", r.Oid)),
    ];

    private OpsException Differ(IReadOnlyList<Finding> findings) => PostgresSecretErrors.LoginsDiffer.Make(
        $"The logins of {entry.Name} cannot take turns: {string.Join("; ", findings.Where(f => f.IsRefusal).Select(f => f.Words))}.",
        string.Join(" ", findings.Where(f => f.IsRefusal).Select(f => f.Remedy)), entry.Name);

    private static string Capital(string words) => char.ToUpperInvariant(words[0]) + words[1..];
}
