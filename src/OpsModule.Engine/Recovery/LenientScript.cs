using System.Text.RegularExpressions;
using OpsModule.Engine.Postgres;

namespace OpsModule.Engine.Recovery;

/// <summary>
/// Runs the structure of one tenant where the rest of its database is missing: statements that refer to what the backup does not hold are
/// left out and noted, any other error counts. Tables that could not be made show themselves when their rows are loaded.
/// </summary>
internal sealed partial class LenientScript(PostgresServer server, string database, List<string> notes)
{
    // undefined table, function, object, schema, column
    private static readonly HashSet<string> Missing = ["42P01", "42883", "42704", "3F000", "42703"];

    public async Task RunAsync(string latin1, CancellationToken ct)
    {
        // Each line is judged as it comes: psql may write more of them than anybody would keep.
        (string State, string Text)? refused = null;
        void Judge(string line)
        {
            if (ErrorLine().Match(line) is not { Success: true } error) return;
            (string state, string text) = (error.Groups[1].Value, error.Groups[2].Value.Trim());
            string note = $"Left out, because the tenant's backup does not hold what it refers to: {text}.";
            if (!Missing.Contains(state)) refused ??= (state, text);
            else if (!notes.Contains(note)) notes.Add(note);
        }
        await StructureScript.RunAsync(server, database, latin1, ["ON_ERROR_STOP=0", "VERBOSITY=verbose"], Judge, ct).ConfigureAwait(false);
        if (refused is { } failure)
            throw new OpsException("RestoreFailed", OpsErrorCategory.InvalidData, $"The structure could not be restored: {failure.Text} (SQLSTATE {failure.State}).",
                "Test the backup with Test-OpsBackup -Level Structure.", database);
    }

    [GeneratedRegex(@"(?:ERROR|FATAL|PANIC):\s+([0-9A-Z]{5}):(.*)$")]
    private static partial Regex ErrorLine();
}
