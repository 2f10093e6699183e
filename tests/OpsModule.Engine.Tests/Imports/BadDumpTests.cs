using System.IO.Compression;
using System.Text;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Imports;
using OpsModule.Engine.Areas.Imports.Files;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Imports;

/// <summary>What cannot be taken for a dump is named, and nothing of it is stored or run.</summary>
[Collection(PostgresCollection.Name)]
public sealed class BadDumpTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData("DROP DATABASE shop;\nCREATE TABLE t (x int);", "ImportRefused", "DROP DATABASE")]
    [InlineData("DROP DATABASE shop;", "ImportRefused", "DROP DATABASE")]
    [InlineData("\\! touch PWNED\n", "ImportRefused", "command to psql")]
    [InlineData("SELECT 1 \\g |touch PWNED\n;", "ImportRefused", "backslash")]
    [InlineData("\\connect other\n", "ImportRefused", "a database that the script does not make")]
    [InlineData("CREATE DATABASE one;\n\\connect two\n", "ImportRefused", "another database")]
    [InlineData("CREATE DATABASE one;\n\\connect one\nCREATE DATABASE two;", "ImportUnsupported", "several databases")]
    [InlineData("\\copy t from program 'touch PWNED'\n", "ImportRefused", "command to psql")]
    [InlineData("COPY t FROM PROGRAM 'touch PWNED';", "ImportRefused", "a file or a program")]
    [InlineData("COPY t FROM '/etc/passwd';", "ImportRefused", "a file or a program")]
    [InlineData("COPY t TO PROGRAM 'touch PWNED';", "ImportRefused", "a file or a program")]
    [InlineData("ALTER SYSTEM SET archive_command = 'touch PWNED';", "ImportRefused", "changes the server")]
    [InlineData("CREATE ROLE evil SUPERUSER;", "ImportRefused", "changes the server")]
    [InlineData("SET SESSION AUTHORIZATION 'postgres';", "ImportUnsupported", "who runs it")]
    [InlineData("DO $$ BEGIN PERFORM 1; END $$;", "ImportNotADump", "no such statement")]
    [InlineData("SET client_encoding = 'SJIS';", "ImportUnsupported", "encoding SJIS")]
    [InlineData("-- PostgreSQL database cluster dump\n", "ImportUnsupported", "pg_dumpall")]
    [InlineData("CREATE TABLE t (x int);\nCOPY t (x) FROM stdin;\n1\n2\n", "ImportTruncated", "have no end")]
    [InlineData("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1; ", "ImportTruncated", "middle of a statement")]
    [InlineData("CREATE TABLE public.t (x nosuchtype);\nCOPY public.t (x) FROM stdin;\n\\.\n", "ImportLoadFailed", "nosuchtype")]
    [InlineData("CREATE FUNCTION public.f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';\nCREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION public.f();", "ImportIncomplete", "only a superuser")]
    public async Task A_script_that_holds_more_than_a_dump_is_refused(string body, string error, string says)
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres, "SELECT 1");
        OpsException refused = await dump.RefusedAsync(dump.Script("x.sql", body.Replace("PWNED", dump.PathOf("pwned"))));
        Assert.Equal(error, refused.ErrorId);
        Assert.Contains(says, refused.Message);
        Assert.False(File.Exists(dump.PathOf("pwned")));
    }

    [Fact]
    public async Task What_only_a_superuser_may_make_is_left_out_with_a_word_when_that_is_allowed()
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres, "SELECT 1");
        string file = dump.Script("x.sql", """
            CREATE TABLE public.t (x int);
            COPY public.t (x) FROM stdin;
            1
            \.
            CREATE FUNCTION public.f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
            CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION public.f();
            """);
        BackupRecord made = await dump.ImportAsync(file, r => r with { AllowIncomplete = true });
        Assert.Contains("CREATE EVENT TRIGGER", Assert.Single(made.LeftOut));
        Assert.Contains(dump.Lab.Reporter.Warnings, w => w.Contains("Left out", StringComparison.Ordinal));
        Assert.Equal(1, made.Tables.Single().Rows);
    }

    /// <summary>Nothing of a script runs as superuser: what would read the machine or write to it is refused by the server itself, too.</summary>
    [Theory]
    [InlineData("SELECT pg_catalog.pg_read_file('/etc/passwd');")]
    [InlineData("SELECT pg_catalog.lo_import('/etc/passwd');")]
    [InlineData("CREATE FUNCTION public.f() RETURNS int LANGUAGE c AS '/lib/x86_64-linux-gnu/libc.so.6', 'getpid';")]
    public async Task The_role_that_runs_it_is_no_superuser(string statement)
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres, "SELECT 1");
        Assert.Equal("ImportIncomplete", (await dump.RefusedAsync(dump.Script("x.sql", statement))).ErrorId);
    }

    [Fact]
    public async Task Files_that_are_no_dumps_or_not_whole_are_named()
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres);
        async Task Is(string error, string path) => Assert.Equal(error, (await dump.RefusedAsync(path)).ErrorId);
        string Write(string name, byte[] bytes)
        {
            File.WriteAllBytes(dump.PathOf(name), bytes);
            return dump.PathOf(name);
        }

        await Is("ImportFileUnreadable", dump.PathOf("not-there"));
        await Is("ImportFileEmpty", Write("empty", []));
        await Is("ImportFileEmpty", Write("empty.gz", Gzip([])));
        await Is("ImportNotADump", Write("any.sql", "CREATE TABLE t (x int);\n"u8.ToArray()));
        await Is("ImportNotADump", Write("mysql.sql", "-- MySQL dump 10.13\nDROP TABLE IF EXISTS `t`;\n"u8.ToArray()));
        await Is("ImportNotADump", Write("zip", [(byte)'P', (byte)'K', 3, 4, 0, 0, 0, 0]));
        await Is("ImportUnsupported", Write("x.age", Encoding.ASCII.GetBytes("age-encryption.org/v1\n")));
        await Is("ImportNotADump", Directory.CreateDirectory(dump.PathOf("no-dump")).FullName);

        byte[] archive = File.ReadAllBytes(await dump.DumpAsync("x.dump", "-Fc")), script = File.ReadAllBytes(await dump.DumpAsync("x.sql"));
        foreach (double part in (double[])[0.1, 0.5, 0.9, 0.99])
        {
            await Is("ImportTruncated", Write("cut.dump", archive[..(int)(archive.Length * part)]));
            await Is("ImportTruncated", Write("cut.sql", script[..(int)(script.Length * part)]));
            byte[] packed = Gzip(script);
            await Is("ImportTruncated", Write("cut.sql.gz", packed[..(int)(packed.Length * part)]));
        }
        archive[6] = 99;
        await Is("ImportTooNew", Write("new.dump", archive));
        string later = Encoding.UTF8.GetString(script).Replace("-- Dumped from database version 15", "-- Dumped from database version 99");
        OpsException tooNew = await dump.RefusedAsync(Write("new.sql", Encoding.UTF8.GetBytes(later)));
        Assert.Equal(("ImportTooNew", true), (tooNew.ErrorId, tooNew.RecommendedAction.Contains("postgresql-99", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_file_that_grows_while_it_is_read_is_not_taken()
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres, "SELECT 1");
        string path = dump.Script("x.sql", "CREATE TABLE t (x int);");
        using HashedFile file = HashedFile.Open(path);
        File.AppendAllText(path, "more");
        Assert.Equal("ImportFileChanged", (await Assert.ThrowsAsync<OpsException>(() => file.FinishAsync(default))).ErrorId);
    }

    [Fact]
    public async Task A_folder_names_no_files_outside_of_itself()
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres, "CREATE TABLE t AS SELECT 1 AS x");
        string folder = await dump.DumpAsync("folder", "-Fd", "-Z0");
        string data = Directory.GetFiles(folder, "*.dat").Single(f => !f.EndsWith("toc.dat", StringComparison.Ordinal));
        File.Delete(data);
        File.CreateSymbolicLink(data, "/etc/passwd");
        Assert.Equal("ImportRefused", (await dump.RefusedAsync(folder)).ErrorId);

        byte[] contents = File.ReadAllBytes(Path.Combine(folder, "toc.dat"));
        int at = contents.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Path.GetFileName(data)));
        "../passwd"u8.ToArray().AsSpan(0, Path.GetFileName(data).Length).CopyTo(contents.AsSpan(at));
        File.Delete(data);
        File.WriteAllBytes(Path.Combine(folder, "toc.dat"), contents);
        Assert.Equal("ImportRefused", (await dump.RefusedAsync(folder)).ErrorId);
    }

    [Fact]
    public async Task Parts_are_not_taken_for_the_whole_and_names_must_be_known()
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres);
        Assert.Equal("ImportPartial", (await dump.RefusedAsync(await dump.DumpAsync("data.dump", "-Fc", "-a"))).ErrorId);
        Assert.Equal("ImportPartial", (await dump.RefusedAsync(await dump.DumpAsync("data.sql", "-a"))).ErrorId);
        Assert.Equal("ImportPartial", (await dump.RefusedAsync(await dump.DumpAsync("schema.dump", "-Fc", "-s"))).ErrorId);
        string whole = await dump.DumpAsync("x.dump", "-Fc");
        Assert.Equal("DatabaseUnknown", (await dump.RefusedAsync(whole, r => r with { Name = "nosuch" })).ErrorId);
        Assert.Equal("StoreUnknown", (await dump.RefusedAsync(whole, r => r with { Stores = ["nosuch"] })).ErrorId);
    }

    [Fact]
    public async Task A_script_without_rows_is_refused_and_one_that_lacks_some_says_so()
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres, "CREATE TABLE t AS SELECT 1 AS x; CREATE TABLE gone AS SELECT 2 AS x");
        string none = await dump.DumpAsync("none.sql", "--schema-only");
        Assert.Equal("ImportPartial", (await dump.RefusedAsync(none)).ErrorId);
        ChangePlan some = await dump.PlanAsync(await dump.DumpAsync("some.sql", "--exclude-table-data=gone"));
        Assert.Equal("rows of table public.gone, which the dump does not hold", some.Arguments["leftOut"]);
        Assert.Equal(2, (await dump.ImportAsync(none, r => r with { AllowIncomplete = true })).LeftOut.Count);
    }

    [Fact]
    public async Task A_second_dump_in_the_file_is_not_taken_for_its_end()
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres, "SELECT 1");
        string first = File.ReadAllText(dump.Script("one.sql", "")), cut = first[..first.IndexOf("SET", StringComparison.Ordinal)];
        File.WriteAllText(dump.PathOf("two.sql"), first + cut);
        OpsException refused = await dump.RefusedAsync(dump.PathOf("two.sql"));
        Assert.Equal("ImportUnsupported", refused.ErrorId);
        Assert.Contains("more than one dump", refused.Message);
    }

    /// <summary>Something else was left out, a locale, which gives no leave to pass over rows.</summary>
    [Fact]
    public async Task Rows_without_a_table_are_passed_over_only_where_that_is_allowed()
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres, "SELECT 1");
        string file = dump.Script("x.sql", """
            CREATE DATABASE one WITH TEMPLATE = template0 ENCODING = 'UTF8' LC_COLLATE = 'xx_XX.UTF-8' LC_CTYPE = 'xx_XX.UTF-8';
            \connect one
            CREATE TABLE public.t (x int);
            COPY public.t (x) FROM stdin;
            1
            \.
            COPY public.gone (x) FROM stdin;
            1
            \.
            """);
        OpsException refused = await dump.RefusedAsync(file);
        Assert.Equal("ImportLoadFailed", refused.ErrorId);
        Assert.Contains("gone", refused.Message);
    }

    private static byte[] Gzip(byte[] plain)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(plain);
        return packed.ToArray();
    }
}
