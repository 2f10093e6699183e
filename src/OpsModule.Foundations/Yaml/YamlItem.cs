namespace OpsModule.Foundations.Yaml;

/// <summary>A YAML value with its place in the file.</summary>
public abstract class YamlItem(int line, int column)
{
    /// <summary>The line at which the value begins, of an alias the line of its anchor; the first is 1.</summary>
    public int Line { get; } = line;

    /// <summary>The column in that line; the first is 1.</summary>
    public int Column { get; } = column;

    /// <summary>How many values it holds once every alias in it is followed; an alias bomb is small in the file and huge here.</summary>
    public virtual long Size => 1;

    /// <summary>What it is, in the words of a message.</summary>
    public abstract string Kind { get; }
}

/// <summary>A scalar.</summary>
public sealed class YamlText(string value, bool plain, int line, int column) : YamlItem(line, column)
{
    /// <summary>The text as YAML means it: quotes and escapes are resolved. Numbers and null are text here, too.</summary>
    public string Value { get; } = value;

    /// <summary>Nothing was written, or <c>~</c> or <c>null</c>.</summary>
    public bool IsNull { get; } = plain && value is "" or "~" or "null" or "Null" or "NULL";

    /// <summary>True for one without quotes, which may mean a number or a truth.</summary>
    public bool IsPlain { get; } = plain;

    /// <inheritdoc/>
    public override string Kind => IsNull ? "nothing" : "a single value";
}

/// <summary>A sequence.</summary>
public sealed class YamlList(IReadOnlyList<YamlItem> items, int line, int column) : YamlItem(line, column)
{
    /// <summary>The list's values, in the file's order.</summary>
    public IReadOnlyList<YamlItem> Items { get; } = items;

    /// <inheritdoc/>
    public override long Size { get; } = 1 + items.Sum(item => item.Size);

    /// <inheritdoc/>
    public override string Kind => "a list";
}

/// <summary>One key and its value.</summary>
public sealed record YamlEntry(YamlText Key, YamlItem Value);

/// <summary>A mapping, in the file's order. Keys may repeat; whoever reads it says so.</summary>
public sealed class YamlMap(IReadOnlyList<YamlEntry> entries, int line, int column) : YamlItem(line, column)
{
    /// <summary>The keys with their values, in the file's order; keys that a merge (<c>&lt;&lt;</c>) brings in come last.</summary>
    public IReadOnlyList<YamlEntry> Entries { get; } = entries;

    /// <inheritdoc/>
    public override long Size { get; } = 1 + entries.Sum(entry => 1 + entry.Value.Size);

    /// <inheritdoc/>
    public override string Kind => "a section of keys";

    /// <summary>The value of a key, or null when it is missing or nothing was written.</summary>
    public YamlItem? this[string key] => Entries.FirstOrDefault(e => e.Key.Value == key)?.Value is { } value
        && value is not YamlText { IsNull: true } ? value : null;

    /// <summary>The text of a key, or null when it is missing or no text.</summary>
    public string? Text(string key) => (this[key] as YamlText)?.Value;

    /// <summary>True when the key was written at all.</summary>
    public bool Has(string key) => Entries.Any(e => e.Key.Value == key);
}
