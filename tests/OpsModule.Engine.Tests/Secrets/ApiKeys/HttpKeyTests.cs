using System.Net;
using OpsModule.Engine.Areas.Keys;
using OpsModule.Engine.Areas.Keys.Changing;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.ApiKeys;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Contract.ApiKeys;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Showing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Signals;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Secrets.Faults;
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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_that_cannot_be_revoked_keeps_none_behind_it_valid_and_all_that_are_left_are_named(bool isAdministrators)
    {
        for (int i = 3; i < 20; i++) _server.Keys[$"k{i}"] = ($"client-{i}", $"sk_key-of-client-{i}", false);
        if (isAdministrators) _server.Administrator = "k3";
        else _server.Held.UnionWith(["k3", "k7"]);
        ChangePlan plan = (await new ApiKeyPlanner(_context).PlanRevokeAsync("shop", new ApiKeyChoice(), null, default))!;

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(_context).RunAsync(plan, default));

        Assert.Equal("ApiKeyRefused", error.ErrorId);
        if (isAdministrators)
        {
            // Those before it are revoked, and it itself; nothing revokes the others with this token.
            Assert.Contains("administrator's own key was among them", error.Message);
            Assert.Contains("file:token", error.RecommendedAction);
            Assert.All(_server.Keys.Where(k => !k.Value.IsRevoked), k => Assert.Contains(k.Key, error.Message));
            Assert.True(_server.Keys["k3"].IsRevoked);
            _server.Administrator = null;
        }
        else
        {
            Assert.Contains("2 of 19 keys", error.Message);
            Assert.Contains("409", error.Message);
            Assert.Equal(["k3", "k7"], _server.Keys.Where(k => !k.Value.IsRevoked).Select(k => k.Key));
            _server.Held.Clear();
        }
        await new ChangeRunner(_context).RunAsync((await new ApiKeyPlanner(_context).PlanRevokeAsync("shop", new ApiKeyChoice(), null, default))!, default);
        Assert.All(_server.Keys.Values, k => Assert.True(k.IsRevoked));
    }

    [Fact]
    public async Task What_is_refused_for_a_key_that_is_revoked_already_is_no_error()
    {
        ChangePlan plan = (await new ApiKeyPlanner(_context).PlanRevokeAsync("shop", new ApiKeyChoice { Names = ["partner"] }, null, default))!;
        _server.Held.Add("k2");
        _server.Keys["k2"] = _server.Keys["k2"] with { IsRevoked = true };

        await new ChangeRunner(_context).RunAsync(plan, default);
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("\"Revoked\"", true)]
    [InlineData("\"DISABLED\"", true)]
    [InlineData("\"expired\"", true)]
    [InlineData("\"2026-03-04T05:06:07Z\"", true)]
    [InlineData("\"Wed, 04 Mar 2026 05:06:07 GMT\"", true)]
    [InlineData("null", false)]
    [InlineData("\"\"", false)]
    [InlineData("\"False\"", false)]
    [InlineData("\"Active\"", false)]
    [InlineData("\"enabled\"", false)]
    [InlineData("\"valid\"", false)]
    [InlineData("\"0001-01-01T00:00:00Z\"", false)]
    [InlineData("\"9999-12-31T23:59:59Z\"", false)]
    [InlineData("\"1970-01-01T00:00:00Z\"", false)]
    [InlineData("\"running\"", null)]
    [InlineData("\"May\"", null)]
    [InlineData("\"10-12\"", null)]
    [InlineData("1", null)]
    public void A_word_that_says_neither_is_not_taken_for_revoked(string said, bool? isRevoked)
    {
        var answer = new KeyAnswer("the endpoint", new ApiKeyFields("key", "id", "name", "created", "revoked", ""));
        IssuedKey Read() => Assert.Single(answer.ReadList($$"""[ { "id": 1, "revoked": {{said}} } ]"""));

        if (isRevoked is { } expected) Assert.Equal(expected, Read().IsRevoked);
        else Assert.Equal("ApiKeyAnswerUnknown", Assert.Throws<OpsException>(Read).ErrorId);
    }

    /// <summary>A log that cannot be read is no log that tells of no use.</summary>
    [Fact]
    public async Task Where_logs_cannot_be_read_the_old_key_stays_valid()
    {
        string text = File.ReadAllText(_folder["ops.yaml"]).Replace("      proof:",
            "      usage: { services: [ api ], text: \"key={id}\" }\n      proof:").Replace("secrets:", "platform: { host: {} }\nsecrets:");
        Assert.Contains("usage:", text);
        _folder.Write("ops.yaml", text);
        using OpsContext loaded = KilledLab.ContextOf(_folder.Path);
        OpsContext context = loaded with { Time = new HurriedTime() };
        var runner = new ChangeRunner(context);

        Assert.Null(await runner.RunAsync(await new RotationPlanner(context).PlanAsync(["shop"], new RotationOptions(), default), default));

        Assert.False(_server.Keys["k1"].IsRevoked);
        RotationResult waiting = Assert.Single(new RotationReport(context).Of(runner.Latest!));
        Assert.Equal(RotationOutcome.Waiting, waiting.Outcome);
        Assert.Contains("could not be read", waiting.Words);
        Assert.Null(waiting.OldSessions);
    }

    [Theory]
    [InlineData("k1", false, "which another key has")]
    [InlineData("k999", false, "does not list it")]
    [InlineData(null, true, "under another name")]
    public async Task A_new_key_that_nobody_could_find_again_is_refused_and_the_old_ones_stay(string? says, bool renames, string why)
    {
        (_server.Says, _server.Renames) = (says, renames);

        OpsException error = await Assert.ThrowsAsync<OpsException>(async () => await new ChangeRunner(_context).RunAsync(await PlanAsync(), default));

        Assert.Equal("ApiKeyAnswerUnknown", error.ErrorId);
        Assert.Contains(why, error.Message);
        Assert.DoesNotContain("sk_", error.Message + error.RecommendedAction);
        Assert.False(_server.Keys["k1"].IsRevoked || _server.Keys["k2"].IsRevoked);
        Assert.Equal(Old, InFile);
        // What it has made is found by its name, or its id, and revoked.
        Assert.Equal(2, _server.Keys.Values.Count(k => !k.IsRevoked));
    }

    [Fact]
    public async Task Keys_on_further_pages_are_revoked_too()
    {
        _server.IsPaged = true;
        ChangePlan plan = (await new ApiKeyPlanner(_context).PlanRevokeAsync("shop", new ApiKeyChoice(), null, default))!;

        await new ChangeRunner(_context).RunAsync(plan, default);

        Assert.All(_server.Keys.Values, k => Assert.True(k.IsRevoked));
        // The service's own one is among them, which is said.
        Assert.Contains(plan.Warnings, w => w.Contains("has in its places"));
    }

    [Fact]
    public async Task An_endpoint_that_answers_500_is_named_and_nothing_of_its_answer_is_shown()
    {
        _server.Refuses = true;

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => new ApiKeyPlanner(_context).PlanRevokeAsync("shop", new ApiKeyChoice(), null, default));

        Assert.Equal("ApiKeyRefused", error.ErrorId);
        Assert.Contains("500", error.Message);
        Assert.DoesNotContain("sk_", error.Message);
    }

    [Theory]
    [InlineData("""{ "data": [ { "id": 1 } ], "has_more": true }""")]
    [InlineData("""{ "data": [ { "id": 1 } ], "meta": { "next_cursor": "abc" } }""")]
    [InlineData("""{ "data": [ { "id": 1 } ], "total": 2 }""")]
    [InlineData("""{ "data": [ { "id": 1 } ], "links": { "next": { "href": "/keys?page=2" } } }""")]
    public void A_part_of_the_keys_is_not_taken_for_all(string said)
    {
        var answer = new KeyAnswer("the endpoint", new ApiKeyFields("key", "id", "name", "created", "revoked", "data"));

        OpsException error = Assert.Throws<OpsException>(() => answer.ReadList(said));

        Assert.Contains("there are more", error.Message);
        Assert.Single(answer.ReadList(said, isPage: true));
        Assert.Single(answer.ReadList("""{ "data": [ { "id": 1 } ], "has_more": false, "total": 1, "links": { "next": null }, "next": "" }"""));
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_new_key_whose_answer_was_lost_is_revoked_at_once_or_when_the_endpoint_is_there_again(bool goesAway)
    {
        ChangePlan plan = await new ApiKeyPlanner(_context).PlanNewAsync("shop", "acme", null, default);
        (_server.Ill, _server.GoesAway) = (502, goesAway);

        Assert.Equal("ApiKeyRefused", (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(_context).RunAsync(plan, default))).ErrorId);

        Assert.Equal(3, _server.Keys.Count);
        Assert.Equal(goesAway ? 3 : 2, _server.Keys.Values.Count(k => !k.IsRevoked));
        if (!goesAway)
        {
            Assert.Empty(_context.Journal.FindUnfinished());
            return;
        }
        // It stays open, so that nobody forgets it.
        JournalEntry open = _context.Journal.Find(Assert.Single(_context.Journal.FindUnfinished()).Id)!;
        _server.Refuses = false;
        await new ChangeRunner(_context).UndoAsync(open, default);
        Assert.Equal(2, _server.Keys.Values.Count(k => !k.IsRevoked));
        Assert.Empty(_context.Journal.FindUnfinished());
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
    public async Task All_are_revoked_and_one_that_was_revoked_or_is_gone_meanwhile_keeps_none_valid()
    {
        (_server.Keys["k3"], _server.Keys["k4"]) = (("third", "sk_third-key", false), ("fourth", "sk_fourth-key", false));
        ChangePlan plan = Assert.Single(await AllAsync());
        _server.Keys["k2"] = _server.Keys["k2"] with { IsRevoked = true };
        _server.Keys.Remove("k3");

        var result = Assert.IsType<KeyRevocationResult>((await new ChangeRunner(_context).RunAsync(plan, default))!.Value);

        Assert.All(_server.Keys.Values, k => Assert.True(k.IsRevoked));
        Assert.DoesNotContain("k2", result.Ids);
        Assert.Empty(await AllAsync());
    }

    private async Task<IReadOnlyList<ChangePlan>> AllAsync()
    {
        var plans = new List<ChangePlan>();
        await foreach (ChangePlan plan in new RevokeAllKeys(_context).PlanAsync(null, "a test", (_, e) => throw e, default)) plans.Add(plan);
        return plans;
    }

    private Task<ChangePlan> PlanAsync() => new RotationPlanner(_context).PlanAsync(["shop"], new RotationOptions(), default);
}
