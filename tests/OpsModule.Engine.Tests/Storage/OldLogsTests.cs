using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Storage;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Storage;

public sealed class OldLogsTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly OpsContext _context;

    public OldLogsTests() => _context = OpsContextFactory.Create(
        EnvironmentLoader.Load(_folder.Write("ops.yaml", "environment: lab\nbackups: { stores: { local: { path: data/backups } } }\n")).Environment!, SilentReporter.Instance);

    public void Dispose() => _folder.Dispose();

    private void Write(string name, int days)
    {
        string file = _folder.Write("logs/" + name, new string('x', 1000 + days));
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-days));
    }

    [Theory]
    [InlineData("app.log", false)]
    [InlineData("app.log.1", true)]
    [InlineData("app.log.2.gz", true)]
    [InlineData("app.log-20261121", true)]
    [InlineData("app.log-20261121.zst", true)]
    [InlineData("api.jsonl.gz", true)]
    [InlineData("api.jsonl.gz.manifest.json", true)]
    [InlineData("20261101T020000Z-aaaaaa.dump.gz", false)]
    [InlineData("site.tar.gz", false)]
    [InlineData(".app.log.1", false)]
    [InlineData("app.log.pid", false)]
    [InlineData("catalog.json", false)]
    public void A_name_tells_whether_somebody_may_still_write(string name, bool closed) => Assert.Equal(closed, OldLogs.IsClosed(name));

    [Fact]
    public async Task Only_old_closed_logs_of_the_folder_itself_go_and_each_is_journaled()
    {
        Write("app.log", 90);
        Write("app.log.1", 1);
        Write("app.log.2.gz", 60);
        Write("app.log.3.gz", 90);
        Write("deep/app.log.1", 90);
        File.CreateSymbolicLink(_folder["logs/link.log.1"], _folder["logs/app.log"]);
        File.SetLastWriteTimeUtc(_folder["logs/app.log"], DateTime.UtcNow.AddDays(-90));

        IReadOnlyList<StorageItem> found = new OldLogs(_context).Find(_folder["logs"], TimeSpan.FromDays(30));
        Assert.Equal([("app.log.3.gz", 1090), ("app.log.2.gz", 1060)], found.Select(f => (f.Name, f.Bytes)));

        ChangePlan Plan(int number) => new StoragePlanner(_context).Plan(found[number], TimeSpan.FromDays(30));
        ChangePlan other = Plan(1);
        Assert.Equal(1090L, (await new ChangeRunner(_context).RunAsync(Plan(0), default))!.Value);
        Assert.Equal("StorageGone", (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(_context).RunAsync(Plan(0), default))).ErrorId);
        Assert.Equal(["app.log", "app.log.1", "app.log.2.gz", "link.log.1"], Directory.GetFiles(_folder["logs"]).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
        JournalEntry[] entries = [.. new Journal(_context.Environment, _context.Time).Find(new JournalQuery(), out _)];
        Assert.Equal([JournalOutcome.Completed, JournalOutcome.Failed], entries.OrderBy(e => e.Sequence).Select(e => e.Outcome));

        // A log that was written anew under the name is another one.
        Write("app.log.2.gz", 61);
        Assert.Equal("DriftDetected", (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(_context).RunAsync(other, default))).ErrorId);
        Assert.True(File.Exists(_folder["logs/app.log.2.gz"]));
    }

    /// <summary>A plan may come from a file that somebody else wrote.</summary>
    [Theory]
    [InlineData("logs/app.log", "LogNotClosed")]
    [InlineData("logs/../logs/app.log.1", "LogNotClosed")]
    [InlineData("data/backups/x.log.1", "LogFolderRefused")]
    public async Task A_plan_removes_no_file_that_would_not_have_been_found(string file, string errorId)
    {
        Directory.CreateDirectory(_folder["data/backups"]);
        Directory.CreateDirectory(_folder["logs"]);
        string path = Path.Combine(_folder.Path, file);
        File.WriteAllText(path, "x");
        var item = new StorageItem { Kind = StorageKind.Log, Name = Path.GetFileName(path), Id = path, Bytes = 1, Environment = _context.Environment.Name };
        ChangePlan plan = new StoragePlanner(_context).Plan(item, TimeSpan.Zero);
        Assert.Equal(errorId, (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(_context).RunAsync(plan, default))).ErrorId);
        Assert.True(File.Exists(path));
    }

    [Theory]
    [InlineData("data")]
    [InlineData("data/backups")]
    [InlineData("data/backups/lab/database")]
    public void A_folder_that_has_to_do_with_backups_is_refused(string folder)
    {
        Directory.CreateDirectory(_folder["data/backups/lab/database"]);
        Assert.Equal("LogFolderRefused", Assert.Throws<OpsException>(() => new OldLogs(_context).Find(_folder[folder], TimeSpan.Zero)).ErrorId);
    }

    [Fact]
    public void A_folder_that_is_not_there_says_so() =>
        Assert.Equal("LogFolderNotFound", Assert.Throws<OpsException>(() => new OldLogs(_context).Find(_folder["nowhere"], TimeSpan.Zero)).ErrorId);
}
