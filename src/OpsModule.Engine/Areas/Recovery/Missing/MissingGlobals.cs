using OpsModule.Connections.Postgres.Globals;

namespace OpsModule.Engine.Areas.Recovery.Missing;

/// <summary>
/// Those of a backup's roles and tablespaces that are to be made, as they are to be made: whoever can write to a store can write
/// any role into a
/// manifest, so what lets a role do more than its own objects allow is left out unless somebody has agreed to it.
/// </summary>
/// <param name="Roles">The roles. One that has no password cannot log in.</param>
/// <param name="Memberships">Memberships among them, and in PostgreSQL's own roles where that was agreed to.</param>
/// <param name="Settings">Their settings for every database; those for one come with the database.</param>
/// <param name="Tablespaces">The tablespaces.</param>
internal sealed record MissingGlobals(IReadOnlyList<ClusterRole> Roles, IReadOnlyList<RoleMembership> Memberships,
    IReadOnlyList<RoleSetting> Settings,
    IReadOnlyList<ClusterTablespace> Tablespaces)
{
    /// <summary>What of a backup is to be made.</summary>
    /// <param name="globals">What the backup holds.</param>
    /// <param name="roles">The roles that are to be made.</param>
    /// <param name="tablespaces">The tablespaces that are to be made.</param>
    /// <param name="privileged">Whether roles get their powers.</param>
    public static MissingGlobals Of(ClusterGlobals globals, IReadOnlyCollection<string> roles,
        IReadOnlyCollection<string> tablespaces, bool privileged) => new(
        [.. globals.Roles.Where(r => roles.Contains(r.Name)).Select(r => Made(r, privileged))],
        // Never in a role that is there already: that would hand its rights to whatever the manifest names.
        [.. globals.Memberships.Where(m => roles.Contains(m.Member) && (roles.Contains(m.Role) || (privileged && IsOwn(m.Role))))
            .Select(m => m.Grantor is { } grantor && roles.Contains(grantor) ? m : m with { Grantor = null })],
        [.. globals.Settings.Where(s => s.Database is null && s.Role is { } role && roles.Contains(role) && (privileged || !LoadsCode(s)))],
        [.. globals.Tablespaces.Where(t => tablespaces.Contains(t.Name))]);

    /// <summary>What is left out because nobody has agreed to it, in words.</summary>
    public static IReadOnlyList<string> Withheld(ClusterGlobals globals, IReadOnlyCollection<string> roles) =>
    [
        .. globals.Roles.Where(r => roles.Contains(r.Name) && r.Powers().Count > 0).Select(r =>
        $"role {r.Name}: {string.Join(", ", r.Powers())}"),
        .. globals.Memberships.Where(m => roles.Contains(m.Member) && IsOwn(m.Role)).Select(m => $"role {m.Member}: member of {m.Role}"),
        .. globals.Settings.Where(s => s.Database is null && s.Role is { } role && roles.Contains(role) && LoadsCode(s)).Select(s =>
        $"role {s.Role}: {s.Name} = {s.Value}"),
    ];

    /// <summary>One role in words.</summary>
    public static string Words(ClusterRole role)
    {
        string login = !role.Login ? "does not log in" : "logs in with the password that it had";
        string powers = string.Concat(role.Powers().Select(p => $", {p}"));
        return $"Make role {role.Name}: {login}{(role.CreateDatabase ? ", may make databases" : "")}{powers}.";
    }

    private static ClusterRole Made(ClusterRole role, bool privileged) => role with
    {
        Login = role.Login && role.Verifier is not null,
        Superuser = role.Superuser && privileged,
        CreateRole = role.CreateRole && privileged,
        Replication = role.Replication && privileged,
        BypassRowSecurity = role.BypassRowSecurity && privileged,
    };

    private static bool IsOwn(string role) => role.StartsWith("pg_", StringComparison.Ordinal);

    private static bool LoadsCode(RoleSetting setting) => setting.Name.EndsWith("_libraries", StringComparison.OrdinalIgnoreCase)
        || setting.Name.Equals("dynamic_library_path", StringComparison.OrdinalIgnoreCase);
}
