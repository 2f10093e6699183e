using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;
using OpsModule.Engine.Areas.Recovery.Archives;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>
/// The SQL of an archive's structure, written by pg_restore where the server lives and run by psql there. Scripts are kept as Latin-1
/// text, one character for each byte, so that archives of any encoding pass through unchanged.
/// </summary>
internal sealed partial class StructureScript(PostgresServer server, ArchiveScope scope)
{
    /// <summary>Lines that are run before those of a script; psql counts them, too.</summary>
    public const int LeadingLines = 1;

    /// <summary>Options for pg_restore beside those that say what to write.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    private const string Public = ArchiveScope.Public;

    private (PartedScript Script, IReadOnlyList<ScriptPart> Checks)? _preData;

    /// <summary>Everything before the data, cut into its entries, but for the checks that call functions.</summary>
    public async Task<PartedScript> PreDataPartsAsync(CancellationToken ct) => (await ReadPreDataAsync(ct).ConfigureAwait(false)).Script;

    /// <summary>Everything after the data, cut into its entries; the checks that call functions are among them.</summary>
    public async Task<PartedScript> PostDataAsync(CancellationToken ct)
    {
        PartedScript script = Placed(await WriteAsync("post-data", ct).ConfigureAwait(false));
        IReadOnlyList<ScriptPart> checks = (await ReadPreDataAsync(ct).ConfigureAwait(false)).Checks;
        // Behind the indexes, which the functions may need to be quick, and before event triggers, which would see the statements.
        int at = script.Parts.TakeWhile(p => p.Entry.Description != "EVENT TRIGGER").Count();
        return script with { Parts = [.. script.Parts.Take(at), .. checks, .. script.Parts.Skip(at)] };
    }

    private async Task<(PartedScript Script, IReadOnlyList<ScriptPart> Checks)> ReadPreDataAsync(CancellationToken ct)
    {
        if (_preData is { } known) return known;
        PartedScript script = Placed(await WriteAsync("pre-data", ct).ConfigureAwait(false));
        if (scope.Schema is not null) script = script with { Preamble = script.Preamble + MakeSchema() };
        return (_preData = DeferredChecks.TakeOut(script)).Value;
    }

    private PartedScript Placed(string script)
    {
        PartedScript parted = ScriptCutter.Cut(script, scope.Header);
        return scope.NoTablespaces ? parted with { Parts = [.. parted.Parts.Select(p => p with { Settings = "" })] } : parted;
    }

    /// <summary>
    /// The privileges on the schema that its grants in the archive are the difference from, beside those that PostgreSQL gives to a new one:
    /// the schema public is there from the beginning, with more.
    /// </summary>
    public static string InitialGrants(ArchiveScope scope) => scope.Schema != Public ? ""
        : $"GRANT {(IsBefore15(scope) ? "ALL" : "USAGE")} ON SCHEMA {Public} TO PUBLIC;\n";

    /// <summary>Runs a script with psql; the first error ends it, and what is in one transaction was not done.</summary>
    public static Task RunAsync(PostgresServer server, string? database, string latin1, CancellationToken ct) =>
        RunAsync(server, database, latin1, ["ON_ERROR_STOP=1"], null, ct);

    /// <summary>Runs a script with psql.</summary>
    /// <param name="server">The server.</param>
    /// <param name="database">The database; null for the server's own.</param>
    /// <param name="latin1">The script.</param>
    /// <param name="variables">psql's variables, as <c>NAME=value</c>.</param>
    /// <param name="onErrorLine">Told of every line psql writes to stderr.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task RunAsync(PostgresServer server, string? database, string latin1, IReadOnlyList<string> variables, Action<string>? onErrorLine, CancellationToken ct)
    {
        // No command of psql's own may come out of an archive: it would run on this machine. A psql that does not know \restrict ends at
        // once, because errors count until the last of these commands.
        string key = RandomNumberGenerator.GetHexString(32);
        string[] first = [@"\restrict " + key, @"\unrestrict " + key, .. variables.Select(v => @"\set " + v.Replace('=', ' '))];
        ProgramCall call = server.Tool("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", .. first.SelectMany(c => new[] { "-c", c }), "-o", "/dev/null", "-f", "-"], database);
        await using RunningProgram psql = ProgramRunner.Start(call with { OnErrorLine = onErrorLine });
        Task drain = psql.Output.CopyToAsync(Stream.Null, ct);
        await FeedAsync(psql, Encoding.Latin1.GetBytes($@"\restrict {key}" + '\n' + latin1), ct).ConfigureAwait(false);
        try { await psql.WaitAsync(ct).ConfigureAwait(false); }
        catch (OpsException e) when (e.Message.Contains("No space left on device", StringComparison.Ordinal)) { throw RestoreErrors.DiskTooFull(e.Message, database, e); }
        catch (OpsException e) when (e.Message.Contains(@"invalid command \restrict", StringComparison.Ordinal)) { throw PsqlTooOld(server, e); }
        catch (OpsException e) when (e.ErrorId == "ProgramFailed" && e.Message.IndexOf("ERROR:", StringComparison.Ordinal) is var at and > 0)
        {
            throw new OpsException("RestoreFailed", OpsErrorCategory.InvalidOperation, $"The server refused a part of the structure: {e.Message[(at + "ERROR:".Length)..].Trim()}",
                "Nothing live was changed. Mend what the server reports; where an event trigger forbids the statement, disable it for the restore (ALTER EVENT TRIGGER ... DISABLE). Then run the command again.",
                database, e);
        }
        await drain.ConfigureAwait(false);
    }

    /// <summary>SQL of our own, in the form of these scripts.</summary>
    public static string Bytes(string sql) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(sql));

    private async Task<string> WriteAsync(string section, CancellationToken ct)
    {
        string[] part = scope.Schema is { } schema ? ["--schema=" + schema] : [];
        await using RunningProgram program = ProgramRunner.Start(server.Tool("pg_restore", ["--section=" + section, .. part, .. Options, "--verbose", "-f", "-"]));
        using var reader = new StreamReader(program.Output, Encoding.Latin1);
        Task<string> script = reader.ReadToEndAsync(ct);
        await FeedAsync(program, scope.Header.RawBytes, ct).ConfigureAwait(false);
        await program.WaitAsync(ct).ConfigureAwait(false);
        return Unrestricted(await script.ConfigureAwait(false));
    }

    private static async Task FeedAsync(RunningProgram program, ReadOnlyMemory<byte> input, CancellationToken ct)
    {
        try
        {
            await program.Input.WriteAsync(input, ct).ConfigureAwait(false);
            program.Input.Close();
        }
        catch (IOException) { /* it has ended early, and its exit code says why */ }
    }

    /// <summary>pg_restore --schema makes what is in the schema but not the schema.</summary>
    private string MakeSchema()
    {
        ArchiveEntry? schema = scope.SchemaEntry;
        if (schema is null && !scope.HoldsSchema)
            throw new OpsException("SchemaNotInBackup", OpsErrorCategory.ObjectNotFound, $"The backup has no schema {scope.Schema}.",
                "List what it holds with Get-OpsBackup, or name another tenant.", scope.Schema);
        var sql = new StringBuilder("\nSET client_encoding = 'UTF8';\n");
        // Archives of whole databases do not make the schema public, as every new database has it.
        bool made = schema?.Definition.Contains("CREATE SCHEMA", StringComparison.Ordinal) ?? false;
        sql.Append(made ? schema!.Definition : $"CREATE SCHEMA {Public};\nCOMMENT ON SCHEMA {Public} IS 'standard public schema';\n");
        if ((schema?.Owner ?? (IsBefore15(scope) ? null : "pg_database_owner")) is { } owner) sql.Append($"ALTER SCHEMA {SqlName.Quote(scope.Schema!)} OWNER TO {SqlName.Quote(owner)};\n");
        foreach (ArchiveEntry entry in scope.Entries.Where(e => e != schema && e.Description != "ACL" && scope.IsOfSchemaItself(e))) sql.Append(entry.Definition);
        sql.Append($"SET client_encoding = {SqlName.Literal(scope.Encoding)};\n");
        return Bytes(sql.ToString());
    }

    /// <summary>Newer scripts forbid psql's own commands by themselves and allow them again at the end. They are run under a \restrict of ours.</summary>
    private static string Unrestricted(string script)
    {
        if (Restrict().Match(script) is not { Success: true } begin) return script;
        string end = $"\\unrestrict {begin.Groups[1].Value}\n";
        int at = script.LastIndexOf("\n" + end, StringComparison.Ordinal);
        if (at >= 0) script = script.Remove(at + 1, end.Length);
        return script.Remove(begin.Groups[0].Index, begin.Length);
    }

    private static OpsException PsqlTooOld(PostgresServer server, OpsException cause) => new("PsqlTooOld", OpsErrorCategory.InvalidOperation,
        $"The psql {(server.ContainerId is null ? "of this machine" : "in the container of " + server.Settings.Name)} does not know \\restrict: a backup that somebody has tampered with could run programs through it. Nothing of the backup was run.",
        "Update PostgreSQL's client programs to 13.22, 14.19, 15.14, 16.10, 17.6, 18 or newer, then run the command again.", "psql", cause);

    // Before anything that comes out of the archive.
    [GeneratedRegex(@"\A(?:--[^\n]*\n|\n)*\\restrict (\S+)\n")]
    private static partial Regex Restrict();

    private static bool IsBefore15(ArchiveScope scope) => Preflight.Major(scope.Header.ToolVersion) < 15;
}
