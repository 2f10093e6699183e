using System.Text;
using System.Text.RegularExpressions;
using OpsModule.Engine.Postgres;

namespace OpsModule.Engine.Recovery;

/// <summary>
/// Runs a script of an archive's structure to its end, as pg_restore does, and notes which objects the server refused. What rows or their
/// protection depend on is never left out: there the first refusal ends it.
/// </summary>
internal sealed partial class IncompleteScript(PostgresServer server, string? database)
{
    // Objects that can be made later from what their makers know. Tables, types and sequences hold rows or are needed by them; policies and
    // privileges protect them.
    private static readonly HashSet<string> Spared =
    [
        "AGGREGATE", "CAST", "CHECK CONSTRAINT", "COLLATION", "COMMENT", "CONSTRAINT", "CONVERSION", "DEFAULT", "EVENT TRIGGER", "EXTENSION", "FK CONSTRAINT",
        "FOREIGN DATA WRAPPER", "FOREIGN TABLE", "FUNCTION", "INDEX", "INDEX ATTACH", "MATERIALIZED VIEW", "MATERIALIZED VIEW DATA", "OPERATOR", "OPERATOR CLASS",
        "OPERATOR FAMILY", "PROCEDURE", "PUBLICATION", "PUBLICATION TABLE", "PUBLICATION TABLES IN SCHEMA", "RULE", "SERVER", "STATISTICS", "SUBSCRIPTION",
        "TEXT SEARCH CONFIGURATION", "TEXT SEARCH DICTIONARY", "TEXT SEARCH PARSER", "TEXT SEARCH TEMPLATE", "TRANSFORM", "TRIGGER", "USER MAPPING", "VIEW",
    ];

    // Connection, transaction, resources, configuration, an operator's hand, input and output, defects.
    private static readonly string[] OfTheServer = ["08", "25", "40", "53", "55", "57", "58", "F0", "XX"];

    private readonly StringBuilder _sql = new();
    private readonly List<(int FirstLine, ScriptPart? Part, int BodyLine)> _parts = [];
    private readonly List<NotRestoredObject> _refused = [];
    private readonly HashSet<int> _leftOut = [];
    private int _lines = 1;

    /// <summary>Appends statements of our own, or settings; they must not fail.</summary>
    public void Append(string latin1) => Append(null, latin1, 0);

    /// <summary>Appends an entry.</summary>
    public void Append(ScriptPart part) => Append(part, part.Sql, part.Settings.AsSpan().Count('\n'));

    /// <summary>Runs all of it.</summary>
    /// <returns>What the server refused and can be made later.</returns>
    /// <exception cref="OpsException"><c>RestoreFailed</c> when it refused something else; <c>DiskTooFull</c>.</exception>
    public async Task<IReadOnlyList<NotRestoredObject>> RunAsync(CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        OpsException? failure = null;
        void Judge(string line)
        {
            if (failure is not null || ErrorLine().Match(line) is not { Success: true } error) return;
            int at = int.Parse(error.Groups["line"].ValueSpan);
            (_, ScriptPart? part, int bodyLine) = _parts.FindLast(p => p.FirstLine <= at);
            if (Excuses(part, at >= bodyLine, error)) return;
            failure = Failure(part, error);
            stop.Cancel();
        }
        try
        {
            await StructureScript.RunAsync(server, database, _sql.ToString(), ["ON_ERROR_STOP=0", "VERBOSITY=verbose"], Judge, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (failure is not null && !ct.IsCancellationRequested) { }
        return failure is null ? _refused : throw failure;
    }

    /// <summary>The error for objects that could not be made, when that was not asked for.</summary>
    /// <param name="backup">The backup.</param>
    /// <param name="objects">The objects.</param>
    /// <param name="command">What takes -AllowIncomplete.</param>
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

    private void Append(ScriptPart? part, string latin1, int settingLines)
    {
        if (!latin1.EndsWith('\n')) latin1 += "\n";
        _parts.Add((_lines, part, _lines + settingLines));
        _sql.Append(latin1);
        _lines += latin1.AsSpan().Count('\n');
    }

    /// <summary>Notes an object that can be left out; false when it cannot.</summary>
    private bool Excuses(ScriptPart? part, bool inBody, Match error)
    {
        if (part is null || !inBody || error.Groups["level"].Value != "ERROR" || OfTheServer.Contains(error.Groups["state"].Value[..2])) return false;
        bool follows = part.Entry.Description is "ACL" or "COMMENT" or "SECURITY LABEL" && part.Entry.Dependencies.Any(_leftOut.Contains);
        if (follows) return true;
        if (part.Constraint is null && !Spared.Contains(part.Entry.Description)) return false;
        NotRestoredObject refused = Name(part, error);
        // An entry is one object, and what fails after its first statement follows from that.
        if (!_refused.Exists(r => r.Kind == refused.Kind && r.Name == refused.Name)) _refused.Add(refused);
        if (part.Constraint is null) _leftOut.Add(part.Entry.DumpId);
        return true;
    }

    private static NotRestoredObject Name(ScriptPart part, Match error)
    {
        string owner = (part.Entry.Schema is { } schema ? schema + "." : "") + part.Entry.Tag, text = error.Groups["text"].Value.Trim();
        return part.Constraint is { } check ? new NotRestoredObject("CHECK CONSTRAINT", $"{owner} {check.Trim('"')}", text) : new NotRestoredObject(part.Entry.Description, owner, text);
    }

    private OpsException Failure(ScriptPart? part, Match error)
    {
        string state = error.Groups["state"].Value, text = $"{error.Groups["text"].Value.Trim()} (SQLSTATE {state})";
        string what = part is null ? "The structure" : $"{part.Entry.Description} {(part.Entry.Schema is { } schema ? schema + "." : "")}{part.Entry.Tag}";
        return state == Npgsql.PostgresErrorCodes.DiskFull
            ? RestoreErrors.DiskTooFull($"{what} could not be restored: {text}.", database, new IOException(text))
            : new OpsException("RestoreFailed", OpsErrorCategory.InvalidData, $"{what} could not be restored: {text}.",
                "Nothing live was changed. Mend what the server reports, then run the command again.", database);
    }

    [GeneratedRegex(@"^psql:<stdin>:(?<line>\d+): (?<level>ERROR|FATAL|PANIC):\s+(?<state>[0-9A-Z]{5}):(?<text>.*)$")]
    private static partial Regex ErrorLine();
}
