using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Values;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Connections.Vaults;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Values;

/// <summary>Values that others make: what proves them, what does not, and who ends the old one.</summary>
public sealed class ValueSecretTests : IDisposable
{
    private readonly SecretLab _lab = new("");

    public void Dispose() => _lab.Dispose();

    private ValueSecretDriver Driver(ValueProof? proof) => new(_lab.Context, new SecretEntry { Name = "value", Kind = SecretKind.Value, Proof = proof });

    private SentrySecretDriver Sentry(SentryServer server, string organization = "acme", string token = SentryServer.Token) => new(_lab.Context, new SecretEntry
    {
        Name = "dsn", Kind = SecretKind.Value, Proof = new ValueProof { Kind = "sentry" },
        Sentry = new SentryAdmin(server.Url, organization, "shop", SecretReference.Literal(token)!),
    });

    [Fact]
    public async Task A_DSN_is_proven_by_an_accepted_envelope_and_by_nothing_else()
    {
        await using var server = new SentryServer();
        ValueSecretDriver driver = Driver(new ValueProof { Kind = "sentry" });
        SecretMaterial right = new(server.Dsn("aaaa1111")), wrong = new(server.Dsn("cccc3333"));
        SecretSurvey survey = await driver.LookAsync(right, default);
        Assert.Contains("Client Keys", survey.DroppedByHand);
        Assert.Contains(survey.Warnings, w => w.Contains("relay"));
        SecretProof accepted = await driver.ProveAsync(right, default), refused = await driver.ProveRefusedAsync(wrong, default);
        Assert.True(accepted.IsProven && refused.IsProven, accepted.Words + refused.Words);
        Assert.Contains("client_report", server.Envelope);
        Assert.False((await driver.ProveAsync(wrong, default)).IsProven);
        Assert.False((await driver.ProveRefusedAsync(right, default)).IsProven);
        foreach (int status in (int[])[429, 503, 413, 302])
        {
            server.Ill = status;
            foreach (SecretProof nothing in (SecretProof[])[await driver.ProveAsync(right, default), await driver.ProveRefusedAsync(right, default)])
            {
                Assert.False(nothing.IsProven);
                Assert.Contains($"answers {status}", nothing.Words);
            }
        }
        Assert.Equal("SecretValueInvalid", (await Assert.ThrowsAsync<OpsException>(async () => await driver.SetAsync(await _lab.BeginAsync(), right, new SecretMaterial("no-dsn-7Kd"), default))).ErrorId);
        SecretProof away = await driver.ProveRefusedAsync(new SecretMaterial($"http://aaaa1111@127.0.0.1:{FreePorts.Take()}/42"), default);
        Assert.False(away.IsProven);
        Assert.DoesNotContain("aaaa1111", away.Words);
    }

    [Fact]
    public async Task Keys_of_Sentry_are_made_once_and_the_old_one_is_disabled_and_taken_back()
    {
        await using var server = new SentryServer();
        SentrySecretDriver driver = Sentry(server);
        SecretMaterial old = new(server.Dsn("aaaa1111"));
        SecretSurvey survey = await driver.LookAsync(old, default);
        Assert.Null(survey.DroppedByHand);
        Assert.Contains("acme/shop", survey.DropWords);
        ChangeRun run = await _lab.BeginAsync();
        // A run that was killed right after it had made the key makes no second one.
        SecretMaterial made = (await driver.CreateAsync(run, null, default))!;
        Assert.Equal(made, await driver.CreateAsync(await _lab.ContinueAsync(run), null, default));
        Assert.Equal(2, server.Keys.Count);
        Assert.Contains(server.Keys.Values, k => k.Name.Contains(run.Id));
        await driver.SetAsync(run, old, made, default);
        Assert.True((await driver.ProveAsync(made, default)).IsProven);

        await driver.DropAsync(run, old, made, default);
        await driver.DropAsync(run, old, made, default);
        Assert.True((await driver.ProveRefusedAsync(old, default)).IsProven);
        await driver.TakeBackAsync(run, old, made, default);
        Assert.True((await driver.ProveAsync(old, default)).IsProven);
        Assert.True((await driver.ProveRefusedAsync(made, default)).IsProven);
    }

    [Fact]
    public async Task An_API_that_refuses_is_named_with_what_it_needs()
    {
        await using var server = new SentryServer();
        OpsException denied = await Assert.ThrowsAsync<OpsException>(() => Sentry(server, token: "wrong-token-4Ws").LookAsync(null, default));
        Assert.Equal("SecretServerRefused", denied.ErrorId);
        Assert.Contains("project:write", denied.RecommendedAction);
        Assert.DoesNotContain("wrong-token", denied.Message + denied.RecommendedAction);
        Assert.Contains("org and project", (await Assert.ThrowsAsync<OpsException>(() => Sentry(server, "nobody").LookAsync(null, default))).RecommendedAction);
        Assert.Contains("answers 302", (await Assert.ThrowsAsync<OpsException>(() => Sentry(server, "moved").LookAsync(null, default))).Message);
    }

    [Fact]
    public async Task The_password_of_Grafana_is_set_with_the_one_of_now_and_taken_back()
    {
        await using var server = new GrafanaServer("first-pw-2Lm");
        ValueSecretDriver driver = Driver(new ValueProof { Kind = "grafana", Url = server.Url + "/grafana/" });
        SecretMaterial old = new("first-pw-2Lm"), pending = new("second-pw-9Cv");
        SecretSurvey survey = await driver.LookAsync(old, default);
        Assert.False(survey.Overlaps);
        Assert.NotNull(survey.Gap);
        Assert.Null(survey.DroppedByHand);
        Assert.Contains(survey.Warnings, w => w.Contains("GF_SECURITY_ADMIN_PASSWORD"));
        ChangeRun run = await _lab.BeginAsync();
        await driver.SetAsync(run, old, pending, default);
        Assert.Equal(0, server.Wrong);
        await driver.SetAsync(run, old, pending, default);
        Assert.Equal(pending.Value, server.Password);
        Assert.True((await driver.ProveAsync(pending, default)).IsProven);
        Assert.True((await driver.ProveRefusedAsync(old, default)).IsProven);
        await driver.TakeBackAsync(run, old, pending, default);
        Assert.Equal(old.Value, server.Password);
        OpsException lost = await Assert.ThrowsAsync<OpsException>(() => driver.SetAsync(run, new SecretMaterial("third-pw"), pending, default));
        Assert.Equal("SecretValueUnknown", lost.ErrorId);
        Assert.DoesNotContain(server.Asked, a => a.Split("\r\n")[0].Contains("pw"));
        Assert.Equal("SecretValueUnknown", (await Assert.ThrowsAsync<OpsException>(() => driver.LookAsync(null, default))).ErrorId);
    }

    [Fact]
    public async Task A_declared_header_proves_a_value_and_redirects_are_not_followed()
    {
        await using var server = new HeaderServer();
        ValueSecretDriver driver = Driver(new ValueProof { Kind = "http", Url = server.Url + "/me", Header = "Authorization: Bearer {value}" });
        Assert.True((await driver.ProveAsync(new SecretMaterial("right"), default)).IsProven);
        Assert.True((await driver.ProveRefusedAsync(new SecretMaterial("wrong"), default)).IsProven);
        foreach (string other in (string[])["moved", "missing"]) Assert.False((await driver.ProveRefusedAsync(new SecretMaterial(other), default)).IsProven);
        Assert.Contains("not followed", (await driver.ProveAsync(new SecretMaterial("moved"), default)).Words);
        Assert.Equal("SecretValueInvalid", (await Assert.ThrowsAsync<OpsException>(() => driver.ProveAsync(new SecretMaterial("two\nlines"), default))).ErrorId);
        ValueSecretDriver clear = Driver(new ValueProof { Kind = "http", Url = "http://api.example.net/me", Header = "X-Key: {value}" });
        Assert.Equal("CredentialsInClear", (await Assert.ThrowsAsync<OpsException>(() => clear.ProveAsync(new SecretMaterial("right"), default))).ErrorId);
        foreach (ValueProof incomplete in (ValueProof[])[new() { Kind = "http", Url = server.Url }, new() { Kind = "grafana" }, new() { Kind = "s3", Store = "none" }, new() { Kind = "other" }])
            Assert.Equal("SecretProofIncomplete", Assert.Throws<OpsException>(() => Driver(incomplete)).ErrorId);
    }

    [Theory]
    [InlineData(200, "accepts everything, which proves nothing")]
    [InlineData(503, "was not seen, so that it proves nothing")]
    public async Task An_address_that_refuses_nobody_proves_nothing(int others, string words)
    {
        await using var server = new OpenServer(others);
        ValueProof[] proofs = [new() { Kind = "http", Url = server.Url + "/me", Header = "X-Key: {value}" }, new() { Kind = "sentry" }, new() { Kind = "grafana", Url = server.Url }];
        string[] values = ["sk_live_mistyped-1Qz", $"http://aaaa1111@127.0.0.1:{server.Port}/42", "mistyped-1Qz"];
        for (int i = 0; i < proofs.Length; i++)
        {
            server.First = null;
            SecretProof nothing = await Driver(proofs[i]).ProveAsync(new SecretMaterial(values[i]), default);
            Assert.False(nothing.IsProven, nothing.Words);
            Assert.False(nothing.IsFinal);
            Assert.Contains(words, nothing.Words);
            Assert.DoesNotContain("1Qz", nothing.Words);
        }
    }

    [Theory]
    [InlineData("sk_live_4fGh71Kx", "^sk_live_[0-9][a-z][A-Z][a-z][0-9]{2}[A-Z][a-z]$")]
    [InlineData("0123-abcd-0123-abcd", "^[0-9]{4}-[a-f]{4}-[0-9]{4}-[a-f]{4}$")]
    [InlineData("xoxb-12/ab+C=", "^[a-z]{4}-[0-9]{2}/[a-z]{2}[+][A-Z]=$")]
    public void What_nobody_has_looks_like_what_is_asked_for(string value, string form)
    {
        string made = NobodysValue.Like(value);
        Assert.Matches(form, made);
        Assert.NotEqual(value, made);
        Assert.NotEqual("----", NobodysValue.Like("----"));
    }

    [Fact]
    public async Task A_Grafana_that_is_asked_too_often_does_not_make_passwords_wrong_and_proofs_lock_nobody_out()
    {
        await using var server = new GrafanaServer("first-pw-2Lm");
        ValueSecretDriver driver = Driver(new ValueProof { Kind = "grafana", Url = server.Url + "/grafana/" });
        SecretMaterial old = new("first-pw-2Lm"), pending = new("second-pw-9Cv");
        for (int i = 0; i < 6; i++) Assert.True((await driver.ProveAsync(old, default)).IsProven);
        Assert.Equal(0, server.Wrong);
        foreach (int status in (int[])[429, 502])
        {
            server.Ill = status;
            OpsException untold = await Assert.ThrowsAsync<OpsException>(async () => await driver.SetAsync(await _lab.BeginAsync(), old, pending, default));
            Assert.Equal("SecretServerUnreachable", untold.ErrorId);
            Assert.Contains($"answers {status}", untold.Message);
        }
    }

    [Fact]
    public async Task Without_a_proof_it_is_said_that_nothing_is_proven()
    {
        SecretProof nothing = await Driver(null).ProveAsync(new SecretMaterial("x"), default);
        Assert.Equal((false, true), (nothing.IsProven, nothing.IsFinal));
        Assert.NotEmpty((await Driver(null).LookAsync(null, default)).Warnings);
        Assert.Null(await Driver(null).CountOldAsync(new SecretMaterial("x"), new SecretMaterial("y"), default));
    }

    /// <summary>A small server of the tests that says it is an API with bearer tokens.</summary>
    private sealed class HeaderServer : HttpStub
    {
        protected override (int Status, string Body, string Headers) Answer(StubRequest request) => request.Header("Authorization") switch
        {
            "Bearer right" => (200, "{}", ""),
            "Bearer moved" => (302, "", "Location: /elsewhere\r\n"),
            "Bearer missing" => (404, "", ""),
            _ => (401, "", ""),
        };
    }

    /// <summary>A small server of the tests that accepts the first value that it is asked for, and answers all others alike.</summary>
    private sealed class OpenServer(int others) : HttpStub
    {
        public string? First { get; set; }

        protected override (int Status, string Body, string Headers) Answer(StubRequest request)
        {
            string asked = request.Header("X-Key") + request.Header("X-Sentry-Auth") + request.Header("Authorization");
            return ((First ??= asked) == asked ? 200 : others, "{}", "");
        }
    }
}
