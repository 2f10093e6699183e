using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>What restores are called, and what they are of: one tenant while the service runs, or a whole database.</summary>
public static class RestoreService
{
    /// <summary>The cmdlet's name in journal and locks.</summary>
    public const string Action = "Restore-OpsDatabase";

    /// <summary>The name of the cmdlet that puts back what was replaced.</summary>
    public const string UndoAction = "Undo-OpsRestore";

    /// <summary>What a restore would do, in words, for the question before it.</summary>
    public static RestoreSummary Summarize(RestoreRequest request)
    {
        string from = $"backup {request.Backup.Id} of {request.Backup.StartedAt:u} ({SizeText.Show(request.Backup.SourceBytes)})";
        if (TenantOf(request) is { } tenant)
            return new RestoreSummary($"tenant {tenant} of database {request.DatabaseName}",
                $"Replace its schema by that of {from}; the service goes on running, and what is replaced is kept under a dated name");
        return request.As is { } other
            ? new RestoreSummary($"database {other}", $"Make it from {from}, beside database {request.DatabaseName}")
            : new RestoreSummary($"database {request.DatabaseName}",
                $"Replace it by {from}; its sessions are ended at the switch, and what is replaced is kept under a dated name");
    }

    /// <summary>
    /// The tenants that are meant of a backup, by names that may have wildcards. A name without them that the backup does not seem to have passes:
    /// the archive itself says more when it is read.
    /// </summary>
    /// <param name="backup">The backup.</param>
    /// <param name="database">The database that it is restored into.</param>
    /// <param name="written">The names as they were written.</param>
    /// <param name="fail">Told of each pattern that no tenant fits.</param>
    public static IReadOnlyList<string> ChooseTenants(BackupRecord backup, DatabaseSettings database, IReadOnlyList<string> written, Action<OpsException> fail)
    {
        string[] known = backup.Tenant is { } only ? [only]
            : database.TenantSchema is null ? [] : [.. backup.Tables.Select(t => t.Schema).Distinct().Select(s => TenantSchemas.TenantOf(database, s)).OfType<string>()];
        return NamePattern.ChooseOrTake(written, known, $"tenant in backup {backup.Id}", fail);
    }

    /// <summary>The tenant that is restored; null for a whole database.</summary>
    /// <exception cref="OpsException"><c>AsNeedsWholeDatabase</c>.</exception>
    internal static string? TenantOf(RestoreRequest request)
    {
        string? tenant = request.Tenant ?? request.Backup.Tenant;
        return tenant is null || request.As is null ? tenant : throw new OpsException("AsNeedsWholeDatabase", OpsErrorCategory.InvalidArgument,
            $"-As {request.As} makes a whole database, and what would be restored is only the tenant {tenant}" + (request.Tenant is null ? $": backup {request.Backup.Id} holds no more." : "."),
            "Leave out -As: a tenant is restored into its database, and what is replaced is kept there. Or name a backup of the whole database, without -Tenant.", request.Backup.Id);
    }
}

/// <summary>A restore in words.</summary>
/// <param name="Target">What would be changed.</param>
/// <param name="Action">What would be done to it.</param>
public sealed record RestoreSummary(string Target, string Action);
