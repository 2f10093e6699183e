using System.Text.RegularExpressions;
using OpsModule.Engine.Postgres;

namespace OpsModule.Engine.Recovery;

/// <summary>
/// Runs the structure of a backup in a drill. What only a superuser may make is noted as not proven, because nothing of a backup runs as one;
/// and so is what refers to it, or, in a backup of one tenant, to what the backup does not hold. Any other error counts. Tables that could
/// not be made show themselves when their rows are loaded.
/// </summary>
internal sealed partial class LenientScript(PostgresServer server, string database, List<string> notes)
{
    private const string InsufficientPrivilege = "42501", InvalidFunctionDefinition = "42P13";

    // undefined table, function, object, schema, column
    private static readonly HashSet<string> Missing = ["42P01", "42883", "42704", "3F000", "42703"];

    private bool _somethingIsMissing;

    /// <summary>Whether the rest of the database is missing from the start.</summary>
    public bool OfTenant { get; init; } = true;

    /// <summary>The archive's entries, to say what a statement was to make.</summary>
    public IReadOnlyList<ArchiveEntry> Entries { get; init; } = [];

    /// <summary>Entries that are there already.</summary>
    public Func<ArchiveEntry, bool> IsMade { get; init; } = _ => false;

    public async Task RunAsync(string latin1, CancellationToken ct)
    {
        // Each line is judged as it comes: psql may write more of them than anybody would keep.
        (string State, string Text)? refused = null;
        (string script, List<(int Line, ArchiveEntry Entry)> places) = Prepare(latin1);
        void Judge(string line)
        {
            if (ErrorLine().Match(line) is not { Success: true } error) return;
            (string state, string text) = (error.Groups[2].Value, error.Groups[3].Value.Trim());
            ArchiveEntry? entry = int.TryParse(error.Groups[1].ValueSpan, out int at) ? places.FindLast(p => p.Line <= at).Entry : null;
            if (IsOfSuperuser(state, entry))
            {
                _somethingIsMissing = true;
                Note($"Not proven, because nothing of a backup runs as superuser in a drill: {Name(entry)} ({text}).");
            }
            else if (!Missing.Contains(state)) refused ??= (state, text);
            else if (OfTenant) Note($"Left out, because the tenant's backup does not hold what it refers to: {text}.");
            else if (_somethingIsMissing) Note($"Not proven, because it refers to something else that was not: {Name(entry)} ({text}).");
            else refused ??= (state, text);
        }
        await StructureScript.RunAsync(server, database, script, ["ON_ERROR_STOP=0", "VERBOSITY=verbose"], Judge, ct).ConfigureAwait(false);
        if (refused is { } failure)
            throw new OpsException("RestoreFailed", OpsErrorCategory.InvalidData, $"The structure could not be restored: {failure.Text} (SQLSTATE {failure.State}).",
                "Test the backup with Test-OpsBackup -Level Structure.", database);
    }

    /// <summary>An aggregate whose state is internal gets another code than everything else that needs a superuser.</summary>
    private static bool IsOfSuperuser(string state, ArchiveEntry? entry) =>
        state == InsufficientPrivilege || (state == InvalidFunctionDefinition && entry?.Description == "AGGREGATE");

    private static string Name(ArchiveEntry? entry) => entry is null ? "a statement" : $"{entry.Description} {(entry.Schema is null ? "" : entry.Schema + ".")}{entry.Tag}";

    private void Note(string note)
    {
        if (!notes.Contains(note)) notes.Add(note);
    }

    /// <summary>Leaves out what is made, and finds the line at which each other entry begins.</summary>
    private (string Script, List<(int Line, ArchiveEntry Entry)> Places) Prepare(string latin1)
    {
        Dictionary<int, ArchiveEntry> entries = Entries.ToDictionary(e => e.DumpId);
        MatchCollection heads = EntryHead().Matches(latin1);
        var script = new System.Text.StringBuilder(heads.Count == 0 ? latin1 : latin1[..heads[0].Index]);
        int line = 1 + StructureScript.LeadingLines + script.ToString().Count(c => c == '\n');
        var places = new List<(int, ArchiveEntry)>();
        for (int i = 0; i < heads.Count; i++)
        {
            string part = latin1[heads[i].Index..(i + 1 < heads.Count ? heads[i + 1].Index : latin1.Length)];
            if (int.TryParse(heads[i].Groups[1].ValueSpan, out int id) && entries.TryGetValue(id, out ArchiveEntry? entry))
            {
                if (IsMade(entry)) continue;
                places.Add((line, entry));
            }
            script.Append(part);
            line += part.Count(c => c == '\n');
        }
        return (script.ToString(), places);
    }

    [GeneratedRegex(@"^--\n-- TOC entry (\d+) \(class \d+ OID \d+\)\n", RegexOptions.Multiline)]
    private static partial Regex EntryHead();

    [GeneratedRegex(@"^(?:psql:<stdin>:(\d+): )?(?:ERROR|FATAL|PANIC):\s+([0-9A-Z]{5}):(.*)$")]
    private static partial Regex ErrorLine();
}
