using System.Security.Cryptography;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Machine;

namespace OpsModule.Engine.Areas.Recovery.Drills;

/// <summary>Who the server of a drill runs as when we are root, which PostgreSQL refuses to run as.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Uid">Its user number.</param>
/// <param name="Gid">Its group number.</param>
internal sealed record DrillAccount(string Name, uint Uid, uint Gid)
{
    /// <summary>The account that is made for drills, where there is one.</summary>
    public const string Dedicated = "ops-drill";

    // Numbers that neither distributions nor systemd give to anybody.
    private const int FirstUnused = 60706, AfterLastUnused = 61184;

    /// <summary>
    /// Never one that owns anything else: <c>postgres</c> would hand the live server's files to the backup's code. Null when we are not root.
    /// </summary>
    /// <param name="unnamed">Whether one without a name will do, as in a sandbox that has names of its own.</param>
    public static DrillAccount? Choose(bool unnamed)
    {
        if (!FileFacts.IsRoot) return null;
        IReadOnlyList<AccountNames.Account> all = AccountNames.All();
        if ((all.FirstOrDefault(a => a.Name == Dedicated && a.Uid != 0) ?? (unnamed ? null : all.FirstOrDefault(a => a.Name == "nobody" && a.Uid != 0))) is { } named)
            return new DrillAccount(named.Name, named.Uid, named.Gid);
        if (!unnamed) return new DrillAccount("nobody", 65534, 65534);
        uint free;
        do free = (uint)RandomNumberGenerator.GetInt32(FirstUnused, AfterLastUnused);
        while (all.Any(a => a.Uid == free || a.Gid == free));
        return new DrillAccount("an account without a name", free, free);
    }
}
