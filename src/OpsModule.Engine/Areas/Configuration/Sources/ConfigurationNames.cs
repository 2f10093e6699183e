namespace OpsModule.Engine.Areas.Configuration.Sources;

/// <summary>Names in an archive: <c>here/</c> for what lies below the folder of the environment file, else <c>root/</c>.</summary>
internal static class ConfigurationNames
{
    private const string Here = "here/", Root = "root/";

    /// <summary>The name of a path.</summary>
    public static string Of(string here, string path) => path.StartsWith(here + "/", StringComparison.Ordinal)
        ? string.Concat(Here, path.AsSpan(here.Length + 1)) : Root + path.TrimStart('/');

    /// <summary>The path of a name; null for one that leads elsewhere than it says.</summary>
    public static string? ToPath(string here, string name)
    {
        (string? folder, string rest) = name.StartsWith(Here, StringComparison.Ordinal) ? (here, name[Here.Length..])
            : name.StartsWith(Root, StringComparison.Ordinal) ? ("", name[Root.Length..]) : (null, "");
        string[] parts = rest.Split('/');
        return folder is null || parts.Any(p => p is "" or "." or ".." || p.Contains('\0')) ? null : $"{folder}/{rest}";
    }

    /// <summary>As people write it: relative to the environment file, or the full path.</summary>
    public static string Words(string name) => name.StartsWith(Here, StringComparison.Ordinal) ? name[Here.Length..]
        : name[(Root.Length - 1)..];
}
