namespace OpsModule.Connections.Files;

/// <summary>
/// Takes an env file of <c>format: raw</c> to pieces: each line is a name and what stands behind its first equals sign, to the letter.
/// There are no quotes, escapes and variables.
/// </summary>
internal sealed class RawSyntax(string text)
{
    /// <summary>Why Compose refuses the file, with the line; null when it does not.</summary>
    public string? Fault { get; private set; }

    /// <summary>The pieces.</summary>
    public IReadOnlyList<EnvEntry> Read()
    {
        var entries = new List<EnvEntry>();
        int number = 1;
        for (int start = 0; start < text.Length; number++)
        {
            int end = text.IndexOf('\n', start) is >= 0 and var found ? found + 1 : text.Length;
            entries.Add(Fault is null ? ReadLine(text[start..end], number) : new EnvEntry(EnvEntryKind.Ignored, text[start..end]));
            start = end;
        }
        return entries;
    }

    private EnvEntry ReadLine(string line, int number)
    {
        int from = number == 1 && line.StartsWith('\uFEFF') ? 1 : 0;
        int to = line.Length - (line.EndsWith("\r\n", StringComparison.Ordinal) ? 2 : line.EndsWith('\n') ? 1 : 0);
        while (from < to && char.IsWhiteSpace(line[from])) from++;
        if (from == to || line[from] == '#') return new EnvEntry(EnvEntryKind.Blank, line);
        int equals = line.IndexOf('=', from, to - from);
        string key = line[from..(equals < 0 ? to : equals)];
        if (key.Length == 0 || key.Any(char.IsWhiteSpace))
        {
            Fault = $"line {number}: " + (key.Length == 0 ? "it has no name before '='" : $"the name '{key}' holds a blank");
            return new EnvEntry(EnvEntryKind.Ignored, line);
        }
        return equals < 0 ? new EnvEntry(EnvEntryKind.Inherited, line) { Key = key }
            : new EnvEntry(EnvEntryKind.Value, line) { Key = key, Value = line[(equals + 1)..to], Written = (equals + 1)..to };
    }
}
