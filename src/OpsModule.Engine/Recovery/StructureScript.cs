using System.Text;
using OpsModule.Engine.Postgres;
using OpsModule.Engine.Processes;

namespace OpsModule.Engine.Recovery;

/// <summary>
/// The SQL of an archive's structure, written by pg_restore where the server lives and run by psql there. Scripts are kept as Latin-1
/// text, one character for each byte, so that archives of any encoding pass through unchanged.
/// </summary>
internal sealed class StructureScript(PostgresServer server, ArchiveScope scope)
{
    private const string Public = ArchiveScope.Public;

    private (PartedScript Script, IReadOnlyList<ScriptPart> Checks)? _preData;

    /// <summary>Everything before the data, but for the checks that call functions.</summary>
    public async Task<string> PreDataAsync(CancellationToken ct)
    {
        PartedScript script = await PreDataPartsAsync(ct).ConfigureAwait(false);
        return string.Concat(script.Parts.Select(p => p.Sql).Prepend(script.Preamble));
    }

    /// <summary>The same, cut into its entries.</summary>
    public async Task<PartedScript> PreDataPartsAsync(CancellationToken ct) => (await ReadPreDataAsync(ct).ConfigureAwait(false)).Script;

    /// <summary>Everything after the data, cut into its entries; the checks that call functions are among them.</summary>
    public async Task<PartedScript> PostDataAsync(CancellationToken ct)
    {
        PartedScript script = ScriptCutter.Cut(await WriteAsync("post-data", ct).ConfigureAwait(false), scope.Header);
        IReadOnlyList<ScriptPart> checks = (await ReadPreDataAsync(ct).ConfigureAwait(false)).Checks;
        // Behind the indexes, which the functions may need to be quick, and before event triggers, which would see the statements.
        int at = script.Parts.TakeWhile(p => p.Entry.Description != "EVENT TRIGGER").Count();
        return script with { Parts = [.. script.Parts.Take(at), .. checks, .. script.Parts.Skip(at)] };
    }

    private async Task<(PartedScript Script, IReadOnlyList<ScriptPart> Checks)> ReadPreDataAsync(CancellationToken ct)
    {
        if (_preData is { } known) return known;
        PartedScript script = ScriptCutter.Cut(await WriteAsync("pre-data", ct).ConfigureAwait(false), scope.Header);
        if (scope.Schema is not null) script = script with { Preamble = script.Preamble + MakeSchema() };
        return (_preData = DeferredChecks.TakeOut(script)).Value;
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

    private async Task<string> WriteAsync(string section, CancellationToken ct)
    {
        string[] part = scope.Schema is { } schema ? ["--schema=" + schema] : [];
        await using RunningProgram program = ProgramRunner.Start(server.Tool("pg_restore", ["--section=" + section, .. part, "--verbose", "-f", "-"]));
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
        bool made = schema?.Definition.Contains("CREATE SCHEMA", StringComparison.Ordinal) ?? false;
        sql.Append(made ? schema!.Definition : $"CREATE SCHEMA {Public};\nCOMMENT ON SCHEMA {Public} IS 'standard public schema';\n");
        if ((schema?.Owner ?? (IsBefore15(scope) ? null : "pg_database_owner")) is { } owner) sql.Append($"ALTER SCHEMA {SqlName.Quote(scope.Schema!)} OWNER TO {SqlName.Quote(owner)};\n");
        foreach (ArchiveEntry entry in scope.Entries.Where(e => e != schema && e.Description != "ACL" && scope.IsOfSchemaItself(e))) sql.Append(entry.Definition);
        sql.Append($"SET client_encoding = {SqlName.Literal(scope.Encoding)};\n");
        return Bytes(sql.ToString());
    }

    private static bool IsBefore15(ArchiveScope scope) => Preflight.Major(scope.Header.ToolVersion) < 15;
}
