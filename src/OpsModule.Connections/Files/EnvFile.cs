namespace OpsModule.Connections.Files;

/// <summary>Reads <c>KEY=value</c> files as Docker Compose does: comments, <c>export</c>, single and double quotes.</summary>
public static class EnvFile
{
    /// <summary>Reads all keys; the last of two equal keys wins.</summary>
    public static IReadOnlyDictionary<string, string> Read(string path) => Parse(File.ReadAllText(path));

    /// <summary>Reads the text of such a file.</summary>
    public static IReadOnlyDictionary<string, string> Parse(string text)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string raw in text.Split('\n'))
        {
            string line = raw.TrimStart();
            if (line.Length == 0 || line[0] == '#') continue;
            if (line.StartsWith("export ", StringComparison.Ordinal)) line = line[7..].TrimStart();
            int equals = line.IndexOf('=');
            if (equals <= 0) continue;
            values[line[..equals].TrimEnd()] = Unquote(line[(equals + 1)..].Trim());
        }
        return values;
    }

    private static string Unquote(string value)
    {
        if (value.Length > 0 && value[0] is '\'' or '"')
        {
            int end = value.IndexOf(value[0], 1);
            while (value[0] == '"' && end > 0 && value[end - 1] == '\\') end = value.IndexOf('"', end + 1);
            if (end > 0)
            {
                string inner = value[1..end];
                return value[0] == '\'' ? inner : inner.Replace("\\\"", "\"").Replace("\\n", "\n").Replace("\\\\", "\\");
            }
        }
        int comment = value.IndexOf(" #", StringComparison.Ordinal);
        return comment < 0 ? value : value[..comment].TrimEnd();
    }
}
