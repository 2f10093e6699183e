using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Health;

/// <summary>Environment files of one test, and what their checks find.</summary>
internal sealed class HealthLab : IDisposable
{
    public TempFolder Folder { get; } = new();

    public OpsContext Context(string text)
    {
        EnvironmentLoad load = EnvironmentLoader.Load(Folder.Write("ops.yaml", "environment: lab\n" + text));
        return OpsContextFactory.Create(load.Environment ?? throw new InvalidOperationException(string.Join('\n', load.Findings)), SilentReporter.Instance);
    }

    /// <summary>The results in the order in which they came.</summary>
    public async Task<List<HealthResult>> RunAsync(string text, string[]? checks = null, int samples = 1, int seconds = 10, string[]? services = null, Func<OpsContext, OpsContext>? change = null)
    {
        OpsContext context = Context(text);
        var results = new List<HealthResult>();
        var request = new HealthRequest { Checks = checks, Services = services, Samples = samples, Timeout = TimeSpan.FromSeconds(seconds) };
        await foreach (HealthResult result in new HealthTester(change?.Invoke(context) ?? context).RunAsync(request, default)) results.Add(result);
        return results;
    }

    /// <summary>The one result.</summary>
    public async Task<HealthResult> OneAsync(string text, string check, int samples = 1, int seconds = 10) =>
        Assert.Single(await RunAsync(text, [check], samples, seconds));

    public void Dispose() => Folder.Dispose();
}
