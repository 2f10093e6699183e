using System.Formats.Tar;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Contents;
using OpsModule.Engine.Areas.Configuration;
using OpsModule.Engine.Areas.Configuration.Comparing;
using OpsModule.Engine.Areas.Configuration.Restoring;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Tests.Configuration;

/// <summary>Restores of the configuration, their undoing, and what keeps them in their place.</summary>
public sealed class ConfigurationRestoreTests
{
    [Fact]
    public async Task What_differs_is_put_back_with_mode_and_owner_and_undone()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync();
        File.SetUnixFileMode(lab["api.env"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        FileFacts.Give(lab["api.env"], 1234, 1235);
        File.CreateSymbolicLink(lab["conf/current.conf"], "nginx.conf");
        string before = File.ReadAllText(lab["api.env"]);
        BackupRecord made = await lab.BackUpAsync();
        Assert.Null(await lab.PlanAsync(made));

        lab.Write("api.env", "broken");
        File.SetUnixFileMode(lab["api.env"], (UnixFileMode)0x1A4);
        FileFacts.Give(lab["api.env"], 0, 0);
        Directory.Delete(lab["conf"], recursive: true);
        lab.Write("extra/new.conf", "not in the backup\n");
        ConfigurationRestore restored = await lab.RestoreAsync(made);

        Assert.Equal(before, File.ReadAllText(lab["api.env"]));
        FileFacts facts = FileFacts.Of(lab["api.env"])!.Value;
        Assert.Equal((1234u, 1235u, 0x180), (facts.Owner, facts.Group, facts.Mode & 0xFFF));
        Assert.Equal("nginx.conf", new FileInfo(lab["conf/current.conf"]).LinkTarget);
        Assert.Contains("conf/inner/limits.conf", restored.Restored);
        // What the backup has not stays.
        Assert.True(File.Exists(lab["extra/new.conf"]));
        Assert.Null(await lab.PlanAsync(made));

        await new ChangeRunner(lab.Context).UndoAsync(lab.Context.Journal.Find(restored.Change)!, default);
        Assert.Equal("broken", File.ReadAllText(lab["api.env"]));
        facts = FileFacts.Of(lab["api.env"])!.Value;
        Assert.Equal((0u, 0u, 0x1A4), (facts.Owner, facts.Group, facts.Mode & 0xFFF));
        Assert.False(Directory.Exists(lab["conf"]));
    }

    [Fact]
    public async Task The_plan_shows_lines_and_no_secret()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync();
        BackupRecord made = await lab.BackUpAsync();
        const string Other = "Zz9yX8wV7uT6sR5qP4oN";
        lab.Write("api.env", File.ReadAllText(lab["api.env"]).Replace(ConfigurationLab.Password, Other).Replace("4000", "4001"));
        ChangePlan plan = (await lab.PlanAsync(made))!;
        string figure = plan.Figures.Single(f => f.Name == "api.env").Value, all = System.Text.Encoding.UTF8.GetString(PlanFile.Write(plan));
        Assert.Contains("-PORT=4001", figure);
        Assert.Contains("+PORT=4000", figure);
        Assert.Matches("-API_TOKEN=<redacted:[0-9a-f]{16}>", figure);
        foreach (string secret in (string[])[ConfigurationLab.Password, ConfigurationLab.Short, Other]) Assert.DoesNotContain(secret, all);
    }

    [Fact]
    public async Task Only_what_a_pattern_means_is_restored_and_one_that_means_nothing_is_an_error()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync();
        BackupRecord made = await lab.BackUpAsync();
        lab.Write("api.env", "x");
        lab.Write("conf/nginx.conf", "x");
        lab.Write("conf/inner/limits.conf", "x");
        Assert.Equal(["conf/inner/limits.conf"], (await lab.RestoreAsync(made, "conf/inner")).Restored);
        Assert.Equal(["conf/nginx.conf"], (await lab.RestoreAsync(made, "conf/*.conf")).Restored);
        Assert.Equal("x", File.ReadAllText(lab["api.env"]));
        Assert.Equal("NothingMatches", (await Assert.ThrowsAsync<OpsException>(() => lab.PlanAsync(made, "nothing*"))).ErrorId);
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("file")]
    public async Task A_link_is_never_followed_out_of_its_place(string what)
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync();
        using var outside = new TempFolder();
        outside.Write("limits.conf", "untouched");
        BackupRecord made = await lab.BackUpAsync();
        if (what == "folder")
        {
            Directory.Delete(lab["conf/inner"], recursive: true);
            Directory.CreateSymbolicLink(lab["conf/inner"], outside.Path);
            OpsException refused = await Assert.ThrowsAsync<OpsException>(() => lab.PlanAsync(made));
            Assert.True(ConfigurationErrors.PlaceRefused.Is(refused), refused.Message);
        }
        else
        {
            File.Delete(lab["conf/inner/limits.conf"]);
            File.CreateSymbolicLink(lab["conf/inner/limits.conf"], outside["limits.conf"]);
            await lab.RestoreAsync(made);
            // The link itself was replaced.
            Assert.Null(new FileInfo(lab["conf/inner/limits.conf"]).LinkTarget);
        }
        Assert.Equal("untouched", File.ReadAllText(outside["limits.conf"]));
    }

    [Fact]
    public async Task A_folder_that_is_exchanged_for_a_link_meanwhile_leads_nowhere()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync();
        using var outside = new TempFolder();
        for (int i = 0; i < 20; i++) lab.Write($"conf/inner/{i}.conf", "kept\n");
        BackupRecord made = await lab.BackUpAsync();
        using var end = new CancellationTokenSource();
        // Somebody who may write to conf/ exchanges the folder for a link and back, all the time.
        string inner = lab["conf/inner"], aside = lab["conf/aside"];
        Task racer = Task.Run(() =>
        {
            while (!end.IsCancellationRequested)
            {
                try
                {
                    Directory.Move(inner, aside);
                    Directory.CreateSymbolicLink(inner, outside.Path);
                    File.Delete(inner);
                    Directory.Move(aside, inner);
                }
                catch (IOException) { if (Directory.Exists(aside) && !Path.Exists(inner)) Directory.Move(aside, inner); }
            }
        });
        for (int round = 0; round < Proof.Cases(200, 25); round++)
        {
            try
            {
                for (int i = 0; i < 20; i++)
                    try { File.WriteAllText(lab[$"conf/inner/{i}.conf"], $"round {round}"); }
                    catch (Exception e) when (e is IOException or UnauthorizedAccessException) { /* it is away just now */ }
                foreach (string written in Directory.GetFiles(outside.Path)) File.Delete(written);
                if (await lab.PlanAsync(made, "conf/inner/*") is { } plan) await new ChangeRunner(lab.Context).RunAsync(plan, default);
            }
            catch (OpsException) { /* refused, or moved: nothing was written elsewhere */ }
            Assert.DoesNotContain(Directory.GetFiles(outside.Path), f => File.ReadAllText(f) == "kept\n");
        }
        await end.CancelAsync();
        await racer;
    }

    [Theory]
    [InlineData("here/../outside.conf")]
    [InlineData("root/etc/cron.d/own")]
    [InlineData("../outside.conf")]
    [InlineData("here//etc/outside.conf")]
    public async Task A_forged_archive_writes_nowhere_but_where_the_environment_says(string name)
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync(encrypted: false);
        BackupRecord made = await lab.BackUpAsync(redact: true);
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, TarEntryFormat.Pax, leaveOpen: true))
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { Mode = (UnixFileMode)0x1A4, DataStream = new MemoryStream("owned\n"u8.ToArray()) });
        BackupRecord forged = made with
        {
            Compression = OpsModule.Foundations.Bytes.Compression.None, StoredBytes = bytes.Length,
            Sha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes.ToArray())),
            Configuration = made.Configuration! with { Key = "other", Packed = ConfigurationContents.Pack([new ConfiguredItem(name, ConfiguredKind.File, 0x1A4, 0, 0) { Print = "0" }]) },
        };
        File.WriteAllBytes(made.Location, bytes.ToArray());
        File.WriteAllBytes(Path.Combine(lab["store"], BackupKeys.Manifest(made.Key)), ManifestFile.Write(forged));
        ChangePlan? plan = null;
        try { plan = await lab.PlanAsync(forged); }
        catch (OpsException e) { Assert.Contains(e.ErrorId, (string[])["ConfigurationAltered", "ConfigurationPlaceRefused"]); }
        // Where it is a name that could be one, it is left out by name.
        Assert.Null(plan);
        Assert.False(File.Exists(Path.Combine(Path.GetDirectoryName(lab.Folder)!, "outside.conf")));
        Assert.False(File.Exists("/etc/cron.d/own"));
        // A plan that somebody wrote for it is refused as well.
        string[] names = [name];
        var own = new ChangePlan
        {
            Environment = "lab", Kind = RestoreConfiguration.KindName, Action = ConfigurationRestorePlanner.Action, Target = "configuration/files", Summary = "forged",
            Arguments = new RestoreConfigurationArguments(forged.Id, forged.Key, "local", names).Write(), PlannedAt = DateTimeOffset.UtcNow,
            Identities = [new($"backup {forged.Id}", forged.Sha256), new(RestoreConfiguration.IdentityOf(name), "not there")],
        };
        await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).RunAsync(own, default));
        Assert.False(File.Exists("/etc/cron.d/own"));
    }

    [Fact]
    public async Task Of_a_redacted_backup_only_files_without_secrets_come_back()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync(encrypted: false);
        BackupRecord made = await lab.BackUpAsync(redact: true);
        lab.Write("conf/nginx.conf", "x");
        Assert.Equal(["conf/nginx.conf"], (await lab.RestoreAsync(made)).Restored);
        lab.Write("api.env", "x");
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => lab.PlanAsync(made));
        Assert.True(ConfigurationErrors.Redacted.Is(refused));
        Assert.Contains("api.env", refused.Message);
        Assert.Equal("x", File.ReadAllText(lab["api.env"]));
    }

    [Fact]
    public async Task What_somebody_else_writes_meanwhile_or_afterwards_is_not_lost()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync();
        BackupRecord made = await lab.BackUpAsync();
        lab.Write("api.env", "one");
        ChangePlan plan = (await lab.PlanAsync(made))!;
        lab.Write("api.env", "two");
        Assert.Equal("DriftDetected", (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).RunAsync(plan, default))).ErrorId);
        Assert.Equal("two", File.ReadAllText(lab["api.env"]));

        ConfigurationRestore restored = await lab.RestoreAsync(made);
        lab.Write("api.env", "three");
        OpsException moved = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).UndoAsync(lab.Context.Journal.Find(restored.Change)!, default));
        Assert.True(ConfigurationErrors.Moved.Is(moved), moved.Message);
        Assert.Equal("three", File.ReadAllText(lab["api.env"]));
    }

    [Fact]
    public async Task A_disk_that_is_full_leaves_all_as_it_was()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync();
        using var disk = new Tmpfs(1);
        lab.Write("ops.yaml", File.ReadAllText(lab["ops.yaml"]).Replace("[ conf/,", $"[ \"{disk.Path}\", conf/,"));
        byte[] noise = new byte[600 * 1024];
        Random.Shared.NextBytes(noise);
        File.WriteAllBytes(Path.Combine(disk.Path, "b.bin"), noise);
        BackupRecord made = await lab.BackUpAsync();
        lab.Write("api.env", "as it was");
        File.Delete(Path.Combine(disk.Path, "b.bin"));
        File.WriteAllBytes(Path.Combine(disk.Path, "full"), new byte[700 * 1024]);
        OpsException full = await Assert.ThrowsAsync<OpsException>(() => lab.RestoreAsync(made));
        Assert.True(ConfigurationErrors.NotWritten.Is(full), full.Message);
        Assert.Contains("Free space", full.RecommendedAction);
        Assert.Equal("as it was", File.ReadAllText(lab["api.env"]));
        Assert.Equal(["full"], Directory.GetFiles(disk.Path).Select(Path.GetFileName));
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task Two_backups_and_what_is_live_are_compared_with_secrets_masked()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync();
        BackupRecord first = await lab.BackUpAsync();
        Assert.Empty(await lab.CompareAsync(first));
        lab.Write("api.env", File.ReadAllText(lab["api.env"]).Replace(ConfigurationLab.Short, "letmein") + "DEBUG=1\n");
        File.SetUnixFileMode(lab["shared.env"], UnixFileMode.UserRead);
        FileFacts.Give(lab["compose.yaml"], 77, 0);
        File.Delete(lab["extra/a.conf"]);
        lab.Write("conf/new.conf", "listen 81;\n");
        File.Delete(lab["conf/nginx.conf"]);
        File.CreateSymbolicLink(lab["conf/nginx.conf"], "new.conf");
        await BothAsync(null);
        await BothAsync(await lab.BackUpAsync());

        async Task BothAsync(BackupRecord? other)
        {
            IReadOnlyList<ConfigurationDifference> found = await lab.CompareAsync(first, other);
            Assert.Equal([(ConfigurationChange.Changed, "api.env"), (ConfigurationChange.Owner, "compose.yaml"), (ConfigurationChange.Added, "conf/new.conf"),
                (ConfigurationChange.Kind, "conf/nginx.conf"), (ConfigurationChange.Removed, "extra/a.conf"), (ConfigurationChange.Mode, "shared.env")],
                found.Select(f => (f.Change, f.Path)));
            Assert.Contains("+DEBUG=1", found[0].Diff);
            Assert.DoesNotContain("letmein", found[0].Diff);
            Assert.Contains("+listen 81;", found[2].Diff);
            Assert.DoesNotContain(ConfigurationLab.Password, string.Join('\n', found.Select(f => f.Diff)));
            Assert.Equal(other?.Id, found[0].With);
        }
    }

    [Fact]
    public async Task A_secret_that_changed_behind_its_mask_is_said_to_be_hidden()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync();
        BackupRecord first = await lab.BackUpAsync();
        lab.Write("api.env", File.ReadAllText(lab["api.env"]).Replace(ConfigurationLab.Short, "letmein"));
        ConfigurationDifference found = Assert.Single(await lab.CompareAsync(first));
        Assert.True(found is { Change: ConfigurationChange.Changed, IsHidden: true, Diff: null });
    }

    [Fact]
    public async Task On_another_machine_it_is_restored_from_the_environment_file_alone()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync();
        BackupRecord made = await lab.BackUpAsync();
        using ConfigurationLab other = await ConfigurationLab.MakeAsync();
        foreach (string entry in Directory.GetFileSystemEntries(other.Folder))
            if (Directory.Exists(entry)) Directory.Delete(entry, recursive: true);
            else File.Delete(entry);
        other.Write("ops.yaml", File.ReadAllText(lab["ops.yaml"]).Replace("path: store", $"path: \"{lab["store"]}\"").Replace("\"age.key\"", $"\"{lab["age.key"]}\""));
        await other.RestoreAsync(made, ".env", "api.env", "compose.yaml", "conf", "extra");
        // What only the compose file names is named now that it is there.
        await other.RestoreAsync(made, "shared.env", "mounted.json");
        foreach (string file in (string[])["api.env", "shared.env", "compose.yaml", "conf/inner/limits.conf", "extra/a.conf", "mounted.json"])
            Assert.Equal(File.ReadAllText(lab[file]), File.ReadAllText(other[file]));
    }
}
