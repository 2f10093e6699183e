using OpsModule.Engine;

namespace OpsModule.Cmdlets.Tests.Host;

/// <summary>A cmdlet that cannot even put away what it held ends all the same.</summary>
public sealed class SettlingTests
{
    private sealed class UnsettledCommand : OpsCmdlet
    {
        protected override Task SettleAsync() => throw new InvalidOperationException("nobody is there to hear it");
    }

    [Fact]
    public async Task A_settling_that_fails_ends_the_call_with_an_error()
    {
        // Bounded, because the opposite of ending is waiting for ever.
        Task<OpsException> call = Task.Run(() => Assert.Throws<OpsException>(() => new RecordingOutput("/").Run(new UnsettledCommand())));
        Assert.Contains("nobody is there", (await call.WaitAsync(TimeSpan.FromMinutes(1))).Message);
    }
}
