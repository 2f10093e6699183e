namespace OpsModule.Connections.Files;

/// <summary>What the names of an env file come to, with their variables replaced.</summary>
public sealed class EnvValues
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal), _faults = new(StringComparer.Ordinal);

    internal EnvValues(EnvFile file, Func<string, string?> find, Func<string, string?> inherit)
    {
        var before = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (EnvEntry entry in file.Entries.Where(e => e.Key is not null))
        {
            string key = entry.Key!;
            try
            {
                before[key] = entry.Kind == EnvEntryKind.Inherited ? Inherited(key) : entry.Expands ? Expanded(entry.Value!) : entry.Value;
            }
            catch (FormatException e)
            {
                _faults[key] = e.Message;
                before.Remove(key);
            }
        }
        foreach ((string key, string? value) in before)
            if (key.Length > 0 && (value ?? inherit(key)) is { } said) _values[key] = said;

        // In Compose v2 a name alone leaves what stood before, unless it is set elsewhere. In v1 it is nothing to the lines that follow, and
        // comes from elsewhere in the end.
        string? Inherited(string key) => file.Dialect != EnvDialect.PythonDotenv ? inherit(key) ?? before.GetValueOrDefault(key) : null;

        string Expanded(string value) => file.Dialect == EnvDialect.ComposeGo
            ? ComposeGoVariables.Expand(value, name => find(name) ?? Sound(name))
            : PythonDotenvSyntax.Expand(value, name => before.TryGetValue(name, out string? own) ? own ?? "" : find(name));

        string? Sound(string name) => _faults.TryGetValue(name, out string? fault)
            ? throw new FormatException($"its {name} has no value: {fault}") : before.GetValueOrDefault(name);
    }

    /// <summary>The values by name.</summary>
    public IReadOnlyDictionary<string, string> All => _values;

    /// <summary>Why a name has no value though one stands there, by name: Compose refuses such a file.</summary>
    public IReadOnlyDictionary<string, string> Faults => _faults;
}
