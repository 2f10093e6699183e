using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Globals;
using OpsModule.Connections.Postgres.Passwords;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Postgres.Layout;

/// <summary>Makes two logins that take turns out of one. After a kill all of it is there, or nothing: it is one transaction.</summary>
internal sealed class InitializeRotation : ChangeKind
{
    public const string KindName = "secret.initialize", Make = "make-logins", Verify = "verify-logins";

    private const string Role = "role", Rights = "rights", Remove = "remove-logins", Dropped = "dropped";

    public override string Name => KindName;

    public override string TargetOf(ChangePlan plan)
    {
        LayoutNames names = LayoutNames.Of(plan);
        names.Check();
        return names.Path;
    }

    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await OpenAsync(context, plan, cancellationToken).ConfigureAwait(false);
        return await IdentitiesAsync(connection, LayoutNames.Of(plan), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The roles as they are now.</summary>
    public static async Task<IReadOnlyList<PlanIdentity>> IdentitiesAsync(NpgsqlConnection connection, LayoutNames names,
        CancellationToken ct)
    {
        List<PlanIdentity> identities = [.. await DatabaseIdentities.OfDatabaseAsync(connection, connection.Database, ct)
            .ConfigureAwait(false)];
        foreach (string role in new[] { names.Login, names.Second, names.Owner })
            identities.Add(new PlanIdentity($"object id of role {role}", await OidAsync(connection, role, ct)
                .ConfigureAwait(false) ?? "none"));
        return identities;
    }

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        LayoutNames names = LayoutNames.Of(run.Plan);
        await using NpgsqlConnection connection = await OpenAsync(run.Context, run.Plan, cancellationToken).ConfigureAwait(false);
        var before = new Dictionary<string, string>();
        if (!run.HasBegun(Make))
        {
            before[Role] = await OidAsync(connection, names.Login, cancellationToken).ConfigureAwait(false) ?? "none";
            before[Rights] = await LayoutSql.RightsAsync(connection, names.Login, cancellationToken).ConfigureAwait(false) ?? "";
        }
        await run.StepAsync(Make, () => MakeAsync(run, connection, names, cancellationToken), before).ConfigureAwait(false);
        await run.StepAsync(Verify, () => VerifyAsync(run, connection, names, cancellationToken)).ConfigureAwait(false);
        var layout = new RotationLayout { Database = names.Database, Logins = [names.Login, names.Second], Owner = names.Owner };
        return new ChangeResult($"{names.Login} and {names.Second} take turns under {names.Owner}", layout);
    }

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        if (!run.Data.TryGetValue(Role, out string? role)) return new ChangeResult("Nothing had been made");
        LayoutNames names = LayoutNames.Of(run.Plan);
        await using NpgsqlConnection connection = await OpenAsync(run.Context, run.Plan, cancellationToken).ConfigureAwait(false);
        bool isMade = await OidAsync(connection, names.Owner, cancellationToken).ConfigureAwait(false) == role;
        if (!isMade && !run.Data.ContainsKey(Dropped)) return new ChangeResult("Nothing had been made");
        if (isMade) await CheckUnusedAsync(connection, names, cancellationToken).ConfigureAwait(false);
        string dropped = string.Join(',',
            await connection.NamesAsync("SELECT oid::text FROM pg_catalog.pg_roles WHERE rolname = ANY($1) ORDER BY 1", cancellationToken,
            (object)new[] { names.Login, names.Second }).ConfigureAwait(false));
        await run.StepAsync(Remove, () => isMade ? RemoveAsync(run, connection, names, cancellationToken) : Task.CompletedTask,
            new Dictionary<string, string> { [Dropped] = dropped }).ConfigureAwait(false);
        // Sessions of a role that is gone fail at whatever asks for it; who logs in anew is the old role again.
        await run.StepAsync("end-sessions", () => connection.ExecuteAsync(
            "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE usesysid::text = ANY($1)",
                cancellationToken,
            (object)run.Data[Dropped].Split(','))).ConfigureAwait(false);
        return new ChangeResult($"{names.Login} is one login again, and {names.Second} and {names.Owner} are gone");
    }

    private static async Task MakeAsync(ChangeRun run, NpgsqlConnection connection, LayoutNames names, CancellationToken ct)
    {
        if (await OidAsync(connection, names.Owner, ct).ConfigureAwait(false) == run.Data[Role]) return;
        await TransactAsync(run, connection, names, async () =>
        {
            await LayoutSql.MakeAsync(run, connection, names, ct).ConfigureAwait(false);
            await VerifyAsync(run, connection, names, ct).ConfigureAwait(false);
        }, ct).ConfigureAwait(false);
    }

    private static Task RemoveAsync(ChangeRun run, NpgsqlConnection connection, LayoutNames names, CancellationToken ct) =>
        TransactAsync(run, connection, names, () => LayoutSql.RemoveAsync(run, connection, names, ct), ct);

    private static async Task TransactAsync(ChangeRun run, NpgsqlConnection connection, LayoutNames names, Func<Task> work,
        CancellationToken ct)
    {
        await StatementTraces.SilenceAsync(connection, ct).ConfigureAwait(false);
        try
        {
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(ct).ConfigureAwait(false);
            await work().ConfigureAwait(false);
            await transaction.CommitAsync(ct).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DependentObjectsStillExist)
        {
            throw LayoutPlanner.Refused(names, $"something belongs to a login itself by now: {e.Detail ?? e.MessageText}",
                $"Give it to {names.Owner} (REASSIGN OWNED, GRANT), in each database, then run the command again.");
        }
        catch (PostgresException e) { throw PostgresErrors.Statement(e, $"Changing {run.Plan.Subject}", run.Plan.Target); }
    }

    /// <summary>Both logins are as the one was. Inside of the transaction a difference undoes it all.</summary>
    private static async Task VerifyAsync(ChangeRun run, NpgsqlConnection connection, LayoutNames names, CancellationToken ct)
    {
        LoginFacts login = await FactsAsync(connection, names, names.Login, ct).ConfigureAwait(false),
            second = await FactsAsync(connection, names, names.Second, ct)
            .ConfigureAwait(false), owner = await FactsAsync(connection, names, names.Owner, ct).ConfigureAwait(false);
        if (new LoginComparison(login, second, owner, connection.Database).Find().FirstOrDefault(f => f.IsRefusal) is { } lacking)
            throw LayoutPlanner.Refused(names, lacking.Words, lacking.Remedy);
        string acting = login.Attributes.Contains("INHERIT") ? names.Login : names.Owner;
        foreach (string role in new[] { acting, acting == names.Login ? names.Second : names.Owner })
            if (await LayoutSql.RightsAsync(connection, role, ct).ConfigureAwait(false) != run.Data[Rights])
                throw LayoutPlanner.Refused(names, $"{role} could do something else than {names.Login} before",
                    "Compare their grants; this should not be.");
    }

    /// <summary>Once it was rotated, or somebody has given one of the logins something, one role cannot stand for both.</summary>
    private static async Task CheckUnusedAsync(NpgsqlConnection connection, LayoutNames names, CancellationToken ct)
    {
        LoginFacts second = await FactsAsync(connection, names, names.Second, ct).ConfigureAwait(false);
        if (second.Password != "none" || second.Sessions > 0)
            throw ChangeErrors.ChangeNotUndoable.Make(
                $"{names.Second} {(second.Sessions > 0 ? "is in use" : "has a password")} by now: a rotation gave it one.",
                $"Rotate once more, so that {names.Login} is in use, then run the command again.", names.Login);
        List<RoleSetting> now = await LayoutSql.SettingsAsync(connection, names.Login, ct).ConfigureAwait(false);
        string[] kept = [.. (await LayoutSql.SettingsAsync(connection, names.Owner, ct).ConfigureAwait(false)).Select(Words)];
        string[] others = [.. now.Where(s => s.Name != "role" || s.Database != connection.Database).Select(Words)];
        if (!others.Order(StringComparer.Ordinal).SequenceEqual(kept.Order(StringComparer.Ordinal)))
            throw ChangeErrors.ChangeNotUndoable.Make(
                $"The settings of {names.Login} were changed since ({string.Join(", ", others.Except(kept).Concat(kept.Except(others)))}).",
                $"Give {names.Owner} the same (ALTER ROLE ... SET), which then count for {names.Login}, and run the command again.",
                    names.Login);

        static string Words(RoleSetting setting) =>
            $"{setting.Name}={setting.Value}{(setting.Database is null ? "" : " in " + setting.Database)}";
    }

    private static async Task<LoginFacts> FactsAsync(NpgsqlConnection connection, LayoutNames names, string role, CancellationToken ct) =>
        await LoginFactsReader.ReadAsync(connection, role, ct).ConfigureAwait(false) ?? throw LayoutPlanner.Refused(names,
            $"the role {role} is gone", "Find out who dropped it.");

    private static Task<string?> OidAsync(NpgsqlConnection connection, string role, CancellationToken ct) =>
        connection.ScalarAsync<string>("SELECT oid::text FROM pg_catalog.pg_roles WHERE rolname = $1", ct, role);

    private static Task<NpgsqlConnection> OpenAsync(OpsContext context, ChangePlan plan, CancellationToken ct)
    {
        LayoutNames names = LayoutNames.Of(plan);
        return RoleSession.OpenAsync(context, names.Database, [names.Login], ct, superuser: true);
    }
}
