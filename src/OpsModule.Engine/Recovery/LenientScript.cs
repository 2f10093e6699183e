using System.Text;
using System.Text.RegularExpressions;
using OpsModule.Engine.Postgres;
using OpsModule.Engine.Processes;

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
        ProgramCall call = server.Tool("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=0", "-v", "VERBOSITY=verbose", "-o", "/dev/null", "-f", "-"], database);
        await using RunningProgram psql = ProgramRunner.Start(call);
        Task drain = psql.Output.CopyToAsync(Stream.Null, ct);
        try
        {
            await psql.Input.WriteAsync(Encoding.Latin1.GetBytes(latin1), ct).ConfigureAwait(false);
            psql.Input.Close();
        }
        catch (IOException) { /* its exit code says why it has ended */ }
        await psql.WaitAsync(ct).ConfigureAwait(false);
        await drain.ConfigureAwait(false);
        foreach (Match error in ErrorLine().Matches(psql.ErrorTail))
        {
            if (!Missing.Contains(error.Groups[1].Value))
                throw new OpsException("RestoreFailed", OpsErrorCategory.InvalidData, $"The structure could not be restored: {error.Groups[2].Value.Trim()} (SQLSTATE {error.Groups[1].Value}).",
                    "Test the backup with Test-OpsBackup -Level Structure.", database);
            string note = $"Left out, because the tenant's backup does not hold what it refers to: {error.Groups[2].Value.Trim()}.";
            if (!notes.Contains(note)) notes.Add(note);
        }
    }

    [GeneratedRegex(@"(?:ERROR|FATAL|PANIC):\s+([0-9A-Z]{5}):(.*)$", RegexOptions.Multiline)]
    private static partial Regex ErrorLine();
}
