namespace OpsModule.Engine.Areas.Recovery.Drills;

/// <summary>
/// In a drill everything belongs to the one role that restored it. So what is said of owners differs, and so do privileges of the owners that were and
/// who granted the others.
/// </summary>
internal static class OneOwner
{
    private const string Grants = "grants.", By = " by ";

    /// <summary>The differences that do not come from that.</summary>
    public static IReadOnlyList<CatalogueDifference> Without(IReadOnlyList<CatalogueDifference> differences)
    {
        HashSet<(string, string, string?)> owners = [.. differences.Where(d => d.Property == "owner").Select(d => (d.Schema, d.Object, d.Was))];
        // By another grantor the same privileges are lost under one name and come under another.
        HashSet<(string, string, string, string, string)> lost = [.. differences.Where(d => d.Is is null && d.Was is not null && d.Property.Contains(By, StringComparison.Ordinal)).Select(d => Key(d, d.Was!))];
        HashSet<(string, string, string, string, string)> came = [.. differences.Where(d => d.Was is null && d.Is is not null && Grantee(d) is not null).Select(d => Key(d, d.Is!))];
        return [.. differences.Where(d => d.Property != "owner" && !IsOfOwner(d, owners) && !IsOfGrantor(d))];

        bool IsOfGrantor(CatalogueDifference d) => (d.Was is null && d.Is is not null && lost.Contains(Key(d, d.Is)))
            || (d.Is is null && d.Was is not null && d.Property.Contains(By, StringComparison.Ordinal) && came.Contains(Key(d, d.Was)));
    }

    private static bool IsOfOwner(CatalogueDifference difference, HashSet<(string, string, string?)> owners) =>
        Grantee(difference) is { } grantee && (grantee == "@owner" || owners.Contains((difference.Schema, difference.Object, grantee)));

    private static (string, string, string, string, string) Key(CatalogueDifference d, string privileges) =>
        (d.Kind, d.Schema, d.Object, d.Property.IndexOf(By, StringComparison.Ordinal) is var at and >= 0 ? d.Property[..at] : d.Property, privileges);

    /// <summary>Whom a property grants something; null when it is no grant.</summary>
    private static string? Grantee(CatalogueDifference difference)
    {
        int at = difference.Property.IndexOf(Grants, StringComparison.Ordinal);
        if (at < 0) return null;
        string grantee = difference.Property[(at + Grants.Length)..];
        return grantee.IndexOf(By, StringComparison.Ordinal) is var by and >= 0 ? grantee[..by] : grantee;
    }
}
