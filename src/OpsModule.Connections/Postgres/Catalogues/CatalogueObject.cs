using System.Text.Json;

namespace OpsModule.Connections.Postgres.Catalogues;

/// <summary>One object of a database's catalogue with the properties that a restore has to bring back.</summary>
/// <param name="Kind">What it is: <c>table</c>, <c>function</c> ...</param>
/// <param name="Schema">The schema it is in; empty for what is in none.</param>
/// <param name="Name">Its name, unique among the objects of its kind and schema.</param>
/// <param name="Properties">Its properties as PostgreSQL's jsonb writes them: the same properties are the same text.</param>
public sealed record CatalogueObject(string Kind, string Schema, string Name, string Properties)
{
    /// <summary>The name of an object that stands for all of its kind, where there were too many to be kept one by one.</summary>
    public const string All = "*";

    /// <summary>One line of a fingerprint.</summary>
    public string ToLine() => string.Join('\t', new[] { Kind, Schema, Name, Properties }.Select(Escape));

    /// <summary>Reads a line.</summary>
    public static CatalogueObject Parse(string line) => line.Split('\t') is { Length: 4 } parts
        ? new CatalogueObject(Unescape(parts[0]), Unescape(parts[1]), Unescape(parts[2]), Unescape(parts[3]))
        : throw new InvalidDataException("A line of the catalogue's fingerprint does not have four fields.");

    // JSON escapes tabs and line feeds, and nothing else has to be known.
    private static string Escape(string text) => text.AsSpan().IndexOfAny('\t', '\n', '\\') < 0 ? text : "\\" + JsonEncodedText.Encode(text);

    private static string Unescape(string text) =>
        text.StartsWith('\\') ? JsonDocument.Parse("\"" + text[1..] + "\"").RootElement.GetString()! : text;
}
