using Npgsql;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Procedures.Sets;
using OpsModule.Engine.Procedures.Sets.Planning;
using OpsModule.Engine.Tests.Configuration;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Sets;

/// <summary>Databases and configuration as one set, complete or not at all, on a real server.</summary>
[Collection(PostgresCollection.Name)]
public sealed class EnvironmentSetTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_database_and_the_files_come_back_as_one_and_are_taken_back_as_one()
    {
        using ConfigurationLab lab = await LabAsync("INSERT INTO public.t VALUES (1), (2)");
        BackupSetRecord set = Assert.Single(await BackUpAsync(lab));
        Assert.True(set.IsComplete);
        Assert.Equal([(BackupKind.Database, "main"), (BackupKind.Configuration, "files")], set.Parts.Select(p => (p.Kind, p.Name)));
        Assert.InRange(set.Skew, TimeSpan.FromTicks(1), TimeSpan.FromMinutes(5));
        BackupRecord database = await new BackupCatalog(lab.Context).FindAsync(set.Parts[0].Backup, null, default);
        Assert.Equal(set.Id, database.Labels[BackupSetCatalog.Label]);

        await ExecuteAsync(lab, "DELETE FROM public.t");
        string before = File.ReadAllText(lab["api.env"]);
        lab.Write("api.env", "lost");
        ChangePlan plan = (await PlanAsync(lab, set))!;
        Assert.Equal(["restore.database", "restore.configuration"], plan.Parts.Select(p => p.Kind));
        Assert.Contains(plan.Warnings, w => w.Contains("apart", StringComparison.Ordinal));
        var runner = new ChangeRunner(lab.Context);
        await runner.RunAsync(plan, default);
        Assert.Equal(2L, await CountAsync(lab));
        Assert.Equal(before, File.ReadAllText(lab["api.env"]));

        await runner.UndoAsync(lab.Context.Journal.Find(runner.Latest!)!, default);
        Assert.Equal(0L, await CountAsync(lab));
        Assert.Equal("lost", File.ReadAllText(lab["api.env"]));
    }

    [Fact]
    public async Task When_one_part_fails_there_is_no_set_and_a_restore_puts_all_back()
    {
        using ConfigurationLab lab = await LabAsync("INSERT INTO public.t VALUES (1)");
        BackupSetRecord set = Assert.Single(await BackUpAsync(lab));
        // The second part fails after the first is made: whether backups are encrypted has changed meanwhile.
        ChangePlan planned = await new EnvironmentBackupPlanner(lab.Context).PlanAsync(null, [], new Dictionary<string, string>(), Compression.Auto, default);
        lab.Write("conf/nginx.conf", "listen 82;");
        int opened = 0;
        string databases = lab["store/lab/database/main/full"];
        OpsContext broken = lab.Context with
        {
            // The store goes away when the database's backup, the second of it, is complete.
            OpenStore = name => ++opened > 0 && Directory.GetFiles(databases, "*.json").Length > 1
                ? throw new OpsException("StoreFailed", OpsErrorCategory.WriteError, "The store is away.", "Mend it.") : lab.Context.OpenStore(name),
        };
        Assert.Equal("StoreFailed", (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(broken).RunAsync(planned, default))).ErrorId);
        Assert.True(opened > 1);
        Assert.Equal(set.Id, Assert.Single(await ListAsync(lab)).Id);
        foreach (UnfinishedChange left in lab.Context.Journal.FindUnfinished())
            await new ChangeRunner(lab.Context).UndoAsync(lab.Context.Journal.Find(left.Id)!, default);

        // The files cannot be read any more: the database that was restored before them is taken back.
        await ExecuteAsync(lab, "DELETE FROM public.t");
        lab.Write("api.env", "lost");
        ChangePlan plan = (await PlanAsync(lab, set))!;
        File.Delete((await new BackupCatalog(lab.Context).FindAsync(set.Parts[1].Backup, null, default)).Location);
        await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).RunAsync(plan, default));
        Assert.Equal(0L, await CountAsync(lab));
        Assert.Equal("lost", File.ReadAllText(lab["api.env"]));
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task A_set_that_lost_a_backup_says_so_and_is_not_restored()
    {
        using ConfigurationLab lab = await LabAsync("INSERT INTO public.t VALUES (1)");
        BackupSetRecord set = Assert.Single(await BackUpAsync(lab));
        BackupRecord database = await new BackupCatalog(lab.Context).FindAsync(set.Parts[0].Backup, null, default);
        await new ChangeRunner(lab.Context).RunAsync(await new BackupRemover(lab.Context).PlanAsync(database, force: true, default), default);

        BackupSetRecord broken = Assert.Single(await ListAsync(lab));
        Assert.False(broken.IsComplete);
        Assert.StartsWith("Database main", Assert.Single(broken.Missing));
        Assert.True(SetErrors.Incomplete.Is(await Assert.ThrowsAsync<OpsException>(() => PlanAsync(lab, broken))));
    }

    [Fact]
    public async Task A_set_that_somebody_else_wrote_is_no_set()
    {
        using ConfigurationLab lab = await LabAsync("INSERT INTO public.t VALUES (1)", more: "");
        BackupSetRecord set = Assert.Single(await BackUpAsync(lab));
        string file = Path.Combine(lab["store"], SetFile.Key("lab", set.Id));
        string text = File.ReadAllText(file);
        File.WriteAllText(file, text.Replace("\"files\"", "\"main\""));
        Assert.Empty(await ListAsync(lab));
        Assert.Contains(lab.Reporter.Warnings, w => w.Contains("its SHA-256 does not match", StringComparison.Ordinal));
        // Its hash is right, and it is not signed, where the environment asks for that.
        File.WriteAllText(file, text);
        Environment.SetEnvironmentVariable("OPS_TEST_SET_KEY", new string('k', 40));
        lab.Write("ops.yaml", File.ReadAllText(lab["ops.yaml"]).Replace("backups: { ", "backups: { signing: { key: \"env:OPS_TEST_SET_KEY\" }, "));
        lab.Use(lab.Open());
        Assert.True(SetErrors.NotTrusted.Is(await Assert.ThrowsAsync<OpsException>(() => PlanAsync(lab, set))));
        BackupSetRecord signed = (await BackUpAsync(lab))[0];
        Assert.Equal(BackupSignature.Valid, (await ListAsync(lab)).Single(s => s.Id == signed.Id).Signature);
        lab.Write("api.env", "lost");
        Assert.NotNull(await PlanAsync(lab, (await ListAsync(lab)).Single(s => s.Id == signed.Id)));
    }

    private async Task<ConfigurationLab> LabAsync(string sql, string more = "")
    {
        ConfigurationLab lab = await ConfigurationLab.MakeAsync(more: more);
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        Environment.SetEnvironmentVariable("OPS_TEST_SET_PW", PostgresFixture.Password);
        lab.Write("ops.yaml", File.ReadAllText(lab["ops.yaml"]).Replace("platform: { compose: { file: compose.yaml, project: lab } }\n", "")
            + $"\ndatabases: {{ main: {{ host: \"{database.Host}\", port: {database.Port}, name: {database.Database}, user: postgres, password: \"env:OPS_TEST_SET_PW\" }} }}\n");
        await ExecuteAsync(lab, "CREATE TABLE public.t (x int); " + sql);
        return lab;
    }

    private static async Task<IReadOnlyList<BackupSetRecord>> BackUpAsync(ConfigurationLab lab)
    {
        ChangePlan plan = await new EnvironmentBackupPlanner(lab.Context).PlanAsync(null, [], new Dictionary<string, string>(), Compression.Auto, default);
        return (IReadOnlyList<BackupSetRecord>)(await new ChangeRunner(lab.Context).RunAsync(plan, default))!.Value!;
    }

    private static Task<ChangePlan?> PlanAsync(ConfigurationLab lab, BackupSetRecord set) => new EnvironmentRestorePlanner(lab.Context).PlanAsync(
        new EnvironmentRestoreRequest { Set = set, KeepsServices = true }, default);

    private static async Task<List<BackupSetRecord>> ListAsync(ConfigurationLab lab)
    {
        var sets = new List<BackupSetRecord>();
        await foreach (BackupSetRecord set in new BackupSetCatalog(lab.Context).ListAsync(["local"], null, default)) sets.Add(set);
        return sets;
    }

    private static async Task<NpgsqlConnection> ConnectAsync(ConfigurationLab lab) =>
        await (await DatabaseServers.ResolveAsync(lab.Context, "main", default)).ConnectAsync(default);

    private static async Task ExecuteAsync(ConfigurationLab lab, string sql)
    {
        await using NpgsqlConnection connection = await ConnectAsync(lab);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<long> CountAsync(ConfigurationLab lab)
    {
        await using NpgsqlConnection connection = await ConnectAsync(lab);
        await using var command = new NpgsqlCommand("SELECT count(*) FROM public.t", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
