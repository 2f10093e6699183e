using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Values;

/// <summary>A key that Sentry has made, and that nothing here has kept, is found again.</summary>
[Collection(SecretDriversCollection.Name)]
public sealed class SentryRotationTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly SentryServer _server = new();
    private readonly OpsContext _context;

    public SentryRotationTests()
    {
        _folder.Write("token", SentryServer.Token);
        _folder.Write("app.env", $"DSN={_server.Dsn("aaaa1111")}\n");
        _folder.Write("ops.yaml", $$"""
            environment: lab
            secrets:
              dsn:
                sentry: { url: "{{_server.Url}}", org: acme, project: shop, token: "file:token" }
                uses: [ { file: app.env, key: DSN } ]
            """);
        _context = KilledLab.ContextOf(_folder.Path);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _context.Dispose();
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    private string InFile => File.ReadAllText(_folder["app.env"]);

    [Fact]
    public async Task A_key_whose_answer_was_lost_is_disabled()
    {
        ChangePlan plan = await PlanAsync();
        _server.Making = () => 502;

        Assert.Equal("SecretServerRefused", (await Assert.ThrowsAsync<OpsException>(() =>
            new ChangeRunner(_context).RunAsync(plan, default))).ErrorId);

        Assert.Equal([true, false], _server.Keys.Values.OrderBy(k => k.Id).Select(k => k.IsActive));
        Assert.Equal($"DSN={_server.Dsn("aaaa1111")}\n", InFile);
        Assert.Null(new SecretStore(_context).Read("dsn").Pending);
        Assert.Empty(_context.Journal.FindUnfinished());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_key_that_was_made_when_we_died_is_gone_on_with_or_disabled(bool goesOn)
    {
        ChangePlan plan = await PlanAsync();
        using var stop = new CancellationTokenSource();
        _server.Making = () =>
        {
            stop.Cancel();
            return 201;
        };
        var runner = new ChangeRunner(_context);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => runner.RunAsync(plan, stop.Token));
        Assert.Null(new SecretStore(_context).Read("dsn").Pending);
        Assert.Equal(2, _server.Keys.Count);
        JournalEntry open = _context.Journal.Find(runner.Latest!)!;
        Assert.Equal(JournalOutcome.Unfinished, open.Outcome);

        if (goesOn) await runner.ResumeAsync(open, default);
        else await runner.UndoAsync(open, default);

        Assert.Equal([!goesOn, goesOn], _server.Keys.Values.OrderBy(k => k.Id).Select(k => k.IsActive));
        Assert.Equal($"DSN={_server.Dsn(_server.Keys.Single(k => k.Value.IsActive).Key)}\n", InFile);
    }

    private Task<ChangePlan> PlanAsync() => new RotationPlanner(_context).PlanAsync(["dsn"], new RotationOptions(), default);
}
