using OpsModule.Engine.Areas.Recovery.Archives;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>
/// Notes which objects of an archive the server refused to make, and tells those that can be made later from what their makers know from
/// those that rows or their protection depend on.
/// </summary>
internal sealed class SparedObjects
{
    // Tables, types and sequences hold rows or are needed by them; policies and privileges protect them: they are not here.
    private static readonly HashSet<string> Kinds =
    [
        "AGGREGATE", "CAST", "CHECK CONSTRAINT", "COLLATION", "COMMENT", "CONSTRAINT", "CONVERSION", "DEFAULT", "EVENT TRIGGER", "EXTENSION", "FK CONSTRAINT",
        "FOREIGN DATA WRAPPER", "FOREIGN TABLE", "FUNCTION", "INDEX", "INDEX ATTACH", "MATERIALIZED VIEW", "MATERIALIZED VIEW DATA", "OPERATOR", "OPERATOR CLASS",
        "OPERATOR FAMILY", "PROCEDURE", "PUBLICATION", "PUBLICATION TABLE", "PUBLICATION TABLES IN SCHEMA", "RULE", "SERVER", "STATISTICS", "SUBSCRIPTION",
        "TEXT SEARCH CONFIGURATION", "TEXT SEARCH DICTIONARY", "TEXT SEARCH PARSER", "TEXT SEARCH TEMPLATE", "TRANSFORM", "TRIGGER", "USER MAPPING", "VIEW",
    ];

    private readonly List<NotRestoredObject> _refused = [];
    private readonly HashSet<int> _leftOut = [];

    /// <summary>Classes of errors that say nothing of the object: connection, transaction, resources, an operator's hand, input and output, defects.</summary>
    public static IReadOnlyList<string> OfTheServer { get; } = ["08", "25", "40", "53", "55", "57", "58", "F0", "XX"];

    /// <summary>What was refused so far.</summary>
    public IReadOnlyList<NotRestoredObject> Refused => _refused;

    /// <summary>True for an object that can be made later.</summary>
    public static bool CanWait(ScriptPart part) => part.Constraint is not null || Kinds.Contains(part.Entry.Description);

    /// <summary>True for privileges and comments, which fall with their object.</summary>
    public static bool Follows(ScriptPart part) => part.Entry.Description is "ACL" or "COMMENT" or "SECURITY LABEL";

    /// <summary>Notes a refusal; false when it cannot be excused.</summary>
    public bool Excuses(ScriptPart part, string state, string text)
    {
        if (OfTheServer.Contains(state[..2])) return false;
        if (Follows(part) && part.Entry.Dependencies.Any(_leftOut.Contains)) return true;
        if (!CanWait(part)) return false;
        NotRestoredObject refused = Name(part, text);
        // What fails of an entry after its first statement follows from that.
        if (!_refused.Exists(r => r.Kind == refused.Kind && r.Name == refused.Name)) _refused.Add(refused);
        if (part.Constraint is null) _leftOut.Add(part.Entry.DumpId);
        return true;
    }

    /// <summary>The error for an object that cannot be left out.</summary>
    public static OpsException Failure(ScriptPart? part, string state, string text, string? database)
    {
        string what = part is null ? "The structure" : $"{part.Entry.Description} {QualifiedName(part)}", why = $"{what} could not be restored: {text} (SQLSTATE {state}).";
        return state == Npgsql.PostgresErrorCodes.DiskFull
            ? RestoreErrors.DiskTooFull(why, database, new IOException(text))
            : new OpsException("RestoreFailed", OpsErrorCategory.InvalidData, why, "Nothing live was changed. Mend what the server reports, then run the command again.", database);
    }

    /// <summary>The error for objects that could not be made, when that was not allowed.</summary>
    /// <param name="backup">The backup.</param>
    /// <param name="objects">The objects.</param>
    /// <param name="command">The command that takes -AllowIncomplete.</param>
    public static OpsException Refusal(string backup, IReadOnlyList<NotRestoredObject> objects, string command) => new("RestoreIncomplete", OpsErrorCategory.InvalidData,
        $"{(objects.Count == 1 ? "An object" : $"{objects.Count} objects")} of backup {backup} could not be made: {Describe(objects)}.",
        $"Nothing live was changed. To have all rows without {(objects.Count == 1 ? "it" : "them")}, run {command} -AllowIncomplete and make what is missing by hand. "
        + "A function that names others without their schema is mended in the live database by ALTER FUNCTION ... SET search_path.", backup);

    /// <summary>The objects in words.</summary>
    public static string Describe(IReadOnlyList<NotRestoredObject> objects)
    {
        const int named = 10;
        return string.Join("; ", objects.Take(named)) + (objects.Count > named ? $"; and {objects.Count - named} more" : "");
    }

    private static NotRestoredObject Name(ScriptPart part, string text) => part.Constraint is { } check
        ? new NotRestoredObject("CHECK CONSTRAINT", $"{QualifiedName(part)} {check.Trim('"')}", text)
        : new NotRestoredObject(part.Entry.Description, QualifiedName(part), text);

    private static string QualifiedName(ScriptPart part) => (part.Entry.Schema is { } schema ? schema + "." : "") + part.Entry.Tag;
}
