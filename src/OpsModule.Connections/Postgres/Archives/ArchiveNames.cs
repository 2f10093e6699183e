using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Postgres.Archives;

/// <summary>Refuses archives with names that cannot be said to the server again, before somebody relies on them.</summary>
public static class ArchiveNames
{
    private const int Named = 5;

    /// <summary>Refuses names that a restore has to say by itself: of tables with rows, sequences and schemas; in a backup of one schema, of everything.</summary>
    /// <exception cref="OpsException"><c>NamesNotReadable</c>.</exception>
    public static void Refuse(ArchiveHeader header)
    {
        if (header.GuessedNames.Count == 0) return;
        bool whole = header.Entries.Any(e => e.Description == "DATABASE");
        string[] needed = [.. header.GuessedNames.Where(n => !whole || n.StartsWith("TABLE DATA ", StringComparison.Ordinal) || n.StartsWith("SEQUENCE SET ", StringComparison.Ordinal)
            || n.StartsWith("SCHEMA ", StringComparison.Ordinal) || n.StartsWith("DATABASE ", StringComparison.Ordinal))];
        if (needed.Length == 0) return;
        throw new OpsException("NamesNotReadable", OpsErrorCategory.InvalidData,
            $"Names in the database are no text in its encoding, so that they could not be said to a server again: {string.Join(", ", needed.Take(Named))}{(needed.Length > Named ? $", and {needed.Length - Named} more" : "")}.",
            "Rename them (ALTER ... RENAME TO), then make a backup. An archive that is already there is restored by pg_restore alone.", needed[0]);
    }
}
