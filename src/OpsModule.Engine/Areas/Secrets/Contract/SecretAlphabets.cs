namespace OpsModule.Engine.Areas.Secrets.Contract;

/// <summary>Alphabets by name, for <c>alphabet:</c>.</summary>
internal static class SecretAlphabets
{
    /// <summary>No character that a URL, a shell, an env file or SASLprep would treat.</summary>
    public const string LettersAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>Lower-case hexadecimal.</summary>
    public const string Hex = "0123456789abcdef";

    /// <summary>Base64 for URLs and files (RFC 4648, section 5).</summary>
    public const string Base64Url = LettersAndDigits + "-_";
}
