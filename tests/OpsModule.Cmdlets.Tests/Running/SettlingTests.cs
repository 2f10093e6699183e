using System.Management.Automation;

namespace OpsModule.Cmdlets.Tests.Running;

/// <summary>Cannot even put away what it held.</summary>
[Cmdlet(VerbsCommon.Clear, "OpsSample")]
public sealed class ClearOpsSampleCommand : OpsCmdlet
{
    protected override Task SettleAsync() => throw new InvalidOperationException("nobody is there to hear it");
}

public sealed class SettlingTests
{
    [Fact]
    public async Task A_settling_that_fails_ends_the_call_with_an_error()
    {
        // Bounded, because the opposite of ending is waiting for ever.
        PwshRun run = await Task.Run(() => PwshRun.Of("Clear-OpsSample")).WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Contains("nobody is there", Assert.Single(run.Errors).Message);
    }
}
