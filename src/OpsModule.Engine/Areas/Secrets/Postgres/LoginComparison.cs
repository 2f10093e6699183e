using OpsModule.Connections.Postgres;

namespace OpsModule.Engine.Areas.Secrets.Postgres;

/// <summary>
/// Whether one login can take the place of another: what it lacks is a refusal, because clients would notice; what it has more is said.
/// </summary>
/// <param name="now">The login in use.</param>
/// <param name="next">The other one.</param>
/// <param name="owner">The role that owns what both make.</param>
/// <param name="database">The database on the server.</param>
internal sealed class LoginComparison(LoginFacts now, LoginFacts next, LoginFacts owner, string database)
{
    /// <summary>All that was found.</summary>
    public IReadOnlyList<Finding> Find() => [.. OfLayout(), .. OfLimits(), .. OfRights()];

    /// <summary>What lines of pg_hba.conf say differently of the two.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="groupsOfNow">The roles that the one in use is a member of.</param>
    /// <param name="groupsOfNext">Those of the other.</param>
    public IEnumerable<Finding> Find(IReadOnlyList<HbaLine> lines, IReadOnlyCollection<string> groupsOfNow,
        IReadOnlyCollection<string> groupsOfNext)
    {
        foreach (HbaLine line in lines)
        {
            bool forNow = line.IsFor(now.Name, groupsOfNow, database), forNext = line.IsFor(next.Name, groupsOfNext, database);
            if (forNow == forNext) continue;
            (string with, string without) = forNow ? (now.Name, next.Name) : (next.Name, now.Name);
            bool locksOut = forNow ? line.Method != "reject" && !lines.Any(other => other != line && other.Covers(line)
                && other.IsFor(next.Name, groupsOfNext, database))
                : line.Method == "reject";
            yield return new Finding($"pg_hba.conf, {line}, is for {with} and not for {without}",
                $"Name both in it, and reload the server.", locksOut);
        }
    }

    private IEnumerable<Finding> OfLayout()
    {
        foreach (LoginFacts login in new[] { now, next })
        {
            if (!login.CanLogin) yield return new Finding($"{login} may not log in", $"ALTER ROLE {Quote(login)} LOGIN;", true);
            if (login.Superuser) yield return new Finding($"{login} is a superuser, so that whoever has its password has the server",
                $"ALTER ROLE {Quote(login)} NOSUPERUSER;", false);
            if (login.ActsAs != owner.Name)
                yield return new Finding($"what {login} makes would belong to {login.ActsAs ?? "itself"}, not to {owner}",
                    $"ALTER ROLE {Quote(login)} IN DATABASE {SqlName.Quote(database)} "
                        + $"SET role = {SqlName.Literal(owner.Name)}; or Initialize-OpsSecretRotation.", true);
            if (!login.Memberships.Any(m => m == owner.Name || m == $"{owner} (may grant it on)"))
                yield return new Finding($"{login} is no member of {owner}", $"GRANT {Quote(owner)} TO {Quote(login)};", true);
        }
        if (owner.CanLogin) yield return new Finding($"the owner {owner} may log in itself", $"ALTER ROLE {Quote(owner)} NOLOGIN;", false);
        if (now.Owned is { Count: > 0 } own)
            yield return new Finding($"{now} itself owns {Several(own)}, which {next} could not change",
                $"REASSIGN OWNED BY {Quote(now)} TO {Quote(owner)}; in database {database}.", true);
        if (next.Owned is { Count: > 0 } others)
            yield return new Finding($"{next} itself owns {Several(others)}",
                $"REASSIGN OWNED BY {Quote(next)} TO {Quote(owner)}; in database {database}.", false);
    }

    private IEnumerable<Finding> OfLimits()
    {
        if (next.IsExpired) yield return new Finding($"the password of {next} counts until {next.ValidUntil} only, which is over",
            $"ALTER ROLE {Quote(next)} VALID UNTIL 'infinity';", true);
        else if (next.ValidUntil != now.ValidUntil)
            yield return new Finding($"passwords count until {next.ValidUntil ?? "ever"} for {next} "
                + $"and until {now.ValidUntil ?? "ever"} for {now}", "Give both the same VALID UNTIL.", false);
        if (next.ConnectionLimit == now.ConnectionLimit) yield break;
        bool isLess = next.ConnectionLimit >= 0 && (now.ConnectionLimit < 0 || next.ConnectionLimit < now.ConnectionLimit);
        yield return new Finding($"{next} may have {Limit(next)} and {now} {Limit(now)}",
            FormattableString.Invariant($"ALTER ROLE {Quote(next)} CONNECTION LIMIT {now.ConnectionLimit};"), isLess);
    }

    private IEnumerable<Finding> OfRights()
    {
        if (!next.MayConnect) yield return new Finding($"{next} may not connect to {database}",
            $"GRANT CONNECT ON DATABASE {SqlName.Quote(database)} TO {Quote(owner)};", true);
        foreach (Finding found in Differences("attributes", now.Attributes, next.Attributes, "ALTER ROLE")
            .Concat(Differences("settings", now.Settings, next.Settings, "ALTER ROLE ... SET"))
            .Concat(Differences("memberships", now.Memberships, next.Memberships, "GRANT")))
            yield return found;
        // Both act as the owner, so what names one of them alone counts only after SET ROLE NONE.
        if (!now.Granted.Order().SequenceEqual(next.Granted.Order()))
            yield return new Finding($"grants or policies name one of {now} and {next} alone "
                + $"({Several([.. now.Granted.Except(next.Granted), .. next.Granted.Except(now.Granted)])}); "
                + $"sessions act as {owner} and do not have them", $"Grant them to {owner}.", false);
    }

    private IEnumerable<Finding> Differences(string what, IReadOnlyList<string> ofNow, IReadOnlyList<string> ofNext, string how)
    {
        string[] missing = [.. ofNow.Except(ofNext)], more = [.. ofNext.Except(ofNow)];
        if (missing.Length == 0 && more.Length == 0) yield break;
        yield return new Finding($"{what} differ: {now} has {(missing.Length == 0 ? "nothing more" : string.Join(", ", missing))}, "
            + $"{next} has {(more.Length == 0 ? "nothing more" : string.Join(", ", more))}",
            $"Make them equal ({how}).", missing.Length > 0 || what == "settings");
    }

    private static string Several(IReadOnlyCollection<string> all) =>
        string.Join(", ", all.Take(5)) + (all.Count > 5 ? FormattableString.Invariant($" and {all.Count - 5} more") : "");

    private static string Limit(LoginFacts login) =>
        login.ConnectionLimit < 0 ? "any number of sessions" : FormattableString.Invariant($"{login.ConnectionLimit} sessions");

    private static string Quote(LoginFacts role) => SqlName.Quote(role.Name);
}
