using OpsModule.Host.Language;

namespace OpsModule.Cmdlets.Tests.Host;

[Collection("sample cmdlets")]
public sealed class PipelineTests
{
    private static int[] Numbers(OpsRun run) => [.. run.Objects.Cast<Sample>().Select(s => s.Number)];

    [Fact]
    public void SelectFirstStopsTheWorkAtOnce()
    {
        OpsRun run = OpsRun.Of("Get-OpsSample 1000000 | Select-Object -First 2");
        Assert.Equal([1, 2], Numbers(run));
        Assert.True(GetOpsSampleCommand.CleanedUp);
        Assert.InRange(GetOpsSampleCommand.LastEmitted, 2, 10_000);
        Assert.Equal(0, run.ExitCode);
    }

    [Theory]
    [InlineData("Number -gt 2", 3)]
    [InlineData("Number -le '1'", 1)]
    [InlineData("Text -eq 'TEXT 2'", 2)]
    [InlineData("Text -like '*3'", 3)]
    [InlineData("Text -match ' 1$'", 1)]
    [InlineData("Tags -contains t2", 2)]
    [InlineData("Number -in 3,7", 3)]
    [InlineData("Number -notin 1,2", 3)]
    public void WhereKeepsWhatMatches(string condition, int expected) =>
        Assert.Equal([expected], Numbers(OpsRun.Of($"Get-OpsSample | Where-Object {condition}")));

    [Fact]
    public void WhereTakesABareProperty()
    {
        Assert.Equal(3, OpsRun.Of("Get-OpsSample | Where-Object Number").Objects.Count);
        Assert.Empty(OpsRun.Of("Get-OpsSample | Where-Object Extra").Objects);
    }

    [Fact]
    public void OneFailedItemDoesNotEndTheOthers()
    {
        OpsRun run = OpsRun.Of("Remove-OpsSample a,bad,c -Confirm:$false -Verbose");
        Assert.Equal(["a", "c"], run.Objects);
        Assert.Equal("SampleBad", Assert.Single(run.Errors).ErrorId);
        Assert.Equal(["done"], run.Warnings);
        Assert.Equal(["3 names"], run.VerboseMessages);
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public void ATerminatingErrorEndsItsPipelineAndTheNextOneRuns()
    {
        OpsRun run = OpsRun.Of("Remove-OpsSample a,worst,c -Confirm:$false; Get-OpsSample 1");
        Assert.Equal("SampleLost", Assert.Single(run.Errors).ErrorId);
        Assert.Equal(["a", "Sample"], run.Objects.Select(o => o as string ?? o.GetType().Name));
        Assert.Equal(1, run.ExitCode);
    }

    [Theory]
    [InlineData("Stop", 1, 1)]
    [InlineData("Continue", 2, 1)]
    [InlineData("SilentlyContinue", 2, 0)]
    [InlineData("Ignore", 2, 0)]
    public void ErrorActionDecides(string action, int objects, int exitCode)
    {
        OpsRun run = OpsRun.Of($"Remove-OpsSample a,bad,c -Confirm:$false -ErrorAction {action}");
        Assert.Equal(objects, run.Objects.Count);
        Assert.Equal(exitCode, run.ExitCode);
        Assert.Equal(exitCode, run.Errors.Count);
    }

    [Fact]
    public void WhatIfChangesNothing()
    {
        OpsRun run = OpsRun.Of("Get-OpsSample 2 | Remove-OpsSample -WhatIf");
        Assert.Empty(run.Objects);
        Assert.Equal("What if: Performing the operation \"Remove the sample\" on target \"text 1\".", run.WhatIfs[0]);
        Assert.Equal(2, run.WhatIfs.Count);
    }

    [Fact]
    public void WithoutAPersonItRefusesWhatNeedsConfirmation()
    {
        OpsRun run = OpsRun.Of("Remove-OpsSample a");
        Assert.Empty(run.Objects);
        Assert.Equal("ConfirmationNeeded", Assert.Single(run.Errors).ErrorId);
        Assert.Contains("-Confirm:$false", run.Errors[0].RecommendedAction);
    }

    [Theory]
    [InlineData('y', 2, 2)]
    [InlineData('n', 2, 0)]
    [InlineData('a', 1, 2)]
    [InlineData('l', 1, 0)]
    public void APersonIsAsked(char answer, int questions, int objects)
    {
        OpsRun run = new OpsRun { Answer = answer }.Run("Remove-OpsSample a,b");
        Assert.Equal(questions, run.Questions.Count);
        Assert.Equal(objects, run.Objects.Count);
    }

    [Fact]
    public void CancellingWaitsForTheCleanup()
    {
        OpsRun run = new OpsRun { Running = runner => Task.Run(async () => { await Task.Delay(200); runner.Cancel(); }) }.Run("Get-OpsSample 999");
        Assert.Equal(130, run.ExitCode);
        Assert.True(GetOpsSampleCommand.CleanedUp);
        Assert.Empty(run.Errors);
        Assert.StartsWith("Stopped.", Assert.Single(run.Warnings));
    }

    [Fact]
    public void WhoSaysWhileItEndsWhatIsLeftIsNotTalkedOver()
    {
        OpsRun run = new OpsRun { Running = runner => Task.Run(async () => { await Task.Delay(200); runner.Cancel(143); }) }.Run("Get-OpsSample 998");
        Assert.Equal(143, run.ExitCode);
        Assert.Equal(["998 samples were put away"], run.Warnings);
    }

    [Fact]
    public void AResultThatIsBadEndsWithExitCode1()
    {
        Assert.Equal(0, OpsRun.Of("Test-OpsSample").ExitCode);
        OpsRun run = OpsRun.Of("Test-OpsSample -Bad | Where-Object Absent");
        Assert.Empty(run.Errors);
        Assert.Equal(1, run.ExitCode);
    }

    [Theory]
    [InlineData("Get-OpsSampl", "Did you mean Get-OpsSample?")]
    [InlineData("Get-OpsSample |", "missing at the end")]
    [InlineData("| Get-OpsSample", "expected")]
    [InlineData("", "no command")]
    [InlineData("Select-Object -First 1", "not a command")]
    [InlineData("Get-OpsSample | Select-Object -First x", "not a number")]
    [InlineData("Get-OpsSample | Where-Object", "needs a property")]
    [InlineData("Get-OpsBackup | Copy-OpsBackup local", "needs -Store")]
    public void NonsenseIsRefused(string pipeline, string expected) =>
        Assert.Contains(expected, Assert.Throws<UsageException>(() => OpsRun.Of(pipeline)).Message);
}

[CollectionDefinition("sample cmdlets", DisableParallelization = true)]
public sealed class SampleCmdletsRunAlone;
