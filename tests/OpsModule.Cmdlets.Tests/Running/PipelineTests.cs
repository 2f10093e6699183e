namespace OpsModule.Cmdlets.Tests.Running;

[Collection("sample cmdlets")]
public sealed class PipelineTests
{
    private static int[] Numbers(PwshRun run) => [.. run.Objects.Cast<Sample>().Select(s => s.Number)];

    [Fact]
    public void SelectFirstStopsTheWorkAtOnce()
    {
        PwshRun run = PwshRun.Of("Get-OpsSample 1000000 | Select-Object -First 2");
        Assert.Equal([1, 2], Numbers(run));
        Assert.True(GetOpsSampleCommand.CleanedUp);
        Assert.InRange(GetOpsSampleCommand.LastEmitted, 2, 10_000);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public void OneFailedItemDoesNotEndTheOthers()
    {
        PwshRun run = PwshRun.Of("Remove-OpsSample a,bad,c -Confirm:$false -Verbose");
        Assert.Equal(["a", "c"], run.Objects);
        Assert.Equal("SampleBad", Assert.Single(run.Errors).ErrorId);
        Assert.Equal(["done"], run.Warnings);
        Assert.Equal("3 names", run.VerboseMessages[0]);
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public void ATerminatingErrorEndsItsPipelineAndTheNextOneRuns()
    {
        PwshRun run = PwshRun.Of("Remove-OpsSample a,worst,c -Confirm:$false; Get-OpsSample 1");
        Assert.Equal("SampleLost", Assert.Single(run.Errors).ErrorId);
        Assert.Equal(["a", "Sample"], run.Objects.Select(o => o as string ?? o.GetType().Name));
        Assert.Equal(1, run.ExitCode);
    }

    [Theory]
    [InlineData("Stop", 1, 1)]
    [InlineData("Continue", 2, 1)]
    [InlineData("SilentlyContinue", 2, 0)]
    [InlineData("Ignore", 2, 0)]
    public void ErrorActionDecides(string action, int objects, int errors)
    {
        PwshRun run = PwshRun.Of($"Remove-OpsSample a,bad,c -Confirm:$false -ErrorAction {action}");
        Assert.Equal(objects, run.Objects.Count);
        Assert.Equal(errors, run.Errors.Count);
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public void WhatIfChangesNothing()
    {
        PwshRun run = PwshRun.Of("Get-OpsSample 2 | Remove-OpsSample -WhatIf");
        Assert.Empty(run.Objects);
        Assert.Equal("What if: Performing the operation \"Remove the sample\" on target \"text 1\".", run.WhatIfs[0]);
        Assert.Equal(2, run.WhatIfs.Count);
    }

    [Fact]
    public void WithoutAPersonItRefusesWhatNeedsConfirmation()
    {
        PwshRun run = PwshRun.Of("Remove-OpsSample a");
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
        PwshRun run = new PwshRun { Answer = answer }.Run("Remove-OpsSample a,b");
        Assert.Equal(questions, run.Questions.Count);
        Assert.Equal(objects, run.Objects.Count);
    }

    [Fact]
    public void CancellingWaitsForTheCleanup()
    {
        GetOpsSampleCommand.LastEmitted = 0;
        PwshRun run = new PwshRun { Running = stop => { SpinWait.SpinUntil(() => GetOpsSampleCommand.LastEmitted == 999); stop(); } }.Run("Get-OpsSample 999");
        Assert.Equal(1, run.ExitCode);
        Assert.True(GetOpsSampleCommand.CleanedUp);
        Assert.Empty(run.Errors);
    }

    /// <summary>An object for each record is the pipeline's own business; a queue and a task for each would cost more than most bodies do.</summary>
    [Fact]
    public void PipedObjectsAreTakenOneByOneInTheirOrder()
    {
        PwshRun run = PwshRun.Of("1..5000 | Test-OpsSample -Bad | ForEach-Object Number");
        Assert.Equal(Enumerable.Range(1, 5000).Cast<object>(), run.Objects);
    }

    [Fact]
    public void WhoWantsNoMoreOfPipedObjectsStopsTheBodyThatIsAtWork()
    {
        PwshRun run = PwshRun.Of("1..5 | Get-OpsSample 1000000 | Select-Object -First 300");
        Assert.Equal(300, run.Objects.Count);
        Assert.Empty(run.ErrorRecords);
        Assert.True(GetOpsSampleCommand.CleanedUp);
        Assert.InRange(GetOpsSampleCommand.LastEmitted, 300, 10_000);
    }
}

[CollectionDefinition("sample cmdlets", DisableParallelization = true)]
public sealed class SampleCmdletsRunAlone;
