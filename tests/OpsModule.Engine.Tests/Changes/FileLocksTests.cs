using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Locks;
using OpsModule.Engine.Changes.Unended;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Tests.Changes;

public sealed class FileLocksTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_held_lock_names_its_holder_and_a_released_one_can_be_taken()
    {
        var locks = new FileLocks(_folder.Path, TimeProvider.System);
        using (locks.Acquire("database/main", "Backup-OpsDatabase"))
        {
            OpsException error = Assert.Throws<OpsException>(() => locks.Acquire("database/main", "Restore-OpsDatabase"));
            Assert.Equal(("TargetLocked", OpsErrorCategory.ResourceBusy), (error.ErrorId, error.Category));
            Assert.Contains("Backup-OpsDatabase", error.Message, StringComparison.Ordinal);
            Assert.Contains($"process {Environment.ProcessId}", error.Message, StringComparison.Ordinal);
            Assert.Contains(Environment.MachineName, error.Message, StringComparison.Ordinal);
        }
        locks.Acquire("database/main", "Restore-OpsDatabase").Dispose();
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("/")]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a\0b\nc")]
    [InlineData("日本/🐘")]
    public void Any_target_is_a_safe_file_name(string target)
    {
        var locks = new FileLocks(_folder.Path, TimeProvider.System);
        using IDisposable held = locks.Acquire(target, "A");
        // One for the target, one for each whole that it is a part of; all in the folder.
        Assert.Equal(1 + new Target(target).Wholes.Count(), Directory.GetFiles(_folder["locks"], "*.lock").Length);
        Assert.Throws<OpsException>(() => locks.Acquire(target, "B"));
    }

    [Fact]
    public void Targets_that_differ_have_locks_that_differ()
    {
        var locks = new FileLocks(_folder.Path, TimeProvider.System);
        string[] targets = ["a/b", "a.b", "a b", "A/b", new string('x', 500), new string('x', 501)];
        var held = targets.Select(t => locks.Acquire(t, "A")).ToList();
        Assert.Equal(targets.Length, Directory.GetFiles(_folder["locks"], "*.lock").Length);
        held.ForEach(h => h.Dispose());
    }

    [Fact]
    public void Nothing_is_left_of_a_lock_that_was_released_and_what_others_hold_stays()
    {
        var locks = new FileLocks(_folder.Path, TimeProvider.System);
        IDisposable a = locks.Acquire("database/main/tenant/a", "A"), b = locks.Acquire("database/main/tenant/b", "B");
        a.Dispose();
        Assert.Equal("TargetLocked", Assert.Throws<OpsException>(() => locks.Acquire("database/main", "C")).ErrorId);
        Assert.Equal("TargetLocked", Assert.Throws<OpsException>(() => locks.Acquire("database/main/tenant/b", "C")).ErrorId);
        b.Dispose();

        Assert.Empty(Directory.GetFiles(_folder["locks"]));
    }

    [Fact]
    public async Task A_lock_whose_file_is_removed_all_the_time_is_held_by_one_at_a_time()
    {
        var locks = new FileLocks(_folder.Path, TimeProvider.System);
        int inside = 0, most = 0, taken = 0;
        using var stop = new CancellationTokenSource();
        Task sweeping = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested) LockSweep.Run(_folder.Path, new HashSet<string>());
        });
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 300; i++)
            {
                try
                {
                    using IDisposable held = locks.Acquire("database/main", "A");
                    int now = Interlocked.Increment(ref inside);
                    if (now > most) most = now;
                    Interlocked.Increment(ref taken);
                    Thread.Yield();
                    Interlocked.Decrement(ref inside);
                }
                catch (OpsException e) when (e.ErrorId == "TargetLocked") { /* another one has it */ }
            }
        })));
        await stop.CancelAsync();
        await sweeping;

        Assert.Equal(1, most);
        Assert.True(taken > 100, $"{taken}");
    }

    [Fact]
    public void A_file_that_was_removed_after_it_was_opened_is_not_taken_for_the_lock()
    {
        string path = _folder["x.lock"];
        using FileStream first = PrivateFile.TryOpenExclusively(path)!;
        PrivateFile.RemoveHeld(path);
        using FileStream? second = PrivateFile.TryOpenExclusively(path);

        Assert.NotNull(second);
        Assert.Null(PrivateFile.TryOpenExclusively(path));
        Assert.Throws<FileNotFoundException>(() => PrivateFile.TryOpenExclusively(_folder["none.lock"], FileMode.Open));
    }

    [Fact]
    public void What_kills_and_earlier_versions_left_is_swept_and_what_is_held_or_open_stays()
    {
        var locks = new FileLocks(_folder.Path, TimeProvider.System);
        using IDisposable held = locks.Acquire("database/main", "A");
        string[] kept = [.. Directory.GetFiles(_folder["locks"]), _folder.Write("locks/change-20260101T000000Z-000001.lock", "")];
        foreach (string gone in new[] { "database.gone-0123456789ab.lock", "database.gone-0123456789ab.holder", "change-20260101T000000Z-000002.lock" }) _folder.Write("locks/" + gone, "");

        LockSweep.Run(_folder.Path, new HashSet<string> { "20260101T000000Z-000001" });

        Assert.Equal(kept.Order(), Directory.GetFiles(_folder["locks"]).Order());
    }
}
