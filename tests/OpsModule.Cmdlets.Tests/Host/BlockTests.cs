using OpsModule.Host.Language;

namespace OpsModule.Cmdlets.Tests.Host;

/// <summary>Several commands as the beginning of a pipeline: &amp; { a; b } | c.</summary>
[Collection("sample cmdlets")]
public sealed class BlockTests
{
    private static int[] Numbers(OpsRun run) => [.. run.Objects.Cast<Sample>().Select(s => s.Number)];

    [Theory]
    [InlineData("& { Get-OpsSample 2; Get-OpsSample 1 }")]
    [InlineData("&{Get-OpsSample 2\nGet-OpsSample 1}")]
    [InlineData("& { Get-OpsSample 2; & { Get-OpsSample 1 } }")]
    public void TheirObjectsFollowOneAnother(string text) => Assert.Equal([1, 2, 1], Numbers(OpsRun.Of(text)));

    [Fact]
    public void WhatStandsBehindSeesAllAndWhatStandsInsideOnlyItsOwn() =>
        Assert.Equal([3, 2], Numbers(OpsRun.Of("& { Get-OpsSample 3 | Where-Object Number -gt 2; Get-OpsSample 2 } | Where-Object Number -ge 2")));

    [Fact]
    public void SelectFirstBehindStopsAllAndInsideOnlyItsOwn()
    {
        OpsRun run = OpsRun.Of("& { Get-OpsSample 1000000; Get-OpsSample 5 } | Select-Object -First 2");
        Assert.Equal([1, 2], Numbers(run));
        Assert.InRange(GetOpsSampleCommand.LastEmitted, 2, 10_000);
        Assert.Equal([1, 1, 2], Numbers(OpsRun.Of("& { Get-OpsSample 1000 | Select-Object -First 1; Get-OpsSample 2 }")));
    }

    [Fact]
    public void AnErrorOfOneLeavesTheOthers()
    {
        OpsRun run = OpsRun.Of("& { Get-OpsEnvironment -Path /nowhere; Get-OpsSample 1 } | Select-Object Number");
        Assert.Equal((1, 1, 1), (run.Errors.Count, run.Objects.Count, run.ExitCode));
    }

    [Fact]
    public void TablesInsideKeepTheirBraces() => Assert.Single(PipelineParser.Parse("& { Get-OpsSample @{ a = 'b' }; Get-OpsSample } | Select-Object -First 1"));

    [Theory]
    [InlineData("& { Get-OpsSample")]
    [InlineData("& Get-OpsSample")]
    [InlineData("Get-OpsSample | & { Get-OpsSample }")]
    [InlineData("Get-OpsSample }")]
    public void OtherBlocksAreRefused(string text) => Assert.Throws<UsageException>(() => OpsRun.Of(text));

    [Fact]
    public void NothingRunsWhenOneOfThemIsUnknown()
    {
        GetOpsSampleCommand.LastEmitted = -1;
        Assert.Throws<UsageException>(() => OpsRun.Of("& { Get-OpsSample 2; Get-OpsNothing } | Select-Object -First 1"));
        Assert.Equal(-1, GetOpsSampleCommand.LastEmitted);
    }
}
