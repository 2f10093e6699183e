using System.Net;
using OpsModule.Engine.Areas.Keys;
using OpsModule.Engine.Areas.Keys.Changing;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Showing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Signals;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.ApiKeys;

/// <summary>Keys behind an endpoint for administrators: rotated, made, revoked, and what goes wrong with it.</summary>
[Collection(SecretDriversCollection.Name)]
public sealed class HttpKeyTests : IAsyncLifetime
{
    private const string Old = "sk_first-key-of-the-shop";

    private readonly TempFolder _folder = new();
    private readonly KeysServer _server = new();
    private readonly OpsContext _context;

    public HttpKeyTests()
    {
        _server.Keys["k1"] = ("shop", Old, false);
        _server.Keys["k2"] = ("partner", "sk_key-of-a-partner", false);
        _folder.Write("token", KeysServer.Token);
        _folder.Write("app.env", $"API_KEY={Old}\n");
        _folder.Write("ops.yaml", $$"""
            environment: lab
            secrets:
              shop:
                apiKey:
                  http: { url: "{{_server.Url}}/keys", token: "file:token" }
                  proof: { url: "{{_server.Url}}/me", header: "X-Api-Key: {value}" }
                uses: [ { file: app.env, key: API_KEY } ]
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

    private string InFile => File.ReadAllText(_folder["app.env"]).Trim().Split('=')[1];

    [Fact]
    public async Task A_key_is_rotated_twice_and_the_old_one_refused_and_that_of_others_stays()
    {
        foreach (int round in (int[])[1, 2])
        {
            string before = InFile;
            ChangeResult done = (await new ChangeRunner(_context).RunAsync(await PlanAsync(), default))!;

            Assert.NotEqual(before, InFile);
            Assert.Equal(InFile, Assert.Single(_server.Keys.Values, k => !k.IsRevoked && k.Name.StartsWith("shop", StringComparison.Ordinal)).Key);
            Assert.Equal(round, _server.Keys.Values.Count(k => k.IsRevoked));
            Assert.False(_server.Keys["k2"].IsRevoked);
            RotationResult result = Assert.Single(new RotationReport(_context).Of(done.Change!));
            // Who uses the old one nothing tells, which is said.
            Assert.Equal(RotationOutcome.NotProven, result.Outcome);
            Assert.Contains(result.Proofs, p => p.Contains("refuses it (401)"));
        }
    }

    [Fact]
    public async Task A_key_whose_answer_was_lost_is_revoked_and_the_old_one_is_valid()
    {
        ChangePlan plan = await PlanAsync();
        _server.Ill = 502;
        await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(_context).RunAsync(plan, default));

        Assert.Equal(3, _server.Keys.Count);
        Assert.Empty(_context.Journal.FindUnfinished());

        Assert.Equal(Old, InFile);
        Assert.False(_server.Keys["k1"].IsRevoked);
        Assert.DoesNotContain(_server.Keys, k => k.Key is not ("k1" or "k2") && !k.Value.IsRevoked);
        Assert.Null(new SecretStore(_context).Read("shop").Pending);
    }

    [Fact]
    public async Task An_endpoint_that_lies_is_found_out()
    {
        ChangePlan plan = (await new ApiKeyPlanner(_context).PlanRevokeAsync("shop", new ApiKeyChoice { Names = ["partner"] }, null, default))!;
        Assert.True(plan.Irreversible);
        _server.Lies = true;

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(_context).RunAsync(plan, default));

        Assert.Equal("ApiKeyStillActive", error.ErrorId);
        Assert.Contains("k2", error.Message);
    }

    [Fact]
    public async Task A_new_key_is_given_once_and_stands_nowhere()
    {
        ChangeResult done = (await new ChangeRunner(_context).RunAsync(
            await new ApiKeyPlanner(_context).PlanNewAsync("shop", "acme", "new client", default), default))!;

        var made = Assert.IsType<NewApiKey>(done.Value);
        string key = new NetworkCredential("", made.Key).Password;
        Assert.Equal(key, _server.Keys[made.Id].Key);
        Assert.Equal("acme", Assert.Single(await new ApiKeyCatalog(_context).ListAsync("shop", new ApiKeyChoice { Names = ["ac*"] }, false,
            default)).Name);
        foreach (string file in Directory.EnumerateFiles(_context.Environment.StateDirectory, "*", SearchOption.AllDirectories))
            Assert.DoesNotContain(key, File.ReadAllText(file));
        await new ChangeRunner(_context).UndoAsync(_context.Journal.Find(done.Change!)!, default);
        Assert.True(_server.Keys[made.Id].IsRevoked);
    }

    [Fact]
    public void Clients_are_told_when_and_another_time_is_another_notice()
    {
        DateTimeOffset first = new(2027, 1, 15, 6, 0, 0, TimeSpan.Zero);
        Alert notice = Assert.Single(new KeyNotice(_context).Of(["shop", "unknown"], first));

        Assert.Contains("shop is replaced at 2027-01-15 06:00:00 UTC", notice.Title);
        Assert.NotEqual(notice.Key, Assert.Single(new KeyNotice(_context).Of(["shop"], first.AddDays(1))).Key);
    }

    [Fact]
    public async Task Which_key_the_places_have_is_not_guessed()
    {
        _server.Keys["k3"] = ("shop", "sk_another-one", false);

        Assert.Equal("ApiKeyUnknown", (await Assert.ThrowsAsync<OpsException>(PlanAsync)).ErrorId);
    }

    [Fact]
    public async Task All_are_revoked_and_one_that_was_taken_back_meanwhile_is_drift()
    {
        ChangePlan plan = Assert.Single(await new RevokeAllKeys(_context).PlanAsync(null, "a test", (_, e) => throw e, default));
        _server.Keys["k2"] = _server.Keys["k2"] with { IsRevoked = true };
        Assert.Equal("DriftDetected", (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(_context).RunAsync(plan, default))).ErrorId);

        plan = Assert.Single(await new RevokeAllKeys(_context).PlanAsync(null, "a test", (_, e) => throw e, default));
        await new ChangeRunner(_context).RunAsync(plan, default);

        Assert.All(_server.Keys.Values, k => Assert.True(k.IsRevoked));
        Assert.Empty(await new RevokeAllKeys(_context).PlanAsync(null, "a test", (_, e) => throw e, default));
    }

    private Task<ChangePlan> PlanAsync() => new RotationPlanner(_context).PlanAsync(["shop"], new RotationOptions(), default);
}
