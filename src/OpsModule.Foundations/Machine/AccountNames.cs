namespace OpsModule.Foundations.Machine;

/// <summary>Names and members of this machine's own accounts, as its files have them.</summary>
public static class AccountNames
{
    /// <summary>One line of /etc/passwd.</summary>
    public sealed record Account(string Name, uint Uid, uint Gid);

    /// <summary>All accounts of the machine.</summary>
    public static IReadOnlyList<Account> All() => [.. Lines("/etc/passwd").Where(p => p.Length > 3)
        .Select(p => uint.TryParse(p[2], out uint uid) && uint.TryParse(p[3], out uint gid) ? new Account(p[0], uid, gid) : null).OfType<Account>()];

    /// <summary>The user's name, or its number.</summary>
    public static string User(uint uid) => All().FirstOrDefault(a => a.Uid == uid)?.Name ?? $"user {uid}";

    /// <summary>The group's name, or its number.</summary>
    public static string Group(uint gid) => Lines("/etc/group").FirstOrDefault(p => p.Length > 2 && p[2] == gid.ToString())?[0] ?? gid.ToString();

    /// <summary>
    /// Whether a group that is known here has no members but a user and root: Debian's staff at first, and the private group that most systems
    /// give to each user, who then works with umask 002.
    /// </summary>
    public static bool HasNobodyBut(uint user, uint gid)
    {
        uint[] may = [0, user];
        IReadOnlyList<Account> all = All();
        string[]? group = Lines("/etc/group").FirstOrDefault(p => p.Length > 2 && p[2] == gid.ToString());
        return group is not null && all.All(a => a.Gid != gid || may.Contains(a.Uid))
            && (group.Length < 4 || group[3].Split(',', StringSplitOptions.RemoveEmptyEntries).All(m => all.Any(a => a.Name == m && may.Contains(a.Uid))));
    }

    private static IEnumerable<string[]> Lines(string file)
    {
        try { return [.. File.ReadLines(file).Select(l => l.Split(':'))]; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return []; }
    }
}
