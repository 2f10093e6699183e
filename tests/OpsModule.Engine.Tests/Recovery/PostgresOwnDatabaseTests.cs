using System.Diagnostics;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>The database that PostgreSQL's own regression tests leave behind: everything that its developers thought of.</summary>
public sealed class PostgresOwnDatabaseTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    /// <summary>What a tenant's restore may refuse; that there is any is in the nature of that database.</summary>
    private static readonly string[] Refusals = ["OutsideReferences", "ObjectIdColumns"];

    [Fact]
    public async Task It_comes_back_whole_and_schema_by_schema()
    {
        DatabaseSettings database = await BuildAsync();
        using var lab = new BackupLab(database);
        // What no dump holds: an operator that was only ever announced, and rows of a materialized view from before its tables changed.
        await Inventory.PsqlAsync(database, ["-c", "DROP OPERATOR public.!== (boolean, boolean)", "-c", "REFRESH MATERIALIZED VIEW public.mvtest_bb"]);
        string[] before = await Inventory.ReadAsync(database, null);
        Assert.True(before.Length > 5000, $"{before.Length} lines");
        BackupRecord backup = (await lab.BackUpAsync()).Single();

        int restored = 0;
        foreach (string schema in (await Inventory.PsqlAsync(database, ["-At", "-c", "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public') ORDER BY 1"])).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                RestoreRecord part = await RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = backup, Tenant = schema }, default);
                Assert.Empty(part.Differences.Select(d => d.ToString()));
                restored++;
            }
            catch (OpsException e) when (Refusals.Contains(e.ErrorId)) { }
            // 'prove recovery' takes them all.
            if (restored == 3 && !Proof.Whole) break;
        }
        Assert.True(restored >= 3, $"{restored} schemas were restored");
        // Publications go on publishing the replaced tables, which is warned of.
        if (Proof.Whole)
            Assert.Contains(lab.Reporter.Warnings, w => w.Contains("go on publishing the replaced tables") && w.Contains("dump_pub_all"));
        Inventory.AssertSame([.. before.Where(IsNotPublished)], [.. (await Inventory.ReadAsync(database, null)).Where(IsNotPublished)]);

        RestoreRecord record = await RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = backup }, default);
        Assert.Empty(record.Differences.Select(d => d.ToString()));
        Assert.True(record.Objects > 1500, $"{record.Objects} objects");
        Inventory.AssertSame(before, await Inventory.ReadAsync(database, null));
    }

    private static bool IsNotPublished(string line) => !line.StartsWith("published ", StringComparison.Ordinal);

    private async Task<DatabaseSettings> BuildAsync()
    {
        DatabaseSettings database = (await postgres.CreateDatabaseAsync("{tenant}")) with { Database = "regression" };
        string root = Path.GetFullPath(Path.Combine(Inventory.Data, "..", ".."));
        var info = new ProcessStartInfo("bash") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in (string[])[Path.Combine(root, "build", "postgres-regression.sh"), Path.Combine(root, "out", "cache", "postgres-regression")]) info.ArgumentList.Add(argument);
        (info.Environment["PGHOST"], info.Environment["PGPORT"]) = (database.Host, database.Port.ToString());
        (info.Environment["PGUSER"], info.Environment["PGPASSWORD"], info.Environment["PGDATABASE"]) = (database.User, PostgresFixture.Password, database.Database);
        using Process build = Process.Start(info)!;
        Task<string> output = build.StandardOutput.ReadToEndAsync(), error = build.StandardError.ReadToEndAsync();
        await build.WaitForExitAsync();
        return build.ExitCode == 0 ? database : throw new InvalidOperationException($"{await output}\n{await error}");
    }
}
