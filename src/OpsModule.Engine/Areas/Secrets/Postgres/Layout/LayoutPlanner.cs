using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Postgres.Layout;

/// <summary>Plans to make two logins that take turns out of one.</summary>
/// <param name="context">The environment.</param>
public sealed class LayoutPlanner(OpsContext context)
{
    // What reads who somebody is: the owner's name is there in place of the login's, or the second login's.
    private const string Asking = """
        SELECT 'function ' || p.oid::pg_catalog.regprocedure::text
        FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND p.prosrc ~* '\m(session_user|current_user|current_role)\M'
        UNION ALL SELECT 'policy ' || pol.polname || ' of ' || pol.polrelid::pg_catalog.regclass::text FROM pg_catalog.pg_policy pol
        WHERE coalesce(pg_catalog.pg_get_expr(pol.polqual, pol.polrelid), '')
          || coalesce(pg_catalog.pg_get_expr(pol.polwithcheck, pol.polrelid), '')
          ~* '\m(session_user|current_user)\M'
        UNION ALL SELECT 'default of ' || d.adrelid::pg_catalog.regclass::text FROM pg_catalog.pg_attrdef d
        WHERE pg_catalog.pg_get_expr(d.adbin, d.adrelid) ~* '\m(session_user|current_user)\M'
        UNION ALL SELECT 'view ' || c.oid::pg_catalog.regclass::text
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('v', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
          AND pg_catalog.pg_get_viewdef(c.oid) ~* '\m(session_user|current_user)\M'
        ORDER BY 1 LIMIT 20
        """;

    /// <summary>Looks at the server, and changes nothing.</summary>
    /// <returns>The plan; null when the logins take turns already.</returns>
    /// <exception cref="OpsException"><c>SecretLayoutRefused</c>, <c>SecretLoginMissing</c>, <c>SecretLoginForbidden</c>,
    /// <c>SecretServerInRecovery</c>.</exception>
    public async Task<ChangePlan?> PlanAsync(LayoutNames names, CancellationToken cancellationToken)
    {
        names.Check();
        await using NpgsqlConnection connection = await RoleSession.OpenAsync(context, names.Database, [names.Login], cancellationToken,
            superuser: true)
            .ConfigureAwait(false);
        LoginFacts?[] roles = new LoginFacts?[3];
        string[] all = [names.Login, names.Second, names.Owner];
        for (int i = 0; i < all.Length; i++)
            roles[i] = await LoginFactsReader.ReadAsync(connection, all[i], cancellationToken).ConfigureAwait(false);
        if (roles is [{ } login, { } second, { } owner])
        {
            Finding[] lacking = [.. new LoginComparison(login, second, owner, connection.Database).Find().Where(f => f.IsRefusal)];
            return lacking.Length == 0 ? null : throw Refused(names,
                $"the roles are there, and {string.Join("; ", lacking.Select(f => f.Words))}",
                string.Join(" ", lacking.Select(f => f.Remedy)));
        }
        if (roles[0] is not { } now) throw PostgresSecretErrors.LoginMissing.Make($"The server has no role {names.Login}.",
            "Name the login that the services use now.", names.Login);
        if ((roles[1] ?? roles[2]) is { } there)
            throw Refused(names, $"{there} is there already, and {(roles[1] is null ? names.Second : names.Owner)} is not",
                "Name roles that do not exist, or drop it when it is a leftover.");
        CheckLogin(names, now, connection);
        var plan = new ChangePlan
        {
            Environment = context.Environment.Name, Kind = InitializeRotation.KindName, Action = "Initialize-OpsSecretRotation",
                Target = names.Path,
            Subject = $"login {names.Login} of the server of database {names.Database}",
            Summary = $"Make {names.Login} and {names.Second} two logins that take turns under the owner {names.Owner}",
                Arguments = names.Arguments,
            Steps = [.. Steps(names, now, connection.Database)], Warnings = await WarningsAsync(connection, names, now, cancellationToken)
                .ConfigureAwait(false),
            Figures = [new PlanFigure($"sessions of {names.Login}", FormattableString.Invariant($"{now.Sessions}"))],
            Undo = $"{names.Owner} is {names.Login} again, with the password of then, as long as {names.Second} has none; "
                + "sessions that began meanwhile are ended",
            PlannedAt = context.Time.GetUtcNow(),
        };
        return plan with { Identities = await InitializeRotation.IdentitiesAsync(connection, names, cancellationToken)
            .ConfigureAwait(false) };
    }

    private static void CheckLogin(LayoutNames names, LoginFacts now, NpgsqlConnection connection)
    {
        if (!now.CanLogin) throw Refused(names, $"{now} may not log in", "Name the login that the services use now.");
        if (now.Superuser) throw Refused(names, $"{now} is a superuser, and the logins of a service need none",
            $"ALTER ROLE {SqlName.Quote(now.Name)} NOSUPERUSER; first.");
        if (now.Name == connection.UserName) throw Refused(names, $"this module logs in as {now}, and nobody can be renamed by itself",
            "Give the database a restoreUser that is a superuser.");
        if (now.Owned.FirstOrDefault(o => o.StartsWith("subscription", StringComparison.Ordinal)) is { } subscription)
            throw Refused(names, $"{now} owns {subscription}, whose worker logs in as its owner",
                "Give it to another role: ALTER SUBSCRIPTION ... OWNER TO ...;");
    }

    private static IEnumerable<PlannedStep> Steps(LayoutNames names, LoginFacts now, string database)
    {
        const string Make = InitializeRotation.Make;
        string attributes = now.Attributes.Count == 0 ? "no attribute" : string.Join(", ", now.Attributes);
        yield return new(Make, $"Rename {names.Login} to {names.Owner}: all that it owns and may do, in every database, stays as it is.");
        yield return new(Make,
            $"Make the logins {names.Login}, with the password that it has, and {names.Second}, without one: {attributes}, "
            + FormattableString.Invariant($"connection limit {now.ConnectionLimit}, valid until {now.ValidUntil ?? "ever"}, ")
            + FormattableString.Invariant($"{now.Settings.Count} settings, members of {names.Owner}."));
        yield return new(Make, $"Have both act as {names.Owner} in {database} (SET role), so that it owns what they make.");
        yield return new(Make, $"Take LOGIN and the password from {names.Owner}. All of this is one transaction.");
        yield return new(InitializeRotation.Verify,
            $"Compare what {names.Login} may do with what it could do before, and the two logins with one another.");
    }

    private static async Task<IReadOnlyList<string>> WarningsAsync(NpgsqlConnection connection, LayoutNames names, LoginFacts now,
        CancellationToken ct)
    {
        var warnings = new List<string>();
        if (now.Sessions > 0)
            warnings.Add(FormattableString.Invariant($"{now.Sessions} sessions of {now} go on as {names.Owner} until they log in anew."));
        if (now.Password is "md5")
            warnings.Add($"The password of {now} is kept as md5; it goes on, and the first rotation makes SCRAM-SHA-256 of it.");
        if (now.Elsewhere.Count > 0)
            warnings.Add($"{now} also has something in {string.Join(", ", now.Elsewhere)}: there sessions act as the login itself, "
                + $"with the rights of {names.Owner}"
                + $"{(now.Attributes.Contains("INHERIT") ? "" : " only after SET ROLE, because it is NOINHERIT")}, "
                + "and own what they make.");
        List<string> asking = await connection.NamesAsync(Asking, ct).ConfigureAwait(false);
        if (asking.Count > 0)
            warnings.Add($"What asks who somebody is gets another answer: "
                + $"current_user is {names.Owner}, session_user is {names.Login} or {names.Second}. "
                + $"Look at {string.Join(", ", asking)}.");
        warnings.AddRange(now.Owned.Where(o => o.StartsWith("publication", StringComparison.Ordinal)).Select(o =>
            $"{names.Owner} will own {o}."));
        IReadOnlyList<HbaLine> lines = await HbaReader.ReadAsync(connection, ct).ConfigureAwait(false) ?? [];
        foreach (HbaLine line in lines.Where(l => l.Users.Contains(names.Login) && !l.Users.Contains(names.Second)))
            warnings.Add($"pg_hba.conf, {line}, names {names.Login}: "
                + $"name {names.Second} there as well before the first rotation, and reload the server.");
        return warnings;
    }

    internal static OpsException Refused(LayoutNames names, string why, string remedy) => PostgresSecretErrors.LayoutRefused.Make(
        $"{names.Login} and {names.Second} cannot be made logins that take turns: {why}.", remedy, names.Login);
}
