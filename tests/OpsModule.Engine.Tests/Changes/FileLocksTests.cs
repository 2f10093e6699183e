using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

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
}
