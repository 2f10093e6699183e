using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>psql runs programs when it is told to, and must not be told to by an archive.</summary>
[Collection(PostgresTenants.Name)]
public sealed class StructureScriptTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData(@"\! touch ")]
    [InlineData(@"SELECT 1 \g |touch ")]
    [InlineData(@"\unrestrict ")]
    [InlineData(@"\o ")]
    public async Task A_command_of_psqls_own_is_not_run(string command)
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        string made = Path.Combine(lab.Lab.Folder, "made");
        foreach (string[] variables in (string[][])[["ON_ERROR_STOP=1"], ["ON_ERROR_STOP=0", "VERBOSITY=verbose"]])
        {
            var said = new List<string>();
            try { await StructureScript.RunAsync(PostgresServer.Direct(lab.Lab.Database), null, $"{command}{made}\nSELECT 2;\n", variables, said.Add, default); }
            catch (OpsException e) { Assert.Equal("ProgramFailed", e.ErrorId); }
            Assert.Contains(said, l => l.Contains("restrict", StringComparison.Ordinal));
            Assert.False(File.Exists(made));
        }
    }

    [Fact]
    public async Task The_first_error_still_ends_a_script_and_a_good_one_runs()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        PostgresServer server = PostgresServer.Direct(lab.Lab.Database);
        OpsException error = await RecoveryLab.FailsAsync("RestoreFailed", () => StructureScript.RunAsync(server, null, "CREATE TABLE public.one (i int);\nSELECT 1/0;\nCREATE TABLE public.two (i int);\n", default));
        Assert.Contains("division by zero", error.Message);
        Assert.Equal(1L, await lab.ScalarAsync<long>("SELECT count(*) FROM pg_tables WHERE tablename IN ('one', 'two')"));
    }
}
