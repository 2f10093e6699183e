using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Names;

namespace OpsModule.Backups;

/// <summary>Which kinds of backups a call means that does not say it.</summary>
internal static class KindArgument
{
    /// <summary>
    /// What -Kind says. Without it names that are all databases of the environment mean those, and so do tenants: what was written before
    /// caches were backed up goes on to mean what it meant. Else all kinds (null).
    /// </summary>
    public static IReadOnlyList<BackupKind>? Of(OpsEnvironment environment, BackupKind[]? kinds, IReadOnlyList<string>? names,
        bool isOfDatabase) => kinds switch
    {
        { Length: > 0 } => kinds,
        _ when isOfDatabase || names?.All(n => IsDatabase(environment, n)) is true => [BackupKind.Database],
        _ => null,
    };

    private static bool IsDatabase(OpsEnvironment environment, string name) =>
        !NamePattern.HasWildcard(name) && environment.Databases.Keys.Contains(name, StringComparer.OrdinalIgnoreCase);
}
