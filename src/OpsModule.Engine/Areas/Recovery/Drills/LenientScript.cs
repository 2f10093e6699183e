using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;
using OpsModule.Engine.Areas.Recovery.Archives;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery.Drills;

/// <summary>
/// Runs the structure of a backup in a drill. What only a superuser may make is noted as not proven, because nothing of a backup runs as one;
/// and so is what refers to it, or, in a backup of one tenant, to what the backup does not hold. Any other refusal counts as in a restore.
/// Tables that could not be made show themselves when their rows are loaded.
/// </summary>
internal sealed class LenientScript(PostgresServer server, string database, List<string> notes)
{
    private const string InsufficientPrivilege = "42501", InvalidFunctionDefinition = "42P13";

    // undefined table, function, object, schema, column
    private static readonly HashSet<string> Missing = ["42P01", "42883", "42704", "3F000", "42703"];

    private bool _somethingIsMissing;

    /// <summary>Whether the rest of the database is missing from the start.</summary>
    public bool OfTenant { get; init; } = true;

    /// <summary>Entries that are there already.</summary>
    public Func<ArchiveEntry, bool> IsMade { get; init; } = _ => false;

    /// <summary>Runs a script, after statements of our own.</summary>
    /// <returns>Objects that the server refused for other reasons, and that can be made later.</returns>
    /// <exception cref="OpsException">As <see cref="IncompleteScript"/> has them.</exception>
    public Task<IReadOnlyList<NotRestoredObject>> RunAsync(PartedScript script, string first, CancellationToken ct)
    {
        var run = new IncompleteScript(server, database) { Notes = Notes };
        run.Begin(script.Preamble + first);
        foreach (ScriptPart part in script.Parts.Where(p => !IsMade(p.Entry))) run.Append(part);
        return run.RunAsync(ct);
    }

    private bool Notes(ScriptPart? part, string state, string text)
    {
        if (IsOfSuperuser(state, part?.Entry))
        {
            _somethingIsMissing = true;
            return Note($"Not proven, because nothing of a backup runs as superuser in a drill: {Name(part?.Entry)} ({text}).");
        }
        if (!Missing.Contains(state)) return false;
        if (OfTenant) return Note($"Left out, because the tenant's backup does not hold what it refers to: {text}.");
        return _somethingIsMissing && Note($"Not proven, because it refers to something else that was not: {Name(part?.Entry)} ({text}).");
    }

    /// <summary>An aggregate whose state is internal gets another code than everything else that needs a superuser.</summary>
    private static bool IsOfSuperuser(string state, ArchiveEntry? entry) =>
        state == InsufficientPrivilege || (state == InvalidFunctionDefinition && entry?.Description == "AGGREGATE");

    private static string Name(ArchiveEntry? entry) => entry is null ? "a statement" : $"{entry.Description} {(entry.Schema is null ? "" : entry.Schema + ".")}{entry.Tag}";

    private bool Note(string note)
    {
        if (!notes.Contains(note)) notes.Add(note);
        return true;
    }
}
