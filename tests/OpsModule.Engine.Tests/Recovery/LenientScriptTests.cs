using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Archives;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Recovery;

[Collection(PostgresRestores.Name)]
public sealed class LenientScriptTests(PostgresFixture postgres)
{
    private static readonly string Tolerated = string.Concat(Enumerable.Range(1, 60).Select(i => $"CREATE VIEW v{i} AS SELECT * FROM elsewhere.t{i};\n"));

    [Fact]
    public async Task A_real_error_counts_however_many_tolerated_ones_follow_it()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        OpsException error = await RecoveryLab.FailsAsync("RestoreFailed", () => RunAsync(lab, "CREATE TABLE t (i int, i int);\n" + Tolerated, []));
        Assert.Contains("column \"i\" specified more than once", error.Message);
        Assert.Contains("42701", error.Message);
    }

    [Fact]
    public async Task What_refers_to_missing_things_is_left_out_and_all_of_it_noted()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        var notes = new List<string>();
        await RunAsync(lab, Tolerated + "CREATE TABLE public.made (i int);", notes);
        Assert.Equal(60, notes.Count);
        Assert.Contains("elsewhere.t1\"", notes[0]);
        Assert.Equal(0L, await lab.ScalarAsync<long>("SELECT count(*) FROM made"));
    }

    private static Task RunAsync(RecoveryLab lab, string script, List<string> notes) =>
        new LenientScript(PostgresServer.Direct(lab.Lab.Database), lab.Database, notes).RunAsync(new PartedScript(StructureScript.Bytes(script), []), "", default);
}
