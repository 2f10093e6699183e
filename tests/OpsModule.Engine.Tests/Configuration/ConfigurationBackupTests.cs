using System.Diagnostics;
using System.Net.Sockets;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Configuration;
using OpsModule.Engine.Areas.Configuration.Archiving;
using OpsModule.Engine.Areas.Configuration.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Configuration;

/// <summary>What a backup of the configuration holds, and what it leaves out by name.</summary>
public sealed class ConfigurationBackupTests
{
    [Fact]
    public async Task What_the_environment_names_is_in_the_archive_and_any_tar_unpacks_it()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync();
        BackupRecord made = await lab.BackUpAsync();
        Assert.Equal((BackupKind.Configuration, "files", true), (made.Kind, made.Name, made.Encrypted));
        Assert.Empty(made.LeftOut);

        string to = await lab.UnpackAsync(made);
        Assert.Equal(["here/.env", "here/api.env", "here/compose.yaml", "here/conf/inner/limits.conf", "here/conf/nginx.conf", "here/extra/a.conf",
            "here/mounted.json", "here/ops.yaml", "here/shared.env"], Directory.GetFiles(to, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(to, f)).Order(StringComparer.Ordinal));
        Assert.Equal(File.ReadAllText(lab["api.env"]), File.ReadAllText(Path.Combine(to, "here/api.env")));
        Assert.Contains("api.env: services.api.env", made.Sources);
        Assert.Contains("shared.env: env_file of api", made.Sources);
        Assert.Contains("mounted.json: mounted into api", made.Sources);
        Assert.Contains(made.Sources, s => s.StartsWith("conf: configuration.files (2 files)", StringComparison.Ordinal));
        Assert.True((await new BackupTester(lab.Context).TestAsync(made, BackupTestLevel.Structure, default)).Passed);
        // Not even a fingerprint that could be guessed: the manifest lies in clear beside the object.
        string manifest = File.ReadAllText(Path.Combine(lab["store"], BackupKeys.Manifest(made.Key)));
        Assert.DoesNotContain(ConfigurationLab.Password, manifest);
        Assert.DoesNotContain(ConfigurationLab.Short, manifest);
    }

    [Fact]
    public async Task Modes_owners_links_long_and_foreign_names_are_kept()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync();
        string longName = new string('n', 120) + "/" + new string('m', 120) + "-grüße-日本.conf";
        lab.Write("conf/" + longName, "long\n");
        File.SetUnixFileMode(lab.Write("conf/private.key", "key\n"), UnixFileMode.UserRead);
        FileFacts.Give(lab["conf/private.key"], 1234, 3_000_000);
        File.CreateSymbolicLink(lab["conf/current.conf"], "nginx.conf");
        await ProgramRunner.RunAsync(new ProgramCall("ln", lab["conf/nginx.conf"], lab["conf/second-name.conf"]), null, default);
        BackupRecord made = await lab.BackUpAsync();

        string to = await lab.UnpackAsync(made);
        Assert.Equal("long\n", File.ReadAllText(Path.Combine(to, "here/conf", longName)));
        Assert.Equal("nginx.conf", new FileInfo(Path.Combine(to, "here/conf/current.conf")).LinkTarget);
        Assert.Equal(Disk.Identity(Path.Combine(to, "here/conf/nginx.conf")), Disk.Identity(Path.Combine(to, "here/conf/second-name.conf")));
        FileFacts facts = FileFacts.Of(Path.Combine(to, "here/conf/private.key"))!.Value;
        Assert.Equal((1234u, 3_000_000u, 0x100), (facts.Owner, facts.Group, facts.Mode & 0xFFF));
        IReadOnlyDictionary<string, ArchivedItem> read = await ConfigurationArchive.ReadAsync(lab.Context, made, _ => true, default);
        Assert.Equal((1234u, 3_000_000u), (read["here/conf/private.key"].Item.Owner, read["here/conf/private.key"].Item.Group));
        Assert.Equal(read["here/conf/nginx.conf"].Content, read["here/conf/second-name.conf"].Content);
    }

    [Fact]
    public async Task Sockets_pipes_set_id_bits_targets_of_links_and_missing_files_are_named()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(lab["conf/a.sock"]));
        await ProgramRunner.RunAsync(new ProgramCall("mkfifo", lab["conf/pipe"]), null, default);
        await ProgramRunner.RunAsync(new ProgramCall("chmod", "4755", lab.Write("conf/tool", "#!/bin/sh\n")), null, default);
        File.CreateSymbolicLink(lab["conf/shadow"], "/etc/shadow");
        lab.Write("ops.yaml", File.ReadAllText(lab["ops.yaml"]).Replace("[ conf/,", "[ conf/, nowhere.conf,"));
        File.Delete(lab["api.env"]);
        BackupRecord made = await lab.BackUpAsync();

        Assert.Contains(made.LeftOut, l => l.EndsWith("conf/a.sock: it is a socket", StringComparison.Ordinal));
        Assert.Contains(made.LeftOut, l => l.EndsWith("conf/pipe: it is a pipe", StringComparison.Ordinal));
        Assert.Contains(made.LeftOut, l => l.StartsWith("the set-id bits of ", StringComparison.Ordinal));
        Assert.Contains(made.LeftOut, l => l.StartsWith("/etc/shadow, which ", StringComparison.Ordinal));
        Assert.Contains("nowhere.conf (configuration.files): it is not there", made.LeftOut);
        Assert.Contains("api.env (services.api.env): it is not there", made.LeftOut);
        Assert.False(File.Exists(Path.Combine(await lab.UnpackAsync(made), "root/etc/shadow")));
    }

    [Fact]
    public async Task The_key_that_opens_it_the_state_and_the_store_are_never_in_it()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync();
        lab.Write("ops.yaml", File.ReadAllText(lab["ops.yaml"]).Replace("[ conf/,", "[ age.key, .ops, store, conf/,"));
        await lab.BackUpAsync();
        BackupRecord made = await lab.BackUpAsync();
        string to = await lab.UnpackAsync(made);
        Assert.False(File.Exists(Path.Combine(to, "here/age.key")));
        Assert.False(Directory.Exists(Path.Combine(to, "here/.ops")));
        Assert.False(Directory.Exists(Path.Combine(to, "here/store")));
        Assert.Contains(made.LeftOut, l => l.Contains("age.key: it opens the backup", StringComparison.Ordinal));
    }

    [Fact]
    public async Task In_clear_with_its_secrets_it_is_refused()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync(encrypted: false);
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => lab.BackUpAsync());
        Assert.True(ConfigurationErrors.NotProtected.Is(refused));
        Assert.Empty(Directory.GetFiles(lab["store"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Redacted_it_holds_no_secret_and_says_what_was_judged()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync(encrypted: false);
        File.WriteAllBytes(lab["conf/binary.dat"], [0, 1, 2, .. System.Text.Encoding.ASCII.GetBytes(ConfigurationLab.Password)]);
        BackupRecord made = await lab.BackUpAsync(redact: true);
        string to = await lab.UnpackAsync(made), env = File.ReadAllText(Path.Combine(to, "here/api.env"));
        string all = string.Join('\n', Directory.GetFiles(to, "*", SearchOption.AllDirectories).Select(File.ReadAllText));
        Assert.DoesNotContain(ConfigurationLab.Password, all);
        Assert.DoesNotContain(ConfigurationLab.Short, all);
        Assert.DoesNotContain("4711", all);
        Assert.Matches("(?m)^API_TOKEN=<redacted:[0-9a-f]{16}>$", env);
        // What could be guessed from a fingerprint has none.
        Assert.Matches("(?m)^ADMIN_PASSWORD=<redacted>$", env);
        Assert.Matches("(?m)^DOOR_PIN=<redacted>$", env);
        Assert.Contains("PORT=4000", env);
        Assert.Contains(made.Redactions, r => r.StartsWith("api.env:3 API_TOKEN: its name says so, fingerprint ", StringComparison.Ordinal));
        Assert.Contains("api.env:4 ADMIN_PASSWORD: its name says so, no fingerprint (it could be guessed)", made.Redactions);
        Assert.Contains("api.env:5 DOOR_PIN: named under configuration.redact, no fingerprint (it could be guessed)", made.Redactions);
        Assert.Contains(made.Redactions, r => r.StartsWith("conf/binary.dat: all of it", StringComparison.Ordinal));
        Assert.True((await new BackupTester(lab.Context).TestAsync(made, BackupTestLevel.Structure, default)).Passed);
    }

    [Fact]
    public async Task A_file_that_is_one_secret_is_one_whoever_else_names_it_and_by_any_name()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync(encrypted: false, more: "caches: { "
            + "main: { host: 127.0.0.1, password: \"file:conf/pw.txt\" }, "
            + "other: { host: 127.0.0.1, password: \"file:extra/other.conf\" } }");
        lab.Write("conf/pw.txt", "swordfish\n");
        lab.Write("conf/other.txt", "tunafish\n");
        // Another name of the first one is met before it, and the other one is a link to a file that is declared.
        await ProgramRunner.RunAsync(new ProgramCall("ln", lab["conf/pw.txt"], lab["conf/a-name.txt"]), null, default);
        File.CreateSymbolicLink(lab["extra/other.conf"], "../conf/other.txt");
        BackupRecord made = await lab.BackUpAsync(redact: true);

        string to = await lab.UnpackAsync(made);
        string all = string.Join('\n', Directory.GetFiles(to, "*", SearchOption.AllDirectories).Select(File.ReadAllText));
        Assert.DoesNotContain("swordfish", all);
        Assert.DoesNotContain("tunafish", all);
        Assert.Contains(made.Redactions, r => r.StartsWith("conf/a-name.txt:1: the whole file is a secret", StringComparison.Ordinal));
        Assert.Contains(made.Redactions, r => r.StartsWith("conf/other.txt:1: the whole file is a secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_name_of_a_redacted_file_is_redacted_as_well()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync(encrypted: false);
        lab.Write("conf/a.env", $"ADMIN_PASSWORD={ConfigurationLab.Short}\n");
        await ProgramRunner.RunAsync(new ProgramCall("ln", lab["conf/a.env"], lab["conf/b.env"]), null, default);
        BackupRecord made = await lab.BackUpAsync(redact: true);

        Assert.Equal([1, 1], ConfigurationArchive.ItemsOf(made).Where(i => i.Name is "here/conf/a.env" or "here/conf/b.env")
            .Select(i => i.Redacted));
        IReadOnlyDictionary<string, ArchivedItem> read = await ConfigurationArchive.ReadAsync(lab.Context, made, _ => true, default);
        Assert.Equal(1, read["here/conf/b.env"].Item.Redacted);
        lab.Write("conf/b.env", "x");
        Assert.True(ConfigurationErrors.Redacted.Is(await Assert.ThrowsAsync<OpsException>(() => lab.PlanAsync(made, "conf/b.env"))));
        Assert.Equal("x", File.ReadAllText(lab["conf/b.env"]));
    }

    [Fact]
    public async Task Where_nothing_has_changed_no_other_one_is_made()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync();
        BackupRecord first = await lab.BackUpAsync();
        ConfigurationBackupPlan same = await PlanAsync();
        Assert.Null(same.Plan);
        Assert.Equal(first.Id, Assert.Single(same.Same).Id);

        File.SetUnixFileMode(lab["api.env"], UnixFileMode.UserRead);
        Assert.NotNull((await PlanAsync()).Plan);
        await lab.BackUpAsync();
        Assert.Null((await PlanAsync()).Plan);
        // One whose object is gone is none that counts.
        File.Delete((await ConfigurationBackupPlanner.NewestAsync(lab.Context, "local", default))!.Location);
        Assert.NotNull((await PlanAsync()).Plan);

        Task<ConfigurationBackupPlan> PlanAsync() => new ConfigurationBackupPlanner(lab.Context).PlanAsync(
            new ConfigurationBackupRequest { OnlyIfChanged = true }, e => throw e, default);
    }

    [Fact]
    public async Task A_file_that_changes_while_it_is_read_is_read_again_or_named()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync();
        string restless = lab.Write("conf/restless.conf", "0\n");
        using var end = new CancellationTokenSource();
        var writing = new TaskCompletionSource();
        Task writer = Task.Run(() =>
        {
            for (int i = 0; !end.IsCancellationRequested; i++)
            {
                File.WriteAllText(restless, new string((char)('a' + (i % 26)), 200_000));
                writing.TrySetResult();
            }
        });
        await writing.Task;
        BackupRecord made = await lab.BackUpAsync();
        await end.CancelAsync();
        await writer;
        string held = File.ReadAllText(Path.Combine(await lab.UnpackAsync(made), "here/conf/restless.conf"));
        // Whole as it was at one moment, or said to be in doubt.
        Assert.True(held.Distinct().Count() <= 1 && held.Length is 200_000 or 0
            || made.LeftOut.Any(l => l.Contains("restless.conf is as it was at one moment", StringComparison.Ordinal)), $"{held.Length} bytes");
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_keeps_the_backup_from_being_made()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync();
        // A link of another user is not followed, and one that is named counts for what it leads to.
        File.Delete(lab["conf/nginx.conf"]);
        using var large = new FileStream(lab["conf/nginx.conf"], FileMode.Create);
        large.SetLength(65L * 1024 * 1024);
        BackupRecord made = await lab.BackUpAsync();
        Assert.Contains(made.LeftOut, l => l.Contains("conf/nginx.conf: 68,157,440 bytes are more", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_store_that_is_full_leaves_no_backup_and_nothing_else()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync();
        using var disk = new Tmpfs(1);
        lab.Write("ops.yaml", File.ReadAllText(lab["ops.yaml"]).Replace("path: store", $"path: \"{disk.Path}\""));
        byte[] noise = new byte[3 * 1024 * 1024];
        Random.Shared.NextBytes(noise);
        File.WriteAllBytes(lab["conf/noise.bin"], noise);
        await Assert.ThrowsAsync<OpsException>(() => lab.BackUpAsync());
        Assert.Empty(Directory.GetFiles(disk.Path, "*", SearchOption.AllDirectories));
        File.Delete(lab["conf/noise.bin"]);
        await lab.BackUpAsync();
    }

    [Theory]
    [InlineData("kind")]
    [InlineData("content")]
    [InlineData("lost")]
    public async Task An_archive_that_is_another_than_its_manifest_says_is_found(string what)
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync(encrypted: false);
        BackupRecord made = await lab.BackUpAsync(redact: true);
        if (what == "lost") File.Delete(made.Location);
        else if (what == "content")
        {
            byte[] bytes = File.ReadAllBytes(made.Location);
            bytes[bytes.Length / 2] ^= 0x10;
            File.WriteAllBytes(made.Location, bytes);
        }
        else
        {
            // A manifest of its own, whose hash is right, for another list of files.
            BackupRecord forged = made with { Configuration = made.Configuration! with { Packed = OpsModule.Engine.Areas.Backups.Contents.ConfigurationContents.Pack(
                [.. made.Configuration!.Unpack().Select(i => i.Name == "here/api.env" ? i with { Mode = 0x9FF } : i)]) } };
            File.WriteAllBytes(Path.Combine(lab["store"], BackupKeys.Manifest(made.Key)), ManifestFile.Write(forged));
            made = forged;
        }
        string id = (await Assert.ThrowsAnyAsync<Exception>(() => ConfigurationArchive.ReadAsync(lab.Context, made, _ => true, default))) is OpsException e ? e.ErrorId : "";
        Assert.Contains(id, (string[])["ConfigurationAltered", "BackupAltered", "BackupTruncated", "ObjectMissing", "BackupUnreadable"]);
    }
}
