using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Archives;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>Objects that only exist thanks to a search_path, which no dump has.</summary>
[Collection(PostgresRestores.Name)]
public sealed class IncompleteRestoreTests(PostgresFixture postgres)
{
    private const string Sample = """
        CREATE TABLE public.rates (id int PRIMARY KEY, name text); INSERT INTO public.rates SELECT i, 'r' || i FROM generate_series(1, 50) i;
        CREATE FUNCTION public.helper(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
        CREATE FUNCTION public.by_path(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN helper($1); END';
        CREATE FUNCTION public.rate_ok(int) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RETURN EXISTS (SELECT FROM rates WHERE id = $1); END';
        CREATE INDEX rates_by_path ON public.rates (public.by_path(name)); COMMENT ON INDEX public.rates_by_path IS 'goes with it';
        CREATE MATERIALIZED VIEW public.names AS SELECT public.by_path(name) AS n FROM public.rates; GRANT SELECT ON public.names TO PUBLIC;
        CREATE TABLE public.used (rate int CONSTRAINT used_rate CHECK (public.rate_ok(rate))); INSERT INTO public.used VALUES (1), (2);
        CREATE INDEX rates_name ON public.rates (name);
        """;

    [Fact]
    public async Task What_cannot_be_made_is_named_and_left_out_only_when_that_is_asked_for()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        await lab.ExecuteAsync(Sample);
        BackupRecord backup = await lab.BackUpAsync(null);
        await lab.ExecuteAsync("DELETE FROM public.rates WHERE id > 10");

        OpsException error = await RecoveryLab.FailsAsync("RestoreIncomplete", () => lab.RestoreAsync(backup));
        Assert.Contains("INDEX public.rates_by_path (function helper(text) does not exist)", error.Message);
        Assert.Contains("MATERIALIZED VIEW DATA public.names", error.Message);
        Assert.Contains("CHECK CONSTRAINT public.used used_rate", error.Message);
        Assert.Contains("Restore-OpsDatabase -AllowIncomplete", error.RecommendedAction);
        Assert.Equal(10L, await lab.ScalarAsync<long>("SELECT count(*) FROM public.rates"));
        Assert.Empty(await new RestoreCatalog(lab.Context).ListAsync(null, default));

        RestoreRecord record = await RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = backup, AllowIncomplete = true }, default);
        Assert.Equal(["INDEX public.rates_by_path", "MATERIALIZED VIEW DATA public.names", "CHECK CONSTRAINT public.used used_rate"],
            record.NotRestored.Select(o => $"{o.Kind} {o.Name}").OrderByDescending(n => n[0] == 'I').ThenByDescending(n => n));
        Assert.True(record.Incomplete);
        // What is told once is not told again as a difference.
        Assert.Empty(record.Differences.Select(d => d.ToString()));
        Assert.Contains(lab.Warnings, w => w.Contains("incomplete") && w.Contains("rates_by_path"));
        Assert.Equal((50L, 2L), (await lab.ScalarAsync<long>("SELECT count(*) FROM public.rates"), await lab.ScalarAsync<long>("SELECT count(*) FROM public.used")));
        Assert.Equal(["rates_name", "rates_pkey"], await lab.ListAsync("SELECT indexname::text FROM pg_indexes WHERE tablename = 'rates' ORDER BY 1"));
        Assert.False(await lab.ScalarAsync<bool>("SELECT convalidated FROM pg_constraint WHERE conname = 'used_rate'"));
    }

    [Fact]
    public async Task A_tenant_can_be_had_without_them_too()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        await lab.ExecuteAsync(Sample.Replace("public.", "tenant_demo.").Replace("INSERT INTO tenant_demo.rates", "SET search_path TO tenant_demo; INSERT INTO tenant_demo.rates"));
        BackupRecord backup = await lab.BackUpAsync();
        await lab.ExecuteAsync("DELETE FROM tenant_demo.rates WHERE id > 10");
        OpsException error = await RecoveryLab.FailsAsync("RestoreIncomplete", () => lab.RestoreAsync(backup));
        Assert.Contains("INDEX tenant_demo.rates_by_path (function helper(text) does not exist)", error.Message);
        Assert.Equal(10L, await lab.ScalarAsync<long>("SELECT count(*) FROM tenant_demo.rates"));
        Assert.Equal(["public", "tenant_demo"], await lab.SchemasAsync());
        RestoreRecord record = await RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = backup, AllowIncomplete = true }, default);
        Assert.Equal(3, record.NotRestored.Count);
        Assert.Empty(record.NotValid);
        Assert.Empty(record.Differences.Select(d => d.ToString()));
        Assert.Equal(50L, await lab.ScalarAsync<long>("SELECT count(*) FROM tenant_demo.rates"));
        Assert.Equal(["rates_name", "rates_pkey"], await lab.ListAsync("SELECT indexname::text FROM pg_indexes WHERE schemaname = 'tenant_demo' AND tablename = 'rates' ORDER BY 1"));
    }

    [Fact]
    public async Task A_drill_lists_them_and_passes_only_when_asked_to()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        await lab.ExecuteAsync(Sample);
        BackupRecord backup = await lab.BackUpAsync(null);
        DrillResult strict = await new RecoveryDrill(lab.Context).RunAsync(backup, default);
        Assert.False(strict.Passed);
        Assert.Contains(strict.Failures, f => f.Contains("INDEX public.rates_by_path"));
        Assert.Equal(backup.Tables.Sum(t => t.Rows), strict.Rows);
        DrillResult allowing = await new RecoveryDrill(lab.Context) { AllowIncomplete = true }.RunAsync(backup, default);
        Assert.True(allowing.Passed, string.Join("; ", allowing.Failures));
        Assert.Single(allowing.Notes, f => f.Contains("rates_by_path"));
        Assert.DoesNotContain(allowing.Notes, f => f.Contains("was there and is not"));
    }

    [Fact]
    public async Task What_protects_rows_is_never_left_out()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        await lab.ExecuteAsync("""
            CREATE TABLE public.secret (id int); CREATE FUNCTION public.mine(int) RETURNS bool LANGUAGE sql STABLE AS 'SELECT $1 > 0';
            ALTER TABLE public.secret ENABLE ROW LEVEL SECURITY; CREATE POLICY visible ON public.secret USING (public.mine(id));
            """);
        // Nothing in a dump makes a policy fail by itself, so the server does: an extension of the cluster could as well.
        var script = new IncompleteScript(PostgresServer.Direct(lab.Lab.Database), lab.Database);
        script.Begin("");
        script.Append(new ScriptPart(Entry(1, "POLICY"), "", "CREATE POLICY p ON public.secret USING (public.nothing(id));\n"));
        await RecoveryLab.FailsAsync("RestoreFailed", () => script.RunAsync(default));
        var privileges = new IncompleteScript(PostgresServer.Direct(lab.Lab.Database), lab.Database);
        privileges.Begin("");
        privileges.Append(new ScriptPart(Entry(2, "ACL"), "", "REVOKE ALL ON public.gone FROM PUBLIC;\n"));
        await RecoveryLab.FailsAsync("RestoreFailed", () => privileges.RunAsync(default));
        var following = new IncompleteScript(PostgresServer.Direct(lab.Lab.Database), lab.Database);
        following.Begin("");
        following.Append(new ScriptPart(Entry(1, "FUNCTION"), "", "CREATE FUNCTION public.gone() RETURNS public.nothing LANGUAGE sql AS '';\n"));
        following.Append(new ScriptPart(Entry(2, "ACL"), "", "REVOKE ALL ON FUNCTION public.gone() FROM PUBLIC;\n"));
        Assert.Equal("FUNCTION", Assert.Single(await following.RunAsync(default)).Kind);

        static ArchiveEntry Entry(int id, string kind) => new(id, "thing", kind, 2, "public", null, "", null, false, id == 2 ? [1] : []);
    }
}
