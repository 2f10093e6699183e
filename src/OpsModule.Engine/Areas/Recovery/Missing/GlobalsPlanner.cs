using System.Globalization;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Globals;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Signing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery.Missing;

/// <summary>Plans to make those of a backup's roles and tablespaces that a server lacks. What is there is left as it is.</summary>
public sealed class GlobalsPlanner(OpsContext context)
{
    /// <summary>Looks at the server, and changes nothing.</summary>
    /// <param name="backup">A backup of a whole database.</param>
    /// <param name="database">The database whose server it is, by its name in the environment file.</param>
    /// <param name="privileged">Whether roles get what lets them do more than their own objects allow.</param>
    /// <param name="withTablespaces">Whether tablespaces are made.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The plan; null when the server lacks nothing.</returns>
    /// <exception cref="OpsException"><c>GlobalsMissing</c>, <c>GlobalsUnreadable</c>.</exception>
    public async Task<ChangePlan?> PlanAsync(BackupRecord backup, string database, bool privileged, bool withTablespaces,
        CancellationToken cancellationToken)
    {
        ClusterGlobals globals = await UnpackAsync(context, backup, cancellationToken).ConfigureAwait(false);
        PostgresServer server = await DatabaseServers.ResolveAsync(context, database, cancellationToken).ConfigureAwait(false);
        await using NpgsqlConnection connection = await server.ConnectAsync(cancellationToken, server.Settings.MaintenanceDatabase)
            .ConfigureAwait(false);
        string[] roles = [.. globals.Roles.Select(r => r.Name)];
        roles = [.. await MissingAsync(connection, "pg_roles", "rolname", roles, cancellationToken).ConfigureAwait(false)];
        var warnings = new List<string>();
        string[] spaces = withTablespaces ? await SpacesAsync(connection, globals, warnings, cancellationToken).ConfigureAwait(false) : [];
        if (roles.Length == 0 && spaces.Length == 0)
        {
            foreach (string warning in warnings) context.Reporter.Warning(warning);
            return null;
        }
        MissingGlobals made = MissingGlobals.Of(globals, roles, spaces, privileged);
        Warn(globals, roles, privileged, warnings);
        var plan = new ChangePlan
        {
            Environment = context.Environment.Name, Kind = MakeGlobals.KindName, Action = "Restore-OpsDatabase",
                Target = MakeGlobals.Target(database),
            Subject = $"the server of database {database}",
            Summary = string.Create(CultureInfo.InvariantCulture,
                $"Make {made.Roles.Count} roles and {made.Tablespaces.Count} tablespaces that it "
                + $"lacks and backup {backup.Id} has"),
            Arguments = MakeGlobals.Arguments(backup, database, roles, spaces, privileged), Warnings = warnings,
            Undo = "the roles and tablespaces are dropped, as long as nothing belongs to them", PlannedAt = context.Time.GetUtcNow(),
            Steps =
            [
                .. made.Roles.Select(r => new PlannedStep(MakeGlobals.Roles, MissingGlobals.Words(r))),
                .. made.Memberships.Select(m =>
                new PlannedStep(MakeGlobals.Roles, $"Make {m.Member} a member of {m.Role}{(m.Admin ? ", who may grant it on" : "")}.")),
                .. made.Settings.Select(s => new PlannedStep(MakeGlobals.Roles, $"Set {s.Name} of {s.Role}.")),
                .. made.Tablespaces.Select(t => new PlannedStep(MakeGlobals.Tablespaces, $"Make tablespace {t.Name} in {t.Location}.")),
            ],
        };
        return plan with { Identities = await new MakeGlobals().IdentifyAsync(context, plan, cancellationToken).ConfigureAwait(false) };
    }

    /// <summary>What a backup holds.</summary>
    internal static async Task<ClusterGlobals> UnpackAsync(OpsContext context, BackupRecord backup, CancellationToken ct)
    {
        // Whoever can write to the store can write a manifest.
        BackupTrust.Check(context, backup);
        if (backup.ClusterGlobals is not { } packed)
            throw MissingErrors.GlobalsMissing.Make(
                $"Backup {backup.Id} holds no roles: it is of a tenant, was made by an earlier version, or they could not be read then.",
                "Make the roles by hand, and restore without -CreateMissing: what is missing is named then.", backup.Id);
        return await packed.UnpackAsync(context, backup, ct).ConfigureAwait(false) ?? throw MissingErrors.GlobalsMissing.Make(
            $"The roles in backup {backup.Id} were written by a newer version of this module, which this one does not read.",
            "Use that version, or make the roles by hand and restore without -CreateMissing.", backup.Id);
    }

    /// <summary>Those of the names that the server does not have.</summary>
    internal static Task<List<string>> MissingAsync(NpgsqlConnection connection, string catalogue, string column, string[] names,
        CancellationToken ct) =>
        connection.NamesAsync($"SELECT w::text FROM pg_catalog.unnest($1::text[]) w WHERE NOT EXISTS (SELECT FROM "
            + $"pg_catalog.{catalogue} c WHERE c.{column} = w) ORDER BY 1", ct, (object)names);

    /// <summary>A tablespace is made only where its folder is; else what would lie in it has to go elsewhere.</summary>
    private static async Task<string[]> SpacesAsync(NpgsqlConnection connection, ClusterGlobals globals, List<string> warnings,
        CancellationToken ct)
    {
        string[] missing = [.. await MissingAsync(connection, "pg_tablespace", "spcname",
            [.. globals.Tablespaces.Select(t => t.Name)], ct).ConfigureAwait(false)];
        if (missing.Length == 0) return [];
        var made = new List<string>();
        bool looks = await connection.ScalarAsync<bool>("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user", ct)
            .ConfigureAwait(false);
        foreach (ClusterTablespace space in globals.Tablespaces.Where(t => missing.Contains(t.Name)))
        {
            if (looks && await connection.ScalarAsync<bool>("SELECT isdir FROM pg_catalog.pg_stat_file($1, true)", ct, space.Location)
                .ConfigureAwait(false)) made.Add(space.Name);
            else
                warnings.Add($"Tablespace {space.Name} is not made: "
                    + $"{(looks ? $"its folder {space.Location} is not on the server" : "only a superuser may")}. "
                    + "Make the folder, or put what lies in it into the default tablespace with -NoTablespaces.");
        }
        return [.. made];
    }

    private static void Warn(ClusterGlobals globals, string[] roles, bool privileged, List<string> warnings)
    {
        IReadOnlyList<string> withheld = MissingGlobals.Withheld(globals, roles);
        if (withheld.Count > 0)
            warnings.Add(privileged ? $"These get powers over the whole server, because the backup says so: {string.Join("; ", withheld)}."
                : $"These are made without what they could do on the whole server (-AllowPrivileged makes them as they were): "
                + $"{string.Join("; ", withheld)}.");
        string[] mute = [.. globals.Roles.Where(r => roles.Contains(r.Name) && r.Login && r.Verifier is null).Select(r => r.Name)];
        if (mute.Length > 0) warnings.Add($"The backup has no passwords of these roles, so they are made without login (ALTER ROLE "
            + $"... LOGIN PASSWORD): {string.Join(", ", mute)}.");
    }
}
