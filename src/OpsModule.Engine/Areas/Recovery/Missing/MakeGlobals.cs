using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Globals;
using OpsModule.Connections.Postgres.Passwords;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Recovery.Missing;

/// <summary>
/// Makes roles and tablespaces of a backup that a server lacks. All roles are made in one transaction, or none; one that is there
/// when it begins is never
/// changed. The plan names them and holds no password: that is read from the backup again.
/// </summary>
internal sealed class MakeGlobals : ChangeKind
{
    public const string KindName = "server.globals", Roles = "roles", Tablespaces = "tablespaces";

    private const string Privileged = "privileged";

    public override string Name => KindName;

    /// <summary>The server of a database.</summary>
    public static string Target(string database) => "server/" + database;

    public static Dictionary<string, string> Arguments(BackupRecord backup, string database, string[] roles, string[] spaces,
        bool privileged)
    {
        var arguments = new Dictionary<string, string>
        {
            ["backup"] = backup.Id, ["key"] = backup.Key, ["store"] = backup.Store, ["database"] = database,
                [Privileged] = privileged ? "true" : "false",
        };
        // Each by itself: a name may hold any character.
        for (int i = 0; i < roles.Length; i++) arguments[FormattableString.Invariant($"role.{i}")] = roles[i];
        for (int i = 0; i < spaces.Length; i++) arguments[FormattableString.Invariant($"tablespace.{i}")] = spaces[i];
        return arguments;
    }

    public override string TargetOf(ChangePlan plan) => Target(plan.Arguments["database"]);

    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken)
    {
        BackupRecord backup = await BackupOfAsync(context, plan, cancellationToken).ConfigureAwait(false);
        await using NpgsqlConnection connection = await ConnectAsync(context, plan, cancellationToken).ConfigureAwait(false);
        List<string> roles = await GlobalsPlanner.MissingAsync(connection, "pg_roles", "rolname", Named(plan, "role."),
            cancellationToken).ConfigureAwait(false);
        List<string> spaces = await GlobalsPlanner.MissingAsync(connection, "pg_tablespace", "spcname", Named(plan, "tablespace."),
            cancellationToken).ConfigureAwait(false);
        return
        [
            new($"SHA-256 of backup {backup.Id} in {backup.Store}", backup.Sha256),
            new("roles that are missing", string.Join(", ", roles)), new("tablespaces that are missing", string.Join(", ", spaces)),
        ];
    }

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        BackupRecord backup = await BackupOfAsync(run.Context, run.Plan, cancellationToken).ConfigureAwait(false);
        ClusterGlobals globals = await GlobalsPlanner.UnpackAsync(run.Context, backup, cancellationToken).ConfigureAwait(false);
        MissingGlobals made = MissingGlobals.Of(globals, Named(run.Plan, "role."), Named(run.Plan, "tablespace."),
            run.Plan.Arguments[Privileged] == "true");
        await using NpgsqlConnection connection = await ConnectAsync(run.Context, run.Plan, cancellationToken).ConfigureAwait(false);
        if (made.Roles.Count > 0) await run.StepAsync(Roles, () =>
            ToldAsync(run, MakeRolesAsync(run, connection, made, cancellationToken))).ConfigureAwait(false);
        if (made.Tablespaces.Count > 0) await run.StepAsync(Tablespaces, () =>
            ToldAsync(run, MakeSpacesAsync(connection, made, cancellationToken))).ConfigureAwait(false);
        return new ChangeResult($"Made roles {string.Join(", ", made.Roles)}"
            + (made.Tablespaces.Count == 0 ? "" : $" and tablespaces {string.Join(", ", made.Tablespaces.Select(t => t.Name))}"));
    }

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        if (!run.HasBegun(Roles) && !run.HasBegun(Tablespaces)) return new ChangeResult("Nothing had been made");
        await using NpgsqlConnection connection = await ConnectAsync(run.Context, run.Plan, cancellationToken).ConfigureAwait(false);
        await run.StepAsync("drop", async () =>
        {
            try
            {
                foreach (string space in Named(run.Plan, "tablespace.")) await connection.ExecuteAsync($"DROP TABLESPACE IF EXISTS "
                    + $"{SqlName.Quote(space)}", cancellationToken).ConfigureAwait(false);
                string[] roles = Named(run.Plan, "role.");
                if (roles.Length > 0) await connection.ExecuteAsync($"DROP ROLE IF EXISTS "
                    + $"{string.Join(", ", roles.Select(SqlName.Quote))}", cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException e) when (
                e.SqlState is PostgresErrorCodes.DependentObjectsStillExist or PostgresErrorCodes.ObjectNotInPrerequisiteState)
            {
                throw MissingErrors.RolesInUse.Make($"The roles cannot be dropped, because something belongs to them by now: "
                    + $"{e.MessageText}.", "Remove what was restored first (Undo-OpsRestore, Remove-OpsRestore).", run.Plan.Target, e);
            }
        }).ConfigureAwait(false);
        return new ChangeResult("The roles and tablespaces were dropped");
    }

    private static Task ToldAsync(ChangeRun run, Task work) =>
        RestoreErrors.TranslateAsync($"Making roles and tablespaces on {run.Plan.Subject}", run.Plan.Target, async () =>
    {
        await work.ConfigureAwait(false);
        return true;
    });

    private static async Task MakeRolesAsync(ChangeRun run, NpgsqlConnection connection, MissingGlobals made, CancellationToken ct)
    {
        // In one transaction: after a kill all are there, or none.
        if ((await GlobalsPlanner.MissingAsync(connection, "pg_roles", "rolname", [.. made.Roles.Select(r => r.Name)], ct)
            .ConfigureAwait(false)).Count == 0) return;
        bool isSuperuser = await connection.ScalarAsync<bool>("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = "
            + "current_user", ct).ConfigureAwait(false);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(ct).ConfigureAwait(false);
        foreach (ClusterRole role in made.Roles)
        {
            await connection.ExecuteAsync(GlobalsSql.Create(role with { Verifier = null }), ct).ConfigureAwait(false);
            if (role.Verifier is { } verifier) await RolePassword.SetAsync(run, connection, role.Name, verifier, ct)
                .ConfigureAwait(false);
            if (role.Comment is { } comment) await connection.ExecuteAsync($"COMMENT ON ROLE {SqlName.Quote(role.Name)} IS "
                + $"{SqlName.Literal(comment)}", ct).ConfigureAwait(false);
        }
        foreach ((RoleMembership one, bool withGrantor) in GlobalsSql.Ordered(made.Memberships))
            await connection.ExecuteAsync(GlobalsSql.Grant(one, withGrantor && isSuperuser,
                connection.PostgreSqlVersion.Major >= 16), ct).ConfigureAwait(false);
        foreach (RoleSetting setting in made.Settings) await connection.ExecuteAsync(GlobalsSql.Set(setting), ct).ConfigureAwait(false);
        await transaction.CommitAsync(ct).ConfigureAwait(false);
    }

    private static async Task MakeSpacesAsync(NpgsqlConnection connection, MissingGlobals made, CancellationToken ct)
    {
        List<string> missing = await GlobalsPlanner.MissingAsync(connection, "pg_tablespace", "spcname",
            [.. made.Tablespaces.Select(t => t.Name)], ct).ConfigureAwait(false);
        foreach (ClusterTablespace space in made.Tablespaces)
        {
            if (missing.Contains(space.Name)) await connection.ExecuteAsync(GlobalsSql.Create(space), ct).ConfigureAwait(false);
            foreach (string sql in GlobalsSql.Finish(space)) await connection.ExecuteAsync(sql, ct).ConfigureAwait(false);
        }
    }

    private static Task<BackupRecord> BackupOfAsync(OpsContext context, ChangePlan plan, CancellationToken ct) =>
        new BackupCatalog(context).FindAtAsync(plan.Arguments["store"], plan.Arguments["key"], ct);

    private static async Task<NpgsqlConnection> ConnectAsync(OpsContext context, ChangePlan plan, CancellationToken ct)
    {
        PostgresServer server = await DatabaseServers.ResolveAsync(context, plan.Arguments["database"], ct).ConfigureAwait(false);
        return await server.ConnectAsync(ct, server.Settings.MaintenanceDatabase).ConfigureAwait(false);
    }

    private static string[] Named(ChangePlan plan, string prefix) =>
        [.. plan.Arguments.Where(a => a.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(a => a.Value)
            .Order(StringComparer.Ordinal)];
}
