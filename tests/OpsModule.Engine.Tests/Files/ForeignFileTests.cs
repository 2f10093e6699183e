using System.Runtime.InteropServices;
using System.Text;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Blocking;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Attacks;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Tests.Files;

/// <summary>Pipes, links and devices among files that others may write to.</summary>
public sealed partial class ForeignFileTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2);
    private readonly TempFolder _folder = new();
    private readonly RecordingReporter _reporter = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_pipe_among_logs_is_left_out_of_wildcards_and_folders()
    {
        string log = _folder.Write("a.log", Hunting.Lines(0, 3));
        MakePipe(_folder["b.log"]);
        Assert.Equal([log], LogFiles.Find([_folder["*.log"]], "/"));
        Assert.Equal([log], LogFiles.Find([_folder.Path], "/"));
        Assert.Equal(_folder["b.log"], Assert.Single(LogFiles.Find([_folder["b.log"]], "/")));
        List<AttackMatch> found = await Hunting.RunAsync(new AttackSources { Files = AttackSources.Find([_folder["*.log"]], "/") }).WaitAsync(Long);
        Assert.Single(found);
        Assert.Single(await ReadAsync(_folder["*.log"]).WaitAsync(Long), e => e.Raw.Contains(Hunting.Attack, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("named.log")]
    [InlineData("named.log.gz")]
    public async Task A_pipe_that_is_named_is_read_and_waiting_for_it_can_be_ended(string name)
    {
        MakePipe(_folder[name]);
        using var stop = new CancellationTokenSource();
        Task<List<AttackMatch>> scan = Hunting.AllAsync(new AttackHunt(Hunting.Query, new AttackSources { Files = [_folder[name]] }, null, _reporter, TimeProvider.System) { Scanner = Hunting.Usual }.RunAsync(stop.Token));
        Task<List<LogEntry>> logs = ReadAsync(_folder[name], stop.Token);
        await stop.CancelAsync(); // nobody ever writes to it
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scan.WaitAsync(Long));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => logs.WaitAsync(Long));
    }

    [Fact]
    public async Task What_is_written_to_a_pipe_that_is_named_is_scanned()
    {
        MakePipe(_folder["p"]);
        Task<List<AttackMatch>> scan = Hunting.RunAsync(new AttackSources { Files = [_folder["p"]] });
        await using (var writer = new FileStream(_folder["p"], FileMode.Open, FileAccess.Write)) await writer.WriteAsync(Encoding.UTF8.GetBytes(Hunting.Lines(0, 9)));
        Assert.Equal(Hunting.Attacks(0, 9), (await scan.WaitAsync(Long)).Numbers());
    }

    [Fact]
    public async Task A_pipe_that_is_named_is_followed_until_it_ends()
    {
        MakePipe(_folder["p"]);
        Task<List<AttackMatch>> scan = Hunting.RunAsync(new AttackSources { Files = [_folder["p"]], Follow = true });
        await using (var writer = new FileStream(_folder["p"], FileMode.Open, FileAccess.Write)) await writer.WriteAsync(Encoding.UTF8.GetBytes(Hunting.Lines(0, 9)));
        Assert.Equal(3, (await scan.WaitAsync(Long)).Count);
    }

    [Fact]
    public void A_link_is_followed_when_it_is_ones_own_and_what_is_no_file_is_refused()
    {
        string log = _folder.Write("target", "a");
        File.CreateSymbolicLink(_folder["own.log"], log);
        File.CreateSymbolicLink(_folder["near.log"], "own.log");
        File.CreateSymbolicLink(_folder["zero.log"], "/dev/zero");
        File.CreateSymbolicLink(_folder["nowhere.log"], "/nowhere/at/all");
        File.CreateSymbolicLink(_folder["round.log"], "round.log");
        Assert.Equal([_folder["near.log"], _folder["own.log"]], LogFiles.Find([_folder["*.log"]], "/").Order(StringComparer.Ordinal));
        using (var stream = new StreamReader(ForeignFile.Open(_folder["near.log"]))) Assert.Equal("a", stream.ReadToEnd());
        foreach (string other in new[] { _folder["zero.log"], "/dev/zero", _folder.Path, _folder["round.log"] }) Assert.ThrowsAny<IOException>(() => ForeignFile.Open(other));
        Assert.Throws<FileNotFoundException>(() => ForeignFile.Open(_folder["nowhere.log"]));
    }

    /// <summary>Only root can give links away.</summary>
    [Fact]
    public async Task A_link_of_somebody_else_to_what_is_not_theirs_is_not_followed()
    {
        string secret = _folder.Write("secret", Hunting.Lines(0, 3)), theirs = _folder.Write("theirs", Hunting.Lines(0, 3));
        File.CreateSymbolicLink(_folder["a.log"], secret);
        File.CreateSymbolicLink(_folder["b.log"], theirs);
        const uint nobody = 65534;
        if (ChangeOwner(_folder["a.log"], nobody, nobody) != 0) return; // not root
        Assert.Equal((0, 0), (ChangeOwner(_folder["b.log"], nobody, nobody), ChangeOwner(theirs, nobody, nobody)));

        Assert.Equal([_folder["b.log"]], LogFiles.Find([_folder["*.log"]], "/"));
        // Named, it is refused with a reason, and the other is read.
        List<AttackMatch> found = await Hunting.RunAsync(new AttackSources { Files = [_folder["a.log"], _folder["b.log"]] }, _reporter);
        Assert.Equal(_folder["b.log"], Assert.Single(found).Source);
        Assert.Contains("link of another user", Assert.Single(_reporter.Warnings));
        // A chain is as good as its weakest link.
        File.CreateSymbolicLink(_folder["c.log"], "a.log");
        Assert.ThrowsAny<IOException>(() => ForeignFile.Open(_folder["c.log"]));
    }

    [Fact]
    public async Task Pipes_keep_no_reader_of_small_files_waiting()
    {
        MakePipe(_folder["x.yaml"]);
        MakePipe(_folder["list"]);
        MakePipe(_folder["baseline"]);
        _folder.Write("good.log", Hunting.Lines(0, 3));
        Task all = Task.Run(() =>
        {
            Assert.Empty(RuleCatalog.Read([_folder.Path]));
            Assert.ThrowsAny<OpsException>(() => RuleCatalog.Read([_folder["x.yaml"]]));
            Assert.ThrowsAny<OpsException>(() => Engine.Areas.Attacks.Allowing.AllowList.ReadFile(_folder["x.yaml"]));
            Assert.Contains(EnvironmentLoader.Load(_folder["x.yaml"]).Findings, f => f.Code == "FileUnreadable");
            Assert.Throws<OpsException>(() => new BlockListFile(_folder["list"], BlockListFormat.Nginx, null, "j", TimeProvider.System).CheckFree(force: false));
            Assert.Throws<OpsException>(() => new OpsModule.Engine.Areas.Health.CertificateReader(TimeProvider.System).ReadFile(_folder["x.yaml"]));
        });
        await all.WaitAsync(Long);
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => Hunting.RunAsync(new AttackSources { Files = [_folder["good.log"]], Baseline = _folder["baseline"] }).WaitAsync(Long));
        Assert.Equal("BaselineUnwritable", error.ErrorId);
    }

    private async Task<List<LogEntry>> ReadAsync(string path, CancellationToken cancellationToken = default)
    {
        var all = new List<LogEntry>();
        await foreach (IReadOnlyList<LogEntry> batch in new LogReader(null, _reporter, TimeProvider.System, _ => { }).ReadAsync(new LogQuery { Files = LogFiles.Find([path], "/") }, cancellationToken)) all.AddRange(batch);
        return all;
    }

    private static void MakePipe(string path) => Assert.Equal(0, MakePipeNative(path, 0x180));

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakePipeNative(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "lchown", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint user, uint group);
}
