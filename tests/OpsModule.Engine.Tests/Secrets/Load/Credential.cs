namespace OpsModule.Engine.Tests.Secrets.Load;

/// <summary>What a client logs in with.</summary>
/// <param name="Login">Its login; empty for a value alone.</param>
/// <param name="Value">The value.</param>
public sealed record Credential(string Login, string Value)
{
    /// <summary>Reads an env file whenever it is asked.</summary>
    public static Func<Credential> In(string file) => () => Of(file);

    /// <summary>Reads <c>KEY=value</c>, or <c>KEY=postgres://login:value@...</c>, of the last line of an env file.</summary>
    public static Credential Of(string file)
    {
        string text = File.ReadAllText(file).TrimEnd().Split('\n')[^1];
        string value = text.Substring(text.IndexOf('=') + 1);
        if (!value.StartsWith("postgres://", StringComparison.Ordinal)) return new Credential("", value);
        string[] parts = new Uri(value).UserInfo.Split(':');
        return new Credential(parts[0], Uri.UnescapeDataString(parts[1]));
    }
}
