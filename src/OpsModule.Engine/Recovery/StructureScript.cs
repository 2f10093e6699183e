using System.Text;
using System.Text.RegularExpressions;
using OpsModule.Engine.Postgres;
using OpsModule.Engine.Processes;

namespace OpsModule.Engine.Recovery;

/// <summary>One statement group of the script that pg_restore writes after the data.</summary>
/// <param name="Entry">The archive's entry it comes from.</param>
/// <param name="Sql">Its SQL.</param>
internal sealed record ScriptPart(ArchiveEntry Entry, string Sql);

/// <summary>A script in parts: settings first, then one part for each entry.</summary>
/// <param name="Preamble">Settings that every part needs.</param>
/// <param name="Parts">The parts in order.</param>
internal sealed record PartedScript(string Preamble, IReadOnlyList<ScriptPart> Parts);

/// <summary>
/// The SQL of an archive's structure, written by pg_restore where the server lives and run by psql there. Scripts are kept as Latin-1
/// text, one character for each byte, so that archives of any encoding pass through unchanged.
/// </summary>
internal sealed partial class StructureScript(PostgresServer server, ArchiveScope scope)
{
    private const string Public = ArchiveScope.Public;

    /// <summary>Everything before the data.</summary>
    public Task<string> PreDataAsync(CancellationToken ct) => WriteAsync("pre-data", [], ct);

    /// <summary>Everything before the data of one schema, cut into its entries.</summary>
    public async Task<PartedScript> PreDataPartsAsync(CancellationToken ct)
    {
        PartedScript script = Cut(await WriteAsync("pre-data", ["--verbose"], ct).ConfigureAwait(false));
        return script with { Preamble = script.Preamble + MakeSchema() };
    }

    /// <summary>
    /// The privileges on the schema that its grants in the archive are the difference from, beside those that PostgreSQL gives to a new one:
    /// the schema public is there from the beginning, with more.
    /// </summary>
    public static string InitialGrants(ArchiveScope scope) => scope.Schema != Public ? ""
        : $"GRANT {(IsBefore15(scope) ? "ALL" : "USAGE")} ON SCHEMA {Public} TO PUBLIC;\n";

    /// <summary>Everything after the data, cut into its entries.</summary>
    public async Task<PartedScript> PostDataAsync(CancellationToken ct) =>
        Cut(await WriteAsync("post-data", ["--verbose"], ct).ConfigureAwait(false));

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
        ProgramCall call = server.Tool("psql", ["-X", "-q", .. variables.SelectMany(v => new[] { "-v", v }), "-o", "/dev/null", "-f", "-"], database);
        await using RunningProgram psql = ProgramRunner.Start(call with { OnErrorLine = onErrorLine });
        Task drain = psql.Output.CopyToAsync(Stream.Null, ct);
        await FeedAsync(psql, Encoding.Latin1.GetBytes(latin1), ct).ConfigureAwait(false);
        try { await psql.WaitAsync(ct).ConfigureAwait(false); }
        catch (OpsException e) when (e.Message.Contains("No space left on device", StringComparison.Ordinal)) { throw RestoreErrors.DiskTooFull(e.Message, database, e); }
        await drain.ConfigureAwait(false);
    }

    /// <summary>SQL of our own, in the form of these scripts.</summary>
    public static string Bytes(string sql) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(sql));

    private async Task<string> WriteAsync(string section, IReadOnlyList<string> more, CancellationToken ct)
    {
        string[] part = scope.Schema is { } schema ? ["--schema=" + schema] : [];
        await using RunningProgram program = ProgramRunner.Start(server.Tool("pg_restore", ["--section=" + section, .. part, .. more, "-f", "-"]));
        using var reader = new StreamReader(program.Output, Encoding.Latin1);
        Task<string> script = reader.ReadToEndAsync(ct);
        await FeedAsync(program, scope.Header.RawBytes, ct).ConfigureAwait(false);
        await program.WaitAsync(ct).ConfigureAwait(false);
        return await script.ConfigureAwait(false);
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
        sql.Append(schema is not null && scope.Schema != Public ? schema.Definition : $"CREATE SCHEMA {SqlName.Quote(scope.Schema!)};\n");
        if ((schema?.Owner ?? (IsBefore15(scope) ? null : "pg_database_owner")) is { } owner) sql.Append($"ALTER SCHEMA {SqlName.Quote(scope.Schema!)} OWNER TO {SqlName.Quote(owner)};\n");
        foreach (ArchiveEntry entry in scope.Entries.Where(e => e != schema && e.Description != "ACL" && scope.IsOfSchemaItself(e))) sql.Append(entry.Definition);
        sql.Append($"SET client_encoding = {SqlName.Literal(scope.Encoding)};\n");
        return Bytes(sql.ToString());
    }

    private static bool IsBefore15(ArchiveScope scope) => Preflight.Major(scope.Header.ToolVersion) < 15;

    private PartedScript Cut(string script)
    {
        Dictionary<int, ArchiveEntry> entries = scope.Header.Entries.ToDictionary(e => e.DumpId);
        MatchCollection heads = EntryHead().Matches(script);
        if (heads.Count == 0) return new PartedScript(WithoutEnd(script), []);
        string preamble = script[..heads[0].Index];
        var parts = new List<ScriptPart>();
        for (int i = 0; i < heads.Count; i++)
        {
            string sql = script[heads[i].Index..(i + 1 < heads.Count ? heads[i + 1].Index : script.Length)];
            if (!entries.TryGetValue(int.Parse(heads[i].Groups[1].ValueSpan), out ArchiveEntry? entry)) throw Unreadable("pg_restore named an unknown entry");
            parts.Add(new ScriptPart(entry, WithoutEnd(sql)));
        }
        return new PartedScript(preamble, parts);
    }

    /// <summary>
    /// Newer scripts forbid psql's own commands by \restrict and allow them again at the end; as our parts are put together anew, the
    /// end is left out and they stay forbidden.
    /// </summary>
    private static string WithoutEnd(string sql) => Unrestrict().Replace(sql, "");

    private static OpsException Unreadable(string why) => new("ArchiveUnreadable", OpsErrorCategory.InvalidData,
        $"The script that pg_restore wrote of the archive cannot be used: {why}.", "Check the backup with Test-OpsBackup -Level Structure.");

    [GeneratedRegex(@"^--\n-- TOC entry (\d+) \(class \d+ OID \d+\)\n", RegexOptions.Multiline)]
    private static partial Regex EntryHead();

    [GeneratedRegex(@"^\\unrestrict \S+\n", RegexOptions.Multiline)]
    private static partial Regex Unrestrict();
}
