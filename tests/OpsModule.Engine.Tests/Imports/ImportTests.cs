using OpsModule.Connections.Postgres;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Imports;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments.Signatures;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Imports;

/// <summary>Dumps of each kind, as the real pg_dump writes them.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ImportTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData("x.dump", "-Fc")]
    [InlineData("plain-inside.dump", "-Fc", "-Z0")]
    [InlineData("x.sql")]
    [InlineData("inserts.sql", "--inserts")]
    [InlineData("clean.sql", "-C", "-c", "--if-exists")]
    [InlineData("x.tar", "-Ft")]
    [InlineData("folder", "-Fd")]
    public async Task Each_kind_of_dump_becomes_a_backup_with_the_digests_of_the_database(string name, params string[] arguments)
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres);
        BackupRecord direct = (await dump.Lab.BackUpAsync(new BackupRequest { Stores = ["other"] })).Single();

        BackupRecord made = await dump.ImportAsync(await dump.DumpAsync(name, arguments));

        Assert.Empty(TableDifference.Find(direct.Tables, made.Tables));
        Assert.Equal(direct.Tables.Count, made.Tables.Count);
        Assert.Equal(["pg_trgm"], made.Extensions);
        Assert.Equal(("main", null, name), (made.Name, made.Tenant, made.Labels["imported"]));
        Assert.StartsWith("15", made.ServerVersion);
        Assert.Empty(made.LeftOut);
        Assert.Equal(made.Id, Assert.Single(await dump.Lab.ListAsync(new BackupQuery { Stores = ["local"] })).Id);
        BackupTestResult test = await new BackupTester(dump.Lab.Context).TestAsync(made, BackupTestLevel.Structure, default);
        Assert.True(test.Passed, test.Message);
        DrillResult drill = await new RecoveryDrill(dump.Lab.Context).RunAsync(made, default);
        Assert.True(drill.Passed, string.Join("\n", drill.Failures));
    }

    [Theory]
    [InlineData("gzip", ".gz")]
    [InlineData("zstd", ".zst")]
    [InlineData("bzip2", ".bz2")]
    [InlineData("xz", ".xz")]
    public async Task A_packed_dump_is_known_by_its_bytes(string program, string suffix)
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres);
        string packed = await dump.PackAsync(await dump.DumpAsync("x.dump", "-Fc"), program, suffix);
        File.Move(packed, dump.PathOf("no-suffix"));

        ChangePlan plan = await dump.PlanAsync(dump.PathOf("no-suffix"));
        Assert.Contains(plan.Figures, f => f.ToString() == $"format: archive (custom format), packed with {program}");
        Assert.Contains(plan.Figures, f => f.Name == "content" && f.Value.Contains("rows", StringComparison.Ordinal));
        Assert.Empty(await dump.Lab.ListAsync());
        BackupRecord made = await dump.ImportAsync(dump.PathOf("no-suffix"));
        Assert.Equal(500, made.Tables.Single(t => t.Table == "plans").Rows);
    }

    [Fact]
    public async Task Its_time_is_the_files_and_the_same_file_is_taken_once()
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres, "CREATE TABLE t AS SELECT 1 AS x");
        string file = await dump.DumpAsync("x.dump", "-Fc");
        var made = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(file, made);

        ChangePlan plan = await dump.PlanAsync(file);
        Assert.Contains(plan.Warnings, w => w.Contains("Say when with -StartedAt", StringComparison.Ordinal));
        BackupRecord first = DumpLab.Made(await new ChangeRunner(dump.Lab.Context).RunAsync(plan, default))[0];
        Assert.Equal(made, first.StartedAt.UtcDateTime);
        Assert.StartsWith("20260102T030405Z-", first.Id);

        // Under another name, with another time.
        File.Copy(file, dump.PathOf("again.dump"));
        OpsException again = await Assert.ThrowsAsync<OpsException>(() => dump.PlanAsync(dump.PathOf("again.dump")));
        Assert.Equal("BackupExists", again.ErrorId);
        Assert.Contains(first.Id, again.Message);
        File.AppendAllText(dump.PathOf("again.dump"), "");
        Assert.Equal("ImportTimeInFuture", (await Assert.ThrowsAsync<OpsException>(() => dump.PlanAsync(file,
            r => r with { Stores = ["other"], StartedAt = DateTimeOffset.UtcNow.AddDays(1) }))).ErrorId);
    }

    /// <summary>A copied file has the time of the copy, and retention would go by it.</summary>
    [Fact]
    public async Task A_script_says_when_it_was_made_or_the_plan_says_that_it_does_not()
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres, "CREATE TABLE t AS SELECT 1 AS x");
        string verbose = await dump.DumpAsync("verbose.sql", "--verbose"), silent = await dump.DumpAsync("silent.sql");
        File.SetLastWriteTimeUtc(verbose, DateTime.UtcNow.AddDays(-30));
        Assert.Contains((await dump.PlanAsync(verbose)).Warnings, w => w.Contains("the dump says that it was made on", StringComparison.Ordinal));
        Assert.Contains((await dump.PlanAsync(silent)).Warnings, w => w.Contains("does not say when it was made", StringComparison.Ordinal));
        ChangePlan told = await dump.PlanAsync(silent, r => r with { StartedAt = DateTimeOffset.UtcNow.AddDays(-2) });
        Assert.DoesNotContain(told.Warnings, w => w.Contains("when it was made", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("-Fc")]
    [InlineData("-Fp")]
    public async Task An_import_is_encrypted_and_signed_as_every_backup_is(string format)
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres);
        string key = dump.PathOf("right.key");
        await ProgramRunner.RunAsync(new ProgramCall("age-keygen", "-o", key), null, default);
        string recipient = (await ProgramRunner.RunAsync(new ProgramCall("age-keygen", "-y", key), null, default)).Trim();
        OpsEnvironment plain = dump.Lab.Context.Environment;
        dump.Lab.Context = OpsContextFactory.Create(plain with
        {
            Backups = plain.Backups with { Recipients = [recipient], IdentityFile = key, Signing = new BackupSigning { Key = SecretReference.Literal(new string('k', 40))! } },
        }, dump.Lab.Reporter);

        BackupRecord made = await dump.ImportAsync(await dump.DumpAsync("x", format));

        BackupRecord listed = Assert.Single(await dump.Lab.ListAsync());
        Assert.Equal((BackupSignature.Valid, made.Id), (listed.Signature, listed.Id));
        Assert.True(listed.Encrypted);
        string stored = Directory.EnumerateFiles(dump.PathOf("local"), "*", SearchOption.AllDirectories).Single(f => !f.EndsWith(".json", StringComparison.Ordinal));
        using (FileStream file = File.OpenRead(stored))
        {
            byte[] first = new byte[18];
            file.ReadExactly(first);
            Assert.Equal("age-encryption.org", System.Text.Encoding.ASCII.GetString(first));
        }
        DrillResult drill = await new RecoveryDrill(dump.Lab.Context).RunAsync(listed, default);
        Assert.True(drill.Passed, string.Join("\n", drill.Failures));
        // With another signing key nothing of it is believed.
        OpsContext other = OpsContextFactory.Create(dump.Lab.Context.Environment with
        {
            Backups = dump.Lab.Context.Environment.Backups with { Signing = new BackupSigning { Key = SecretReference.Literal(new string('x', 40))! } },
        }, dump.Lab.Reporter);
        Assert.Contains("its signature is not of the key", (await Assert.ThrowsAsync<OpsException>(() => new BackupCatalog(other).FindAtAsync("local", listed.Key, default))).Message);
    }

    /// <summary>pg_dump 16 and later; the frame of such an archive around what the one that is installed here wrote.</summary>
    [Fact]
    public async Task An_archive_with_lz4_inside_needs_the_programs_of_its_version_and_says_so()
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres);
        byte[] written = File.ReadAllBytes(await dump.DumpAsync("x.dump", "-Fc", "-Z0"));
        // "PGDMP", the version (1.14), the sizes of an int and an offset, the format; then five bytes of a level, where 1.15 has one of a method.
        Assert.Equal(14, written[6]);
        byte[] lz4 = [.. "PGDMP"u8, 1, 15, .. written[7..11], 2, .. written[16..]];
        File.WriteAllBytes(dump.PathOf("lz4.dump"), lz4);
        OpsException error = await dump.RefusedAsync(dump.PathOf("lz4.dump"));
        Assert.Equal("ImportTooNew", error.ErrorId);
        Assert.Contains("postgresql-N", error.RecommendedAction);
    }

    [Fact]
    public async Task Times_in_another_zone_are_loaded_so_that_digests_fit_a_restored_table()
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres, "CREATE TABLE t (at timestamptz); INSERT INTO t SELECT '2026-07-01 12:00+00'::timestamptz + i * interval '1 h' FROM generate_series(1, 20) i");
        await postgres.ExecuteAsync("postgres", $"ALTER DATABASE {dump.Database} SET timezone = 'Europe/Berlin'");

        string file = await dump.DumpAsync("x.dump", "-Fc");
        ChangePlan plan = await dump.PlanAsync(file);
        Assert.Contains("not in UTC", plan.Arguments["load"]);
        BackupRecord made = await dump.ImportAsync(file);
        BackupRecord direct = (await dump.Lab.BackUpAsync(new BackupRequest { Stores = ["other"] })).Single();
        Assert.Equal(direct.Tables.Single().Digest, made.Tables.Single().Digest);
        DrillResult drill = await new RecoveryDrill(dump.Lab.Context).RunAsync(made, default);
        Assert.True(drill.Passed, string.Join("\n", drill.Failures));
    }

    [Theory]
    [InlineData("-Fc")]
    [InlineData("-Fp")]
    public async Task A_dump_of_one_schema_is_a_tenants_and_nothing_elses(string format)
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres);
        string file = await dump.DumpAsync("demo", format, "-n", "tenant_demo");
        OpsException whole = await dump.RefusedAsync(file);
        Assert.Equal(("ImportPartial", true), (whole.ErrorId, whole.RecommendedAction.Contains("-Tenant demo", StringComparison.Ordinal)));
        Assert.Equal("ImportPartial", (await dump.RefusedAsync(file, r => r with { Tenant = "acme" })).ErrorId);
        Assert.Equal("ImportPartial", (await dump.RefusedAsync(await dump.DumpAsync("all", format), r => r with { Tenant = "demo" })).ErrorId);

        BackupRecord made = await dump.ImportAsync(file, r => r with { Tenant = "demo" });
        Assert.Equal(("demo", "tenant_demo"), (made.Tenant, made.Schema));
        Assert.Equal(300, Assert.Single(made.Tables).Rows);
        DrillResult drill = await new RecoveryDrill(dump.Lab.Context).RunAsync(made, default);
        Assert.True(drill.Passed, string.Join("\n", drill.Failures));
    }

    [Fact]
    public async Task A_plan_drifts_with_its_file_and_a_finished_import_is_taken_back()
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres, "CREATE TABLE t AS SELECT 1 AS x");
        string file = await dump.DumpAsync("x.dump", "-Fc");
        var runner = new ChangeRunner(dump.Lab.Context);
        ChangePlan plan = await dump.PlanAsync(file, r => r with { Stores = ["local", "other"] });
        byte[] bytes = File.ReadAllBytes(file);
        File.AppendAllText(file, "x");
        Assert.Equal("DriftDetected", (await Assert.ThrowsAsync<OpsException>(() => runner.RunAsync(plan, default))).ErrorId);
        // Other bytes of the same size and time are found when they are read.
        DateTime when = DateTime.UtcNow.AddMinutes(-5);
        File.WriteAllBytes(file, bytes);
        File.SetLastWriteTimeUtc(file, when);
        plan = await dump.PlanAsync(file, r => r with { Stores = ["local", "other"] });
        int at = bytes.AsSpan().LastIndexOf("CREATE TABLE"u8);
        bytes[at + 7] = (byte)'t';
        File.WriteAllBytes(file, bytes);
        File.SetLastWriteTimeUtc(file, when);
        Assert.Equal("ImportFileChanged", (await Assert.ThrowsAsync<OpsException>(() => runner.RunAsync(plan, default))).ErrorId);
        Assert.Empty(await dump.Lab.ListAsync());

        ChangeResult made = (await runner.RunAsync(await dump.PlanAsync(file, r => r with { Stores = ["local", "other"] }), default))!;
        Assert.Equal(["local", "other"], DumpLab.Made(made).Select(m => m.Store));
        Assert.Single(DumpLab.Made(made).Select(m => m.Sha256).Distinct());
        await runner.UndoAsync(dump.Lab.Context.Journal.Find(made.Change!)!, default);
        Assert.Empty(await dump.Lab.ListAsync());
        Assert.True(File.Exists(file));
    }

    [Fact]
    public async Task Killed_before_it_began_nothing_was_done()
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres, "CREATE TABLE t AS SELECT 1 AS x");
        string file = await dump.DumpAsync("x.dump", "-Fc");
        Assert.Equal(137, await Probe.RunAsync("import", "started", dump.Lab, file));
        Assert.Empty(await dump.Lab.ListAsync());
        Assert.Single(await dump.Lab.ListAsync(new BackupQuery { Id = (await dump.ImportAsync(file)).Id }));
    }

    [Theory]
    [InlineData("import")]
    [InlineData("import-done")]
    public async Task Killed_after_any_step_nothing_half_is_listed_and_it_is_gone_on_with_or_taken_back(string step)
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres, "CREATE TABLE t AS SELECT i FROM generate_series(1, 1000) i");
        string file = await dump.DumpAsync("x.sql");
        Assert.Equal(137, await Probe.RunAsync("import", step, dump.Lab, file));
        foreach (BackupRecord listed in await dump.Lab.ListAsync())
            Assert.True((await new BackupTester(dump.Lab.Context).TestAsync(listed, BackupTestLevel.Structure, default)).Passed);
        var runner = new ChangeRunner(dump.Lab.Context);
        JournalEntry entry = dump.Lab.Context.Journal.Find(dump.Lab.Context.Journal.FindUnfinished().Single().Id)!;

        BackupRecord made = Assert.Single(DumpLab.Made(await runner.ResumeAsync(entry, default)));
        Assert.Equal(1000, made.Tables.Single().Rows);
        Assert.Equal(made.Id, Assert.Single(await dump.Lab.ListAsync()).Id);
    }

    /// <summary>What a kill between the manifests of two stores leaves: one has the backup, the other has nothing of it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Killed_between_two_stores_the_one_that_lacks_it_gets_it_or_is_told(bool canBeWritten)
    {
        using DumpLab dump = await DumpLab.CreateAsync(postgres, "CREATE TABLE t AS SELECT 1 AS x");
        string file = await dump.DumpAsync("x.sql"), local = dump.PathOf("local"), away = dump.PathOf("away"), other = dump.PathOf("other");
        BackupRecord first = await dump.ImportAsync(file);
        Directory.Move(local, away);
        ChangePlan plan = await dump.PlanAsync(file, r => r with { Stores = ["local", "other"] });
        var journal = new StepJournal(dump.Lab.Context.Journal, "import", () =>
        {
            if (Directory.Exists(local)) Directory.Delete(local, recursive: true);
            Directory.Move(away, local);
            throw ChangeRun.LeaveOpen(new IOException("killed"));
        });
        await Assert.ThrowsAnyAsync<Exception>(() => new ChangeRunner(dump.Lab.Context with { Journal = journal }).RunAsync(plan, default));
        JournalEntry open = dump.Lab.Context.Journal.Find(dump.Lab.Context.Journal.FindUnfinished().Single().Id)!;
        string folder = Path.Combine(other, Path.GetDirectoryName(first.Key)!);
        if (!canBeWritten)
        {
            // A file where the folder of the backup should be.
            Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
            File.WriteAllText(folder, "");
        }

        IReadOnlyList<BackupRecord> made = DumpLab.Made(await new ChangeRunner(dump.Lab.Context).ResumeAsync(open, default));

        Assert.Equal(canBeWritten ? ["local", "other"] : ["local"], made.Select(m => m.Store));
        Assert.All(made, m => Assert.Equal(first.Sha256, m.Sha256));
        string[] told = [.. dump.Lab.Reporter.Warnings.Where(w => w.Contains($"Copy-OpsBackup {first.Id}", StringComparison.Ordinal))];
        Assert.Equal(canBeWritten ? 0 : 1, told.Length);
    }
}
