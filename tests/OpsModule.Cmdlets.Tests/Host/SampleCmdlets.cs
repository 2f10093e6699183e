using System.Collections;
using System.Management.Automation;
using OpsModule.Engine;

namespace OpsModule.Cmdlets.Tests.Host;

public enum SampleSize
{
    Small,
    Large,
}

public sealed record Sample(int Number, string Text, string[] Tags, SampleSize Size = SampleSize.Small, object? Extra = null);

/// <summary>Emits numbered samples until it is stopped, and records that it cleaned up.</summary>
[Cmdlet(VerbsCommon.Get, "OpsSample")]
public sealed class GetOpsSampleCommand : OpsCmdlet
{
    public static int LastEmitted;
    public static bool CleanedUp;

    [Parameter(Position = 0)] [ValidateRange(0, 1_000_000)] public int Count { get; set; } = 3;

    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        CleanedUp = false;
        try
        {
            for (int i = 1; i <= Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                LastEmitted = i;
                Emit(new Sample(i, $"text {i}", [$"t{i}", "all"]));
            }
            if (Count is 998 or 999) await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        catch (OperationCanceledException) when (Count == 998)
        {
            Warning("998 samples were put away");
            throw;
        }
        finally { CleanedUp = true; }
    }
}

public sealed record SampleVerdict(bool Bad) : IVerdict
{
    bool IVerdict.IsBad() => Bad;
}

/// <summary>Emits a verdict.</summary>
[Cmdlet(VerbsDiagnostic.Test, "OpsSample")]
public sealed class TestOpsSampleCommand : OpsCmdlet
{
    [Parameter] public SwitchParameter Bad { get; set; }

    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        Emit(new SampleVerdict(IsOn(Bad)));
        return Task.CompletedTask;
    }
}

/// <summary>Says what was bound.</summary>
[Cmdlet(VerbsDiagnostic.Test, "OpsBinding", DefaultParameterSetName = "Text")]
public sealed class TestOpsBindingCommand : OpsCmdlet
{
    [Parameter(Position = 0, ParameterSetName = "Text")] [ValidateNotNullOrEmpty] public string? Text { get; set; } = "default";
    [Parameter(Mandatory = true, ParameterSetName = "Input", ValueFromPipeline = true)] public Sample? Sample { get; set; }
    [Parameter(Position = 1)] public string[]? Names { get; set; }
    [Parameter(ValueFromPipelineByPropertyName = true)] [Alias("Tags")] public string[]? Label { get; set; }
    [Parameter] public SampleSize Size { get; set; }
    [Parameter] public long? Bytes { get; set; }
    [Parameter] public TimeSpan Wait { get; set; }
    [Parameter] [Moment] public DateTimeOffset? After { get; set; }
    [Parameter] public Hashtable? Table { get; set; }
    [Parameter] public SwitchParameter Force { get; set; }
    [Parameter] [ValidateSet("red", "green")] public string? Colour { get; set; }
    [Parameter] [ValidatePattern("^a+$")] public string? Pattern { get; set; }
    [Parameter] [ValidateCount(1, 2)] public int[]? Numbers { get; set; }
    [Parameter] [ValidateLength(2, 3)] public string? Short { get; set; }

    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        Emit(new
        {
            Text, Sample, Names, Label, Size, Bytes, Wait, After, Force = IsOn(Force), Table = Table?["a"], Numbers,
        });
        return Task.CompletedTask;
    }
}

/// <summary>Changes something for each target; fails for the one named bad.</summary>
[Cmdlet(VerbsCommon.Remove, "OpsSample", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
public sealed class RemoveOpsSampleCommand : OpsCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)] [Alias("Text")] public string[] Name { get; set; } = [];

    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        Verbose($"{Name.Length} names");
        foreach (string name in Name)
        {
            if (!await ShouldProcessAsync(name, "Remove the sample")) continue;
            if (name == "worst") throw new OpsException("SampleLost", OpsErrorCategory.InvalidData, "All is lost.", "Start again.", name);
            if (name == "bad") Fail(new OpsException("SampleBad", OpsErrorCategory.InvalidData, "It is bad.", "Leave it.", name));
            else Emit(name);
        }
        Warning("done");
    }
}
