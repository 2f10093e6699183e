using System.Text.RegularExpressions;
using OpsModule.Engine.Environments.Databases;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Environments;

/// <summary>What can be said of a secret's text without showing it.</summary>
internal static partial class SecretRules
{
    private const string Expected = "env:NAME, file:PATH#KEY or file:PATH";
    private static readonly string[] Schemes = ["env", "file", "vault"];

    /// <summary>Reports a reference that is mistaken, or a literal secret.</summary>
    public static void Check(YamlText text, string path, FindingList findings)
    {
        string value = text.Value;
        if (SettingPatterns.Secret().IsMatch(value)) return;

        if (Schemes.Any(s => value.StartsWith(s + ":", StringComparison.Ordinal)))
        {
            findings.Error("SecretReferenceBad", text, path, $"{path} is a reference without a valid name after the colon.", Expected);
        }
        else if (Interpolation().Match(value) is { Success: true } variable)
        {
            findings.Error("SecretReferenceBad", text, path, $"{path} is written as a shell variable, which is not replaced in this file.",
                Expected, "env:" + variable.Groups[1].Value);
        }
        else if (MistakenScheme(value) is { } scheme)
        {
            findings.Error("SecretReferenceBad", text, path, $"{path} begins with '{value[..value.IndexOf(':')]}:', which is no kind of reference.",
                Expected, scheme + ":...");
        }
        else if (HoldsSecret(value, path))
        {
            findings.Warning("LiteralSecret", text, path, $"{path} holds the secret itself; whoever reads this file has it.", Expected);
        }
    }

    /// <summary>True when a value that is no reference is a secret: a URL without a password is none.</summary>
    public static bool HoldsSecret(string value, string path) =>
        !path.EndsWith(".url", StringComparison.Ordinal)
        || (HttpTargets.TryParse(value, out Uri? web) ? web.UserInfo.Length > 0 || web.Query.Length > 0 : !PostgresUrl.TryParse(value, out PostgresUrl? url, out _) || url.Password is not null);

    private static string? MistakenScheme(string value)
    {
        int colon = value.IndexOf(':');
        if (colon is < 2 or > 6 || value.AsSpan(colon).StartsWith("://")) return null;
        string scheme = value[..colon];
        return scheme.All(char.IsAsciiLetter) ? NearestName.Of(scheme, Schemes) : null;
    }

    [GeneratedRegex(@"^\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?\z")]
    private static partial Regex Interpolation();
}
