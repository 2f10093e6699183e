using System.Text.RegularExpressions;

namespace OpsModule.Engine.Areas.Secrets.ApiKeys;

/// <summary>
/// The name of a key that a change makes: the change's id stands behind it, so that one whose answer was lost is found again.
/// </summary>
internal static partial class KeyLabel
{
    /// <summary>The name under which a change makes a key.</summary>
    public static string Of(string name, string change) => $"{name}-{change}";

    /// <summary>The name that people gave it.</summary>
    public static string NameOf(string label) => ChangeAtEnd().Replace(label, "");

    /// <summary>Whether a key is of a name that people gave.</summary>
    public static bool IsOf(string label, string name) => label.Equals(name, StringComparison.OrdinalIgnoreCase)
        || NameOf(label).Equals(name, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex("-[0-9]{8}T[0-9]{6}Z-[0-9a-f]+$", RegexOptions.CultureInvariant)]
    private static partial Regex ChangeAtEnd();
}
