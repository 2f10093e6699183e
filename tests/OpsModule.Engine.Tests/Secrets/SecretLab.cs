using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Secrets;

/// <summary>An environment for one test of a driver, and changes under way in it.</summary>
internal sealed class SecretLab : IDisposable
{
    private readonly OpsContext _context;
    private IJournaledChange? _change;

    public SecretLab(string text)
    {
        EnvironmentLoad load = EnvironmentLoader.Load(Folder.Write("ops.yaml", "environment: lab\n" + text));
        _context = OpsContextFactory.Create(load.Environment ?? throw new InvalidOperationException(string.Join('\n', load.Findings)), SilentReporter.Instance);
    }

    public TempFolder Folder { get; } = new();

    public OpsContext Context => _context;

    /// <summary>A change that is under way.</summary>
    /// <param name="dieAt">The point at which it ends without a word, as one that is killed; null for none.</param>
    public async Task<ChangeRun> BeginAsync(string? dieAt = null) =>
        Run(_change = await _context.Journal.BeginAsync("Test-Secret", "secret/test"), dieAt);

    /// <summary>Goes on with a change, whose run has died.</summary>
    public async Task<ChangeRun> ContinueAsync(ChangeRun run)
    {
        if (_change is not null) await _change.DisposeAsync();
        return Run(_change = await _context.Journal.ContinueAsync(_context.Journal.FindUnfinished().Single(u => u.Id == run.Id)), null);
    }

    public void Dispose()
    {
        _context.Dispose();
        Folder.Dispose();
    }

    private ChangeRun Run(IJournaledChange change, string? dieAt) => new(_context, new ChangePlan
    {
        Environment = "lab", Kind = "secret.test", Action = "Test-Secret", Target = "secret/test", Summary = "test",
    }, dieAt is null ? change : new Dying(change, dieAt));

    /// <summary>Lets a change end at a point; what it has done stays, and nothing is cleaned up.</summary>
    private sealed class Dying(IJournaledChange change, string dieAt) : IJournaledChange
    {
        public string Id => change.Id;

        public async Task StepAsync(string name, IReadOnlyDictionary<string, string>? data = null)
        {
            await change.StepAsync(name, data);
            if (name != dieAt) return;
            await change.DisposeAsync();
            throw new KilledException();
        }

        public Task CompleteAsync(string summary, IReadOnlyDictionary<string, string>? data = null) => change.CompleteAsync(summary, data);

        public Task WaitAsync(DateTimeOffset until, string message) => change.WaitAsync(until, message);

        public Task FailAsync(string errorId, string message) => change.FailAsync(errorId, message);

        public ValueTask DisposeAsync() => change.DisposeAsync();
    }
}

/// <summary>A change that ended where a test wanted it.</summary>
internal sealed class KilledException : Exception;
