namespace OpsModule.Foundations.Yaml;

/// <summary>How a scalar is written.</summary>
public enum YamlStyle
{
    /// <summary>Without quotes.</summary>
    Plain,
    /// <summary>In single quotes.</summary>
    SingleQuoted,
    /// <summary>In double quotes.</summary>
    DoubleQuoted,
    /// <summary>As a block of lines (<c>|</c> or <c>></c>).</summary>
    Block,
    /// <summary>It stands elsewhere, and is taken in here (<c>*name</c>).</summary>
    Alias,
}

/// <summary>A scalar with the place at which it stands in the text.</summary>
/// <param name="Path">The keys that lead to it; <c>[0]</c> is the first item of a list.</param>
/// <param name="Value">What it means; of an alias, the anchor's name.</param>
/// <param name="Style">How it is written.</param>
/// <param name="Start">Its first character in the text.</param>
/// <param name="Length">How many characters it takes.</param>
/// <param name="Line">Its line; the first is 1.</param>
/// <param name="Obstacle">Why it is not only what stands here, in words; null when it is.</param>
public sealed record YamlScalar(IReadOnlyList<string> Path, string Value, YamlStyle Style, int Start, int Length, int Line,
    string? Obstacle = null)
{
    /// <summary>Its path, as one text.</summary>
    public string Key => string.Join('/', Path);
}
