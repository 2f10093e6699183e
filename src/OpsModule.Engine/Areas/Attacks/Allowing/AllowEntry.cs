using System.Net;
using System.Text;
using OpsModule.Engine.Areas.Attacks.Formats;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Attacks.Allowing;

/// <summary>What is let pass: a match of which everything holds that the entry names.</summary>
/// <param name="Network">Addresses it must come from; null for any.</param>
/// <param name="Path">Pattern of its path; null for any.</param>
/// <param name="Agent">Pattern of the program that asked; null for any.</param>
/// <param name="Rule">Pattern of its rule; null for any.</param>
/// <param name="Category">Pattern of its category; null for any.</param>
public sealed record AllowEntry(IPNetwork? Network = null, string? Path = null, string? Agent = null, string? Rule = null, string? Category = null)
{
    /// <summary>From when on it holds no more; null for never.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Why; for people.</summary>
    public string? Reason { get; init; }

    /// <summary>Reads an entry as it is typed: an address or a network, or <c>address:</c>, <c>path:</c>, <c>agent:</c>, <c>rule:</c> or <c>category:</c> and a pattern.</summary>
    /// <exception cref="OpsException"><c>AllowEntryInvalid</c>.</exception>
    public static AllowEntry Parse(string text)
    {
        string value = text.Trim();
        if (value.StartsWith("path:", StringComparison.OrdinalIgnoreCase) && value.Length > 5) return new AllowEntry(Path: value[5..].Trim());
        if (value.StartsWith("agent:", StringComparison.OrdinalIgnoreCase) && value.Length > 6) return new AllowEntry(Agent: value[6..].Trim());
        if (value.StartsWith("rule:", StringComparison.OrdinalIgnoreCase) && value.Length > 5) return new AllowEntry(Rule: value[5..].Trim());
        if (value.StartsWith("category:", StringComparison.OrdinalIgnoreCase) && Enum.GetNames<AttackCategory>().Any(n => Wildcard.IsMatch(value[9..].Trim(), n)))
            return new AllowEntry(Category: value[9..].Trim());
        if (value.StartsWith("address:", StringComparison.OrdinalIgnoreCase)) value = value[8..].Trim();
        return ParseNetwork(value) is { } network ? new AllowEntry(network)
            : throw new OpsException("AllowEntryInvalid", OpsErrorCategory.InvalidArgument, $"'{text}' is no entry of an allow-list.",
                "Write an address or a network (203.0.113.0/24, 2001:db8::/32), or path:/internal/*, agent:*monitor*, rule:NAME or category:NAME.", text);
    }

    /// <summary>An address or a network; bits behind the prefix are left out. Null when it is neither.</summary>
    public static IPNetwork? ParseNetwork(string text)
    {
        int slash = text.IndexOf('/');
        // 10.1, 010.0.0.1 and 0x7f.1 are addresses to the parser, and each library reads them in its own way.
        if (!Ascii.IsValid(text) || AddressText.Length(Encoding.ASCII.GetBytes(slash < 0 ? text : text[..slash])) != (slash < 0 ? text.Length : slash)) return null;
        if (!IPAddress.TryParse(slash < 0 ? text : text[..slash], out IPAddress? address)) return null;
        int bits = address.GetAddressBytes().Length * 8, prefix = bits;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), System.Globalization.NumberStyles.None, null, out prefix) || prefix > bits)) return null;
        byte[] bytes = address.GetAddressBytes();
        for (int i = 0; i < bytes.Length; i++) bytes[i] &= (byte)(0xFF00 >> Math.Clamp(prefix - i * 8, 0, 8));
        return new IPNetwork(new IPAddress(bytes), prefix);
    }

    internal bool Allows(AttackMatch match, IPAddress? address) =>
        (Network is null || (address is not null && Network.Value.Contains(address)))
        && (Path is null || (match.Path is not null && Wildcard.IsMatch(Path, match.Path)))
        && (Agent is null || (match.UserAgent is not null && Wildcard.IsMatch(Agent, match.UserAgent)))
        && (Rule is null || Wildcard.IsMatch(Rule, match.Rule))
        && (Category is null || Wildcard.IsMatch(Category, $"{match.Category}"));

    /// <inheritdoc/>
    public override string ToString() => string.Join(" ", new[]
    {
        Network is { } network ? $"address:{network}" : null,
        Path is null ? null : $"path:{Path}",
        Agent is null ? null : $"agent:{Agent}",
        Rule is null ? null : $"rule:{Rule}",
        Category is null ? null : $"category:{Category}",
    }.Where(p => p is not null));
}
