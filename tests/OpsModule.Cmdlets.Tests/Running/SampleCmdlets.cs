using System.Management.Automation;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Cmdlets.Tests.Running;

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
    [Parameter(ValueFromPipeline = true)] public object? InputObject { get; set; }

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

public sealed record SampleVerdict(bool Bad, int Number) : IVerdict
{
    bool IVerdict.IsBad() => Bad;
}

/// <summary>Emits a verdict.</summary>
[Cmdlet(VerbsDiagnostic.Test, "OpsSample")]
public sealed class TestOpsSampleCommand : OpsCmdlet
{
    [Parameter] public SwitchParameter Bad { get; set; }
    [Parameter(ValueFromPipeline = true)] public int Number { get; set; }

    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        Emit(new SampleVerdict(Bad, Number));
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
