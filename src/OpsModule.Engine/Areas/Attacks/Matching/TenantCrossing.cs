using System.Text;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>Tells whether a tenant asked for another tenant's data.</summary>
internal static class TenantCrossing
{
    private static readonly byte[][] Folders = ["/tenants/"u8.ToArray(), "/tenant/"u8.ToArray(), "/organizations/"u8.ToArray(), "/orgs/"u8.ToArray()];

    /// <summary>Parts of a path behind <c>/tenants/</c> that name no tenant.</summary>
    private static readonly byte[][] Words =
    [
        "me"u8.ToArray(), "self"u8.ToArray(), "current"u8.ToArray(), "mine"u8.ToArray(), "all"u8.ToArray(), "new"u8.ToArray(), "search"u8.ToArray(), "list"u8.ToArray(), "count"u8.ToArray(),
        "create"u8.ToArray(), "export"u8.ToArray(), "import"u8.ToArray(), "settings"u8.ToArray(), "default"u8.ToArray(),
    ];

    /// <summary>The other tenant, or an empty range.</summary>
    public static Range Find(ReadOnlySpan<byte> line, LineParts parts)
    {
        ReadOnlySpan<byte> own = line[parts.Tenant];
        if (own.IsEmpty || Ascii.EqualsIgnoreCase(own, "null"u8)) return default;
        Range named = parts.ResourceTenant.Equals(default(Range)) ? InPath(line, parts.Path) : parts.ResourceTenant;
        ReadOnlySpan<byte> other = line[named];
        if (other.IsEmpty || Ascii.EqualsIgnoreCase(other, own) || Ascii.EqualsIgnoreCase(other, "null"u8)) return default;
        // One written as a number and one as a name may well be the same tenant.
        return Kind(other) == Kind(own) ? named : default;
    }

    private static Range InPath(ReadOnlySpan<byte> line, Range path)
    {
        (int start, int length) = path.GetOffsetAndLength(line.Length);
        ReadOnlySpan<byte> text = line.Slice(start, length);
        foreach (byte[] folder in Folders)
        {
            int at = text.IndexOf(folder);
            if (at < 0) continue;
            int begin = at + folder.Length, end = text[begin..].IndexOf((byte)'/') is >= 0 and var slash ? begin + slash : text.Length;
            foreach (byte[] word in Words)
                if (Ascii.EqualsIgnoreCase(text[begin..end], word)) return default;
            return (start + begin)..(start + end);
        }
        return default;
    }

    /// <summary>0 for a number, 1 for a UUID, 2 for a name.</summary>
    private static int Kind(ReadOnlySpan<byte> tenant) =>
        tenant.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0 ? 0 : tenant.Length == 36 && tenant[8] == '-' && tenant[23] == '-' ? 1 : 2;
}
