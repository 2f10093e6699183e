using System.Diagnostics;
using OpsModule.Engine.Changes.Locks;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Connections.Stores.Folder;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Machine;

namespace OpsModule.Engine.Tests.Files;

/// <summary>Folders and files into which others could have put something.</summary>
public sealed class TrustTests : IDisposable
{
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string State => _folder[".ops"];

    private OpsContext Context => OpsContextFactory.Create(new OpsEnvironment { Name = "lab", Directory = _folder.Path, StateDirectory = State }, new RecordingReporter());

    [Theory]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherWrite)]
    public async Task A_state_folder_that_others_may_write_is_not_used(UnixFileMode more)
    {
        Directory.CreateDirectory(State, Own);
        if (!Open(State, more)) return;
        await NothingIsChangedAsync();
        Assert.Empty(Directory.GetFiles(State, "*", SearchOption.AllDirectories));
        File.SetUnixFileMode(State, Own);
        Context.Locks.Acquire("x", "test").Dispose();
    }

    [Fact]
    public async Task A_state_folder_of_another_user_is_not_used_nor_a_link_of_his()
    {
        if (!FileFacts.IsRoot) return; // only root can give a file away
        Directory.CreateDirectory(State, Own);
        Give(State);
        await NothingIsChangedAsync();
        Directory.Delete(State, true);
        Directory.CreateDirectory(_folder["mine"], Own);
        File.CreateSymbolicLink(State, _folder["mine"]);
        Context.Locks.Acquire("x", "test").Dispose(); // a link of one's own is one's own decision
        Directory.Delete(_folder["mine/locks"], true);
        Give(State);
        await NothingIsChangedAsync();
        Assert.Empty(Directory.GetFileSystemEntries(_folder["mine"]));
    }

    [Theory]
    [InlineData("journal.jsonl")]
    [InlineData("journal.head")]
    [InlineData("journal.lock")]
    [InlineData("locks")]
    public async Task A_planted_link_is_not_followed(string name)
    {
        string precious = name == "locks" ? Directory.CreateDirectory(_folder["precious"]).FullName : _folder.Write("precious", "precious");
        Directory.CreateDirectory(State, Own);
        File.CreateSymbolicLink(Path.Combine(State, name), precious);
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => Context.Journal.BeginAsync("Test", "x"));
        Assert.Equal("StateNotTrusted", error.ErrorId);
        Assert.Contains(name + " is a link", error.Message);
        if (name == "locks") Assert.Empty(Directory.GetFiles(precious));
        else Assert.Equal("precious", File.ReadAllText(precious));
    }

    [Theory]
    [InlineData(".lock")]
    [InlineData(".holder")]
    public void A_planted_lock_or_holder_is_not_followed(string extension)
    {
        string precious = _folder.Write("precious", "precious");
        string path = Path.ChangeExtension(new FileLocks(State, TimeProvider.System).PathOf("database/main"), extension);
        Directory.CreateDirectory(State, Own);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, Own);
        File.CreateSymbolicLink(path, precious);
        Assert.Equal("StateNotTrusted", Assert.Throws<OpsException>(() => Context.Locks.Acquire("database/main", "test")).ErrorId);
        Assert.Equal("precious", File.ReadAllText(precious));
        // The same below the check, where a link appears in between.
        Assert.Throws<IOException>(() => PrivateFile.Open(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite));
        Assert.Throws<IOException>(() => PrivateFile.OpenForReading(path));
        Assert.Equal("precious", File.ReadAllText(precious));
    }

    [Fact]
    public async Task Nothing_is_stored_or_deleted_through_a_link_in_a_store()
    {
        string store = Directory.CreateDirectory(_folder["store"]).FullName, elsewhere = Directory.CreateDirectory(_folder["elsewhere/deep"]).FullName;
        File.WriteAllText(Path.Combine(elsewhere, "precious"), "precious");
        File.CreateSymbolicLink(Path.Combine(store, "lab"), _folder["elsewhere"]);
        var folder = new FolderStore("local", store);
        Assert.Equal("StoreNotTrusted", (await Assert.ThrowsAsync<OpsException>(() => folder.CreateAsync("lab/deep/x", default))).ErrorId);
        Assert.Equal("StoreNotTrusted", (await Assert.ThrowsAsync<OpsException>(() => folder.CreateAsync("lab/new/x", default))).ErrorId);
        Assert.Equal("StoreNotTrusted", (await Assert.ThrowsAsync<OpsException>(() => folder.DeleteAsync(TestScope.Instance, "lab/deep/precious", default))).ErrorId);
        Assert.Equal(["precious"], Directory.GetFiles(_folder["elsewhere"], "*", SearchOption.AllDirectories).Select(f => Path.GetFileName(f)));
        // The store's own folder may be a link: whoever wrote the environment file decided that.
        File.CreateSymbolicLink(_folder["linked"], _folder["elsewhere"]);
        await using StoreUpload upload = await new FolderStore("linked", _folder["linked"]).CreateAsync("deep/y", default);
        await upload.CommitAsync(default);
        Assert.True(File.Exists(Path.Combine(elsewhere, "y")));
    }

    [Theory]
    [InlineData("ops.yaml", UnixFileMode.OtherWrite)]
    [InlineData("ops.yaml", UnixFileMode.GroupWrite)]
    [InlineData(".", UnixFileMode.OtherWrite)]
    [InlineData(".", UnixFileMode.GroupWrite)]
    public void An_environment_that_nobody_named_and_others_may_write_is_refused_and_a_named_one_is_told(string what, UnixFileMode more)
    {
        string file = _folder.Write("ops.yaml", "environment: shop\n");
        string below = Directory.CreateDirectory(_folder["a/b"]).FullName;
        Assert.Equal(file, EnvironmentLocator.FindFile(null, below));
        if (!Open(Path.GetFullPath(Path.Combine(_folder.Path, what)), more)) return;

        OpsException error = Assert.Throws<OpsException>(() => EnvironmentLocator.Resolve(null, below, new RecordingReporter()));
        Assert.Equal("EnvironmentNotTrusted", error.ErrorId);
        Assert.Contains("-Environment", error.RecommendedAction);
        var reporter = new RecordingReporter();
        Assert.Equal("shop", EnvironmentLocator.Resolve(file, "/", reporter).Name);
        Assert.Contains("others can change it", Assert.Single(reporter.Warnings));
    }

    [Fact]
    public void A_group_without_anybody_else_is_no_stranger_as_with_umask_002()
    {
        (uint self, uint group) = (FileFacts.Self, FileFacts.SelfGroup);
        if (!AccountNames.HasNobodyBut(self, group)) return; // a user without a group of his own
        string file = _folder.Write("ops.yaml", "environment: shop\n");
        Directory.CreateDirectory(State);
        foreach (string path in new[] { file, _folder.Path, State }) File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.GroupWrite);
        Assert.Equal(file, EnvironmentLocator.FindFile(null, _folder.Path));
        Assert.Empty(EnvironmentLoader.Load(file).Findings);
        Context.Locks.Acquire("x", "test").Dispose();
    }

    [Fact]
    public void An_environment_of_another_user_is_refused()
    {
        if (!FileFacts.IsRoot) return; // only root can give a file away
        string file = _folder.Write("ops.yaml", "environment: shop\n");
        Give(file);
        Assert.Equal("EnvironmentNotTrusted", Assert.Throws<OpsException>(() => EnvironmentLocator.FindFile(null, _folder.Path)).ErrorId);
        File.Move(file, _folder["other.yaml"]);
        File.CreateSymbolicLink(file, _folder["other.yaml"]);
        Assert.Equal("EnvironmentNotTrusted", Assert.Throws<OpsException>(() => EnvironmentLocator.FindFile(null, _folder.Path)).ErrorId);
    }

    [Fact]
    public async Task The_test_of_an_environment_tells_of_state_and_stores()
    {
        foreach (string name in new[] { ".ops", "store" })
        {
            Directory.CreateDirectory(_folder[name]);
            File.SetUnixFileMode(_folder[name], Own | UnixFileMode.OtherWrite);
        }
        var codes = new List<string>();
        EnvironmentLoad load = EnvironmentLoader.Load(_folder.Write("ops.yaml", "environment: shop\nbackups: { stores: { local: { path: store } } }\n"));
        await foreach (EnvironmentFinding finding in EnvironmentTester.RunAsync(load, false, new RecordingReporter(), default)) codes.Add(finding.Code);
        Assert.Equal(["StateNotTrusted", "StoreNotTrusted", "Valid"], codes);
    }

    [Fact]
    public async Task A_journal_that_was_removed_is_suspected_where_locks_remain()
    {
        var journal = new Journal(Context.Environment, TimeProvider.System);
        Assert.False(journal.Test().IsSuspect);
        await using (IJournaledChange change = await Context.Journal.BeginAsync("Test", "x")) await change.CompleteAsync("done");
        Assert.False(journal.Test().IsSuspect);
        foreach (string name in new[] { "journal.jsonl", "journal.head" }) File.Delete(Path.Combine(State, name));
        JournalTestResult result = journal.Test();
        Assert.Equal((true, true), (result.Passed, result.IsSuspect));
        Assert.Contains("may have been removed", result.Message);
    }

    [Fact]
    public async Task What_lies_in_a_store_is_named_by_the_place_where_it_lies()
    {
        string store = Directory.CreateDirectory(_folder["store"]).FullName;
        var folder = new FolderStore("local", store);
        File.WriteAllText(Path.Combine(store, ".x.dump.0123456789ab.part"), "half");
        await foreach (StoreLeftover leftover in folder.ListLeftoversAsync("", default)) Assert.EndsWith(".part", leftover.Location);
        Directory.CreateDirectory(Path.Combine(store, "y.dump"));
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => folder.OpenAsync("y.dump", 0, default));
        Assert.Equal("ObjectMissing", error.ErrorId);
        Assert.Contains("is a folder", error.Message);
    }

    [Theory]
    [InlineData("databases: { main: { host: h, name: n, user: u, tenantSchema: \"{tenant}_{tenant}\" } }", "BadValue", "tenantSchema")]
    [InlineData("databases: { main: { host: h, name: n, user: u, password: “env:PW” } }", "CurlyQuotes", "typographic quotes")]
    [InlineData("databases: { main: { host: ‘h’, name: n, user: u } }", "CurlyQuotes", "typographic quotes")]
    [InlineData("databases: { main: { host: h, name: n, user\u00a0: u } }", "UnknownKey", "U+00A0")]
    [InlineData("plat\u200bform: { host: {} }", "UnknownKey", "U+200B")]
    public void What_is_not_seen_in_the_file_is_said(string yaml, string code, string said)
    {
        EnvironmentLoad load = EnvironmentLoader.Load(_folder.Write("ops.yaml", "environment: shop\n" + yaml + "\n"));
        Assert.Contains(load.Findings, f => f.Code == code && f.Severity == FindingSeverity.Error && f.Message.Contains(said));
    }

    [Fact]
    public async Task A_key_of_all_backups_that_all_may_read_is_told()
    {
        File.SetUnixFileMode(_folder.Write("key.txt", "AGE-SECRET-KEY-1"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        EnvironmentLoad load = EnvironmentLoader.Load(_folder.Write("ops.yaml", "environment: shop\nbackups: { stores: { l: { path: s } }, encryption: { recipients: [ age1xyz ], identity: key.txt } }\n"));
        var found = new List<string>();
        await foreach (EnvironmentFinding finding in EnvironmentTester.RunAsync(load, false, new RecordingReporter(), default)) found.Add($"{finding.Severity} {finding.Code}");
        Assert.Equal(["Error RecipientInvalid", "Warning IdentityReadable"], found);
    }

    private async Task NothingIsChangedAsync()
    {
        Assert.Equal("StateNotTrusted", (await Assert.ThrowsAsync<OpsException>(() => Context.Journal.BeginAsync("Test", "x"))).ErrorId);
        Assert.Equal("StateNotTrusted", Assert.Throws<OpsException>(() => Context.Locks.Acquire("x", "test")).ErrorId);
    }

    /// <summary>Lets others write, by way of a group only where it can be one that has others in it.</summary>
    private static bool Open(string path, UnixFileMode more)
    {
        if (more == UnixFileMode.GroupWrite && FileFacts.IsRoot) Give(path, ":65534");
        else if (more == UnixFileMode.GroupWrite && AccountNames.HasNobodyBut(FileFacts.Self, FileFacts.SelfGroup)) return false;
        File.SetUnixFileMode(path, File.GetUnixFileMode(path) | more);
        return true;
    }

    private static void Give(string path, string who = "65534")
    {
        using Process chown = Process.Start("chown", ["--no-dereference", who, path]);
        chown.WaitForExit();
        Assert.Equal(0, chown.ExitCode);
    }
}
