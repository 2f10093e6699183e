using System.Text;
using OpsModule.Connections.Postgres.Scripts;
using OpsModule.Engine.Areas.Imports.Files;

namespace OpsModule.Engine.Tests.Imports;

/// <summary>Where statements end, whatever portions the bytes come in.</summary>
public sealed class ScriptReaderTests
{
    private const string Script = """
        -- a comment; with a semicolon
        SET x = 'a;''b';
        SELECT E'it\'s; \\', U&'\0041;', $1$;$1$;
        /* block /* nested ; */ ; */ CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2);
        CREATE FUNCTION f() RETURNS int AS $body$ ; $$ ; \! $body$ LANGUAGE sql;
        CREATE OR REPLACE FUNCTION g(x int DEFAULT 1) RETURNS int BEGIN ATOMIC SELECT CASE WHEN x > 1 THEN 1 END; SELECT 2; END;
        CREATE TABLE "a;""b" (a$b$ int, c int);
        \connect x
        COPY t (x) FROM stdin;
        1;\.
        \\.
        \.

        SELECT 4 - 2 / 1;
        """;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task Statements_are_cut_as_psql_cuts_them(int portion)
    {
        var comments = new List<string>();
        var reader = new ScriptReader(new Portions(Encoding.UTF8.GetBytes(Script.Replace("$1$", "$q$")), portion)) { OnComment = c => comments.Add(Encoding.UTF8.GetString(c.Span)) };
        var found = new List<(long Line, string Text)>();
        string rows = "";
        while (await reader.NextAsync(default) is { } piece)
        {
            string text = Encoding.UTF8.GetString(piece.Bytes.Span);
            found.Add((piece.Line, (piece.IsCommand ? "> " : "") + (text.Length > 24 ? text[..24] : text)));
            if (!text.StartsWith("COPY", StringComparison.Ordinal)) continue;
            await reader.ReadRowsAsync(piece =>
            {
                rows += Encoding.UTF8.GetString(piece.Span);
                return ValueTask.CompletedTask;
            }, default);
        }
        Assert.Equal(["-- a comment; with a semicolon\n"], comments);
        Assert.Equal("1;\\.\n\\\\.\n", rows);
        Assert.Equal([2, 3, 4, 5, 6, 7, 8, 9, 14], found.Select(f => f.Line));
        Assert.Equal("> \\connect x", found[6].Text);
        Assert.Equal("SELECT 4 - 2 / 1;", found[^1].Text);
    }

    [Theory]
    [InlineData("1\t2026-01-01 12:00:00+00\n", false)]
    [InlineData("1\t2026-01-01 12:00:00.123456+00\n2\tinfinity\n", false)]
    [InlineData("1\t2026-01-01 12:00:00+01\n", true)]
    [InlineData("1\t2026-01-01 12:00:00.5-03:30\n", true)]
    [InlineData("1\t2026-01-01 12:00:00+00:20\n", true)]
    [InlineData("1\t12:00 and a+b, :30\n", false)]
    [InlineData(":", false)]
    public void Times_of_another_zone_are_found(string rows, bool found) => Assert.Equal(found, ZonedTimes.HasOther(Encoding.ASCII.GetBytes(rows)));

    private sealed class Portions(byte[] bytes, int portion) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(portion, buffer.Length)], cancellationToken);
    }
}
