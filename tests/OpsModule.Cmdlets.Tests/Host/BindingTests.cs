using OpsModule.Host.Binding;
using OpsModule.Host.Language;

namespace OpsModule.Cmdlets.Tests.Host;

public sealed class BindingTests
{
    private static object? Bound(string arguments, string property)
    {
        OpsRun run = OpsRun.Of("Test-OpsBinding " + arguments);
        Assert.Empty(run.Errors);
        Assert.True(ObjectProperties.TryGet(Assert.Single(run.Objects), property, out object? value));
        return value;
    }

    [Theory]
    [InlineData("", "default")]
    [InlineData("plain", "plain")]
    [InlineData("-Text 'it''s | here; $x'", "it's | here; $x")]
    [InlineData("-Text \"say \"\"x\"\" `$y`n\"", "say \"x\" $y\n")]
    [InlineData("-Text:colon", "colon")]
    [InlineData("-te short", "short")]
    [InlineData("-Text 10MB", "10MB")]
    [InlineData("-Text '-dash'", "-dash")]
    [InlineData("C:\\a\\b.c/d?*", "C:\\a\\b.c/d?*")]
    public void Texts(string arguments, string expected) => Assert.Equal(expected, Bound(arguments, "Text"));

    [Theory]
    [InlineData("-Bytes 10MB", "Bytes", 10L << 20)]
    [InlineData("-Bytes 0x10", "Bytes", 16L)]
    [InlineData("-Bytes -3", "Bytes", -3L)]
    [InlineData("-Bytes $null", "Bytes", null)]
    [InlineData("-Size large", "Size", SampleSize.Large)]
    [InlineData("-Force", "Force", true)]
    [InlineData("-Force:$false", "Force", false)]
    [InlineData("", "Force", false)]
    [InlineData("-Table @{a='x'; b = 'y'}", "Table", "x")]
    public void Values(string arguments, string property, object? expected) => Assert.Equal(expected, Bound(arguments, property));

    [Fact]
    public void TimesAndLists()
    {
        Assert.Equal(TimeSpan.FromSeconds(90), Bound("-Wait 00:01:30", "Wait"));
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 3, 16, 0, TimeSpan.Zero), Bound("-After 2026-11-21T03:16:00Z", "After"));
        Assert.InRange(DateTimeOffset.UtcNow - (DateTimeOffset)Bound("-After 36h", "After")!, TimeSpan.FromHours(35), TimeSpan.FromHours(37));
        Assert.Equal(new[] { "a", "b c", "d" }, Bound("x a,'b c', d", "Names"));
        Assert.Equal(new[] { "one" }, Bound("-Names one", "Names"));
        Assert.Equal(new[] { 1, 2 }, Bound("-Numbers 1,2", "Numbers"));
    }

    [Fact]
    public void AnEnvironmentVariableIsAValue()
    {
        Environment.SetEnvironmentVariable("OPS_TEST_VALUE", "from outside; | '");
        Assert.Equal("from outside; | '", Bound("-Text $env:OPS_TEST_VALUE", "Text"));
    }

    [Theory]
    [InlineData("-Nonsense 1", "no parameter -Nonsense")]
    [InlineData("-Colur red", "Did you mean -Colour?")]
    [InlineData("-T x", "can mean")]
    [InlineData("-Text", "needs a value")]
    [InlineData("-Text a -Text b", "given twice")]
    [InlineData("a b c", "one value too many")]
    [InlineData("-Text ''", "null or empty")]
    [InlineData("-Colour blue", "not one of red, green")]
    [InlineData("-Pattern b", "pattern")]
    [InlineData("-Numbers 1,2,3", "3 values")]
    [InlineData("-Short abcd", "length")]
    [InlineData("-After soon", "30d")]
    [InlineData("-Size huge", "Small, Large")]
    [InlineData("-Bytes many", "not a Int64")]
    [InlineData("-Text (x)", "expressions")]
    [InlineData("-Text $x", "only $true")]
    [InlineData("-Text 'x", "no closing")]
    [InlineData("-ErrorAction Sometimes", "ErrorAction")]
    [InlineData("-Text a -Sample b", "-Sample")]
    public void WhatDoesNotFitIsRefusedBeforeAnythingRuns(string arguments, string expected) =>
        Assert.Contains(expected, Assert.Throws<UsageException>(() => OpsRun.Of("Test-OpsBinding " + arguments)).Message);

    [Fact]
    public void AMissingMandatoryParameterIsNamedNeverAskedFor() =>
        Assert.Contains("-Name", Assert.Throws<UsageException>(() => OpsRun.Of("Remove-OpsSample")).Message);

    [Fact]
    public void PipedObjectsBindByValueAndByPropertyName()
    {
        OpsRun run = OpsRun.Of("Get-OpsSample 2 | Test-OpsBinding");
        Assert.Equal(2, run.Objects.Count);
        ObjectProperties.TryGet(run.Objects[1], "Sample", out object? sample);
        ObjectProperties.TryGet(run.Objects[1], "Label", out object? label);
        Assert.Equal(2, Assert.IsType<Sample>(sample).Number);
        Assert.Equal(new[] { "t2", "all" }, label);
    }

    [Fact]
    public void AnObjectThatNoParameterTakesIsAnErrorForThatObject()
    {
        OpsRun run = OpsRun.Of("Get-OpsSample 2 | Select-Object Number | Remove-OpsSample -Confirm:$false");
        Assert.Equal(["InputObjectNotBound", "InputObjectNotBound"], run.Errors.Select(e => e.ErrorId));
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public void AShellsWordsStayWhole()
    {
        var words = PipelineParser.Parse(["Remove-OpsSample", "a b", "a,b", "|", "x;y'z"]);
        Assert.Equal(2, words[0].Count);
        Assert.Equal("a b", ((ValueElement)words[0][0].Elements[0]).Value);
        Assert.Equal(new object[] { "a", "b" }, Assert.IsType<List<object?>>(((ValueElement)words[0][0].Elements[1]).Value));
        Assert.Equal("x;y'z", words[0][1].Name);
    }
}
