using System.Text.RegularExpressions;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>A schema as text, the same for two schemas of the same content: pg_dump's, without what differs in every dump.</summary>
internal static partial class SchemaText
{
    public static async Task<string> ReadAsync(DatabaseSettings database, string? schema)
    {
        var server = PostgresServer.Direct(database);
        string text = await ProgramRunner.RunAsync(server.Tool("pg_dump", schema is null ? ["--exclude-schema=ops_*"] : ["--schema=" + SqlName.Pattern(schema), "--strict-names"]), null, default);
        // Rows come in the order of the heap, which a parallel load does not keep.
        return Rows().Replace(Changing().Replace(text, ""), m => string.Join('\n', m.Value.Split('\n').Order(StringComparer.Ordinal)));
    }

    [GeneratedRegex(@"(?<=^COPY [^\n]* FROM stdin;\n).*?(?=^\\\.$)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Rows();

    [GeneratedRegex(@"^\\(un)?restrict .*$|^-- Dumped .*$", RegexOptions.Multiline)]
    private static partial Regex Changing();
}
