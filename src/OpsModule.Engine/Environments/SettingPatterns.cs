using System.Text.RegularExpressions;

namespace OpsModule.Engine.Environments;

/// <summary>Patterns that the loader and the JSON schema share.</summary>
internal static partial class SettingPatterns
{
    public const string NameText = "^" + NameBody + "$";
    public const string LevelText = "^-?[0-9]{1,15}([.][0-9]{1,6})? ?(%|ms|[smhdw]|B|[KMGT]i?B)?$";
    public const string SecretText = "^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|vault:.+)$";

    public const string HostPortText = "^(\\[[0-9A-Fa-f:.%]{2,60}\\]|[A-Za-z0-9._-]{1,253}):[0-9]{1,5}$";

    // Nothing in it can end a header or an SMTP command. \z for the same reason as above.
    public const string MailText = "^(" + MailBox + "|[^<>\"@,;:\\\\\\u0000-\\u001f\\u007f]{1,100}<" + MailBox + ">)$";

    private const string MailBox = "[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9.-]{1,253}";

    private const string NameBody = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}";

    // \z, because in .NET $ also matches before a last line feed, which a quoted key may have.
    [GeneratedRegex("^" + NameBody + "\\z", RegexOptions.CultureInvariant)]
    public static partial Regex Name();

    [GeneratedRegex(LevelText, RegexOptions.CultureInvariant)]
    public static partial Regex Level();

    [GeneratedRegex(HostPortText, RegexOptions.CultureInvariant)]
    public static partial Regex HostPort();

    [GeneratedRegex(MailText, RegexOptions.CultureInvariant)]
    public static partial Regex Mail();

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]{0,99}\\z", RegexOptions.CultureInvariant)]
    public static partial Regex Label();

    [GeneratedRegex(SecretText, RegexOptions.CultureInvariant)]
    public static partial Regex Secret();
}
