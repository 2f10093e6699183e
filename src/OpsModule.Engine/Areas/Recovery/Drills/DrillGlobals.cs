using OpsModule.Connections.Postgres.Globals;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery.Archives;
using OpsModule.Engine.Areas.Recovery.Missing;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery.Drills;

/// <summary>
/// Proves that the roles and tablespaces in a backup of a whole database can be read, and are all that its objects name: an empty machine
/// has no others. They are not made in a drill, whose roles are bare.
/// </summary>
internal static class DrillGlobals
{
    /// <summary>What is wrong with them, in sentences; empty when nothing is, or when the backup is not to have any.</summary>
    public static async Task<IReadOnlyList<string>> CheckAsync(OpsContext context, BackupRecord backup, ArchiveScope scope,
        CancellationToken ct)
    {
        if (backup.Tenant is not null || backup.ClusterGlobals is null) return [];
        ClusterGlobals globals;
        try { globals = await GlobalsPlanner.UnpackAsync(context, backup, ct).ConfigureAwait(false); }
        catch (OpsException e) when (e.ErrorId is "GlobalsMissing" or "GlobalsUnreadable")
        {
            return [$"The roles that came with the backup cannot be used: {e.Message}"];
        }
        string[] roles = [.. WantedRoles(scope).Except(globals.Roles.Select(r => r.Name)).Where(r =>
            !r.StartsWith("pg_", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        string[] spaces = [.. Preflight.TablespacesOf(scope).Except(globals.Tablespaces.Select(t => t.Name)).Order(StringComparer.Ordinal)];
        return
        [
            .. roles.Length == 0 ? (string[])[]
                : [$"Roles that its objects name did not come with the backup: {string.Join(", ", roles)}."],
            .. spaces.Length == 0 ? (string[])[]
                : [$"Tablespaces that its objects name did not come with the backup: {string.Join(", ", spaces)}."],
        ];
    }

    /// <summary>Those that own something in the archive, or may use it.</summary>
    internal static IEnumerable<string> WantedRoles(ArchiveScope scope) => Preflight.RolesOf(scope)
        .Append(scope.Header.Entries.FirstOrDefault(e => e.Description == "DATABASE")?.Owner).OfType<string>().Distinct();
}
