namespace OpsModule.Connections.Files;

/// <summary>What a piece of an env file is.</summary>
public enum EnvEntryKind
{
    /// <summary>Blanks and comments.</summary>
    Blank,
    /// <summary>A name with a value.</summary>
    Value,
    /// <summary>A name alone: the value is that of the program that reads the file.</summary>
    Inherited,
    /// <summary>What is passed over, or stands behind a fault.</summary>
    Ignored,
}

/// <summary>A piece of an env file. The texts of all pieces together are the file.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">As it stands in the file, with the end of its line.</param>
public sealed record EnvEntry(EnvEntryKind Kind, string Text)
{
    /// <summary>The name; null for what has none.</summary>
    public string? Key { get; init; }

    /// <summary>The value without quotes and escapes, before variables are replaced; null for what has none.</summary>
    public string? Value { get; init; }

    /// <summary>True when variables in the value are replaced.</summary>
    public bool Expands { get; init; }

    /// <summary>Where in the text the value stands as it was written, with its quotes.</summary>
    public Range Written { get; init; }
}
