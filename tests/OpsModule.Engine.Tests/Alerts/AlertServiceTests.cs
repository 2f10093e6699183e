using System.Text.Json;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Outlets.Alerts;
using OpsModule.Engine.Signals;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Alerts;

public sealed class AlertServiceTests : IAsyncDisposable
{
    private readonly AlertLab _lab = new();
    private readonly WebServer _web = new();

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        _lab.Dispose();
    }

    [Fact]
    public async Task SlackGetsTextThatCannotBeTakenForMarkup()
    {
        OpsContext context = Context("chat: { slack: HOOK }");
        string long_ = new string('x', 2990) + "😀😀😀😀😀😀";
        Assert.Equal("chat:Delivered", await AlertLab.SendAsync(context, AlertLab.Bad("<!channel> & <http://evil|home>", message: "a < b && c > d\n" + long_)));
        using JsonDocument sent = Sent();
        string title = sent.RootElement.GetProperty("text").GetString()!;
        Assert.Equal("[CRITICAL] lab: &lt;!channel&gt; &amp; &lt;http://evil|home&gt; is bad", title);
        JsonElement attachment = sent.RootElement.GetProperty("attachments")[0];
        Assert.Equal("danger", attachment.GetProperty("color").GetString());
        string text = attachment.GetProperty("text").GetString()!;
        Assert.StartsWith("a &lt; b &amp;&amp; c &gt; d\nxxx", text);
        Assert.EndsWith("...", text);
        Assert.DoesNotContain('\ufffd', text);
        Assert.Equal("Target", attachment.GetProperty("fields")[2].GetProperty("title").GetString());
    }

    [Fact]
    public async Task AWebhookGetsTheDocumentedJsonWithItsHeaders()
    {
        _lab.Folder.Write("token.secret", AlertLab.Secret);
        OpsContext context = Context("pager: { webhook: HOOK, bearer: \"file:token.secret\", headers: { X-Team: \"file:token.secret\" } }");
        Assert.Equal("pager:Delivered", await AlertLab.SendAsync(context, AlertLab.Bad()));
        string request = Assert.Single(_web.Requests);
        Assert.Contains($"Authorization: Bearer {AlertLab.Secret}", request);
        Assert.Contains($"X-Team: {AlertLab.Secret}", request);
        using JsonDocument sent = Sent();
        Assert.Equal(["version", "key", "environment", "kind", "source", "target", "severity", "state", "title", "message", "remedy", "fields", "time", "folded"],
            sent.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.Equal(("lab", "health", "critical", "firing", "2026-11-21T03:00:00.000Z"), (Text("environment"), Text("kind"), Text("severity"), Text("state"), Text("time")));

        string Text(string name) => sent.RootElement.GetProperty(name).GetString()!;
    }

    [Fact]
    public async Task WhatFollowsFromSomethingElseThatIsToldIsNotToldBesideIt()
    {
        OpsContext context = Context("pager: { slack: HOOK }");
        Alert follows = AlertLab.Bad() with { FollowsFrom = "service.state of db" };
        Assert.Equal("pager:Skipped", await AlertLab.SendAsync(context, follows));
        Assert.Empty(_web.Requests);
        Assert.Equal("pager:Delivered", await AlertLab.SendAsync(context, follows with { FollowsFrom = null }));
    }

    [Fact]
    public async Task RepeatsAreFoldedAcrossProcessesAndTheNextOneSaysHowMany()
    {
        Assert.Equal("pager:Delivered", await AlertLab.SendAsync(Pager(), AlertLab.Bad()));
        Assert.Equal("pager:Folded", await AlertLab.SendAsync(Pager(), AlertLab.Bad(message: "fuller")));
        Assert.Equal("pager:Folded", await AlertLab.SendAsync(Pager(), AlertLab.Bad()));
        Assert.Equal("pager:Delivered", await AlertLab.SendAsync(Pager(), AlertLab.Bad("disk /var")));
        _lab.Clock.Now += TimeSpan.FromHours(4);
        Assert.Equal("pager:Delivered", await AlertLab.SendAsync(Pager(), AlertLab.Bad()));
        Assert.Equal([0, 0, 2], Bodies().Select(b => b.GetProperty("folded").GetInt32()));
    }

    [Fact]
    public async Task AnotherSeverityIsNewsAndSoIsItsReturn()
    {
        AlertSeverity[] course = [AlertSeverity.Warning, AlertSeverity.Critical, AlertSeverity.Critical, AlertSeverity.Warning, AlertSeverity.Critical];
        var outcomes = new List<string>();
        foreach (AlertSeverity severity in course) outcomes.Add(await AlertLab.SendAsync(Pager(), AlertLab.Bad(severity: severity)));
        Assert.Equal(["pager:Delivered", "pager:Delivered", "pager:Folded", "pager:Delivered", "pager:Delivered"], outcomes);
    }

    [Fact]
    public async Task ARecoveryIsToldOnceAndOnlyToThoseWhoHeardOfTheTrouble()
    {
        OpsContext context = Context("pager: { webhook: HOOK }\n    loud: { webhook: HOOK, success: true, minimum: critical }");
        Assert.Equal("loud:Delivered", await AlertLab.SendAsync(context, AlertLab.Well()));
        Assert.Equal("pager:Delivered loud:Skipped", await AlertLab.SendAsync(context, AlertLab.Bad(severity: AlertSeverity.Warning)));
        Assert.Equal("pager:Folded loud:Skipped", await AlertLab.SendAsync(context, AlertLab.Bad(severity: AlertSeverity.Warning)));
        Assert.Equal("pager:Delivered loud:Delivered", await AlertLab.SendAsync(context, AlertLab.Well()));
        Assert.Equal("loud:Delivered", await AlertLab.SendAsync(context, AlertLab.Well()));
        Assert.Equal(["firing", "ok", "ok", "ok", "resolved"], Bodies().Select(b => b.GetProperty("state").GetString()).Order());
    }

    [Fact]
    public async Task WhatAReceiverDidNotTakeIsNotFolded()
    {
        _web.First.Enqueue(("404 Not Found", ""));
        Assert.Equal("pager:Failed", await AlertLab.SendAsync(Pager(), AlertLab.Bad()));
        Assert.Equal("pager:Delivered", await AlertLab.SendAsync(Pager(), AlertLab.Bad()));
        _web.First.Enqueue(("404 Not Found", ""));
        Assert.Equal("pager:Failed", await AlertLab.SendAsync(Pager(), AlertLab.Well()));
        Assert.Equal("pager:Delivered", await AlertLab.SendAsync(Pager(), AlertLab.Well()));
        Assert.Equal("", await AlertLab.SendAsync(Pager(), AlertLab.Well()));
    }

    [Fact]
    public async Task ReceiversHearOnlyWhatTheyWantUnlessTheyAreNamed()
    {
        OpsContext context = Context("night: { webhook: HOOK, minimum: critical, events: [ backup ] }");
        Assert.Equal("night:Skipped", await AlertLab.SendAsync(context, AlertLab.Bad()));
        Assert.Equal("night:Skipped", await AlertLab.SendAsync(context, AlertLab.Bad(severity: AlertSeverity.Warning) with { Kind = AlertKind.Backup }));
        Assert.Equal("night:Delivered", await AlertLab.SendAsync(context, AlertLab.Bad() with { Kind = AlertKind.Backup }));
        Assert.Equal("night:Delivered", await AlertLab.SendAsync(context, AlertLab.Bad("other", AlertSeverity.Information), "night"));
        OpsException unknown = await Assert.ThrowsAsync<OpsException>(() => AlertLab.SendAsync(context, AlertLab.Bad(), "nihgt"));
        Assert.Contains("Did you mean 'night'?", unknown.Message);
    }

    [Theory]
    [InlineData("429 Too Many Requests", "Retry-After: 0\r\n", "Delivered", 2)]
    [InlineData("503 Service Unavailable", "", "Delivered", 2)]
    [InlineData("429 Too Many Requests", "Retry-After: 3600\r\n", "Failed", 1)]
    [InlineData("400 Bad Request", "", "Failed", 1)]
    public async Task WhatIsBusyIsAskedASecondTimeWhenThereIsTimeForIt(string status, string headers, string outcome, int requests)
    {
        _web.First.Enqueue((status, headers));
        Assert.Equal("pager:" + outcome, await AlertLab.SendAsync(Pager(), AlertLab.Bad()));
        Assert.Equal(requests, _web.Requests.Count);
    }

    [Theory]
    [InlineData("/never", "no answer in 1 s")]
    [InlineData("/bad", "it answers 503, twice")]
    [InlineData("/elsewhere", "it answers 307 and wants it elsewhere, which is not followed")]
    [InlineData("/nowhere", "it answers 404")]
    public async Task AReceiverThatDoesNotTakeItIsReportedWithoutTheSecretPartOfItsUrl(string path, string why)
    {
        OpsContext context = _lab.Context($"alerts:\n  receivers:\n    pager: {{ webhook: {_lab.Hook("hook", _web.Url(path).Replace("//", $"//ops:{AlertLab.Secret}@"))}, timeout: {(path == "/never" ? 1 : 30)}s }}");
        AlertDelivery delivery = Assert.Single(await new AlertService(context).SendAsync(AlertLab.Bad(), null, default));
        Assert.Equal((DeliveryOutcome.Failed, why), (delivery.Outcome, delivery.Message));
        Assert.Contains("Authorization: Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("ops:" + AlertLab.Secret)), _web.Requests.First());
    }

    [Fact]
    public async Task OneThatIsNotThereDoesNotKeepTheOthersFromHearing()
    {
        OpsContext context = _lab.Context($"alerts:\n  receivers:\n    gone: {{ webhook: {_lab.Hook("gone", "http://127.0.0.1:1/" + AlertLab.Secret)} }}\n    hangs: {{ webhook: {_lab.Hook("hangs", _web.Url("/never"))}, timeout: 1s }}\n"
            + $"    lost: {{ webhook: \"env:OPSMODULE_NEVER_SET\" }}\n    good: {{ webhook: {_lab.Hook("good", _web.Url("/ok"))} }}");
        IReadOnlyList<AlertDelivery> deliveries = await new AlertService(context).SendAsync(AlertLab.Bad(), null, default);
        Assert.Equal(["gone: Failed: the connection is refused, nothing listens there", "hangs: Failed: no answer in 1 s",
            "lost: Failed: The secret env:OPSMODULE_NEVER_SET cannot be read: the environment variable is not set", $"good: Delivered: firing, to webhook at 127.0.0.1:{_web.Port}"], deliveries.Select(d => d.ToString()));
    }

    [Fact]
    public async Task ATokenDoesNotGoOverTheNetworkInClear()
    {
        OpsContext context = _lab.Context($"alerts:\n  receivers:\n    pager: {{ webhook: {_lab.Hook("hook", "http://192.0.2.1/x")}, bearer: \"file:hook.secret\" }}");
        Assert.Equal("a password or token would go to 192.0.2.1 without TLS", Assert.Single(await new AlertService(context).SendAsync(AlertLab.Bad(), null, default)).Message);
    }

    [Fact]
    public async Task AStateFolderThatCannotBeUsedCostsTheFoldingAndNoAlert()
    {
        OpsContext context = Pager();
        _lab.Folder.Write(".ops", "a file where the folder should be");
        Assert.Equal("pager:Delivered", await AlertLab.SendAsync(context, AlertLab.Bad()));
        Assert.Contains(_lab.Reporter.Warnings, w => w.StartsWith("Repeats of alerts cannot be folded", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ManyAtOnceTellItOnceAndADamagedMemoryIsForgotten()
    {
        _lab.Folder.Write(".ops/alerts.json", "{ half");
        OpsContext[] processes = [.. Enumerable.Range(0, 8).Select(_ => Pager())];
        string[] outcomes = await Task.WhenAll(processes.Select(p => Task.Run(() => AlertLab.SendAsync(p, AlertLab.Bad()))));
        Assert.Equal(1, outcomes.Count(o => o == "pager:Delivered"));
        Assert.Equal(7, outcomes.Count(o => o == "pager:Folded"));
    }

    [Fact]
    public async Task AVerdictOfAnyKindIsAnAlert()
    {
        Alert alert = AlertMapping.Of(HealthSummary.Failed("no file: ops.yaml"))!;
        Assert.Equal(("health summary", AlertState.Firing, AlertSeverity.Critical), (alert.Source, alert.State, alert.Severity));
        Assert.Null(AlertMapping.Of("a text"));
        Assert.Equal("pager:Delivered", await AlertLab.SendAsync(Pager(), alert));
    }

    private OpsContext Pager() => Context("pager: { webhook: HOOK }");

    private OpsContext Context(string receivers) => _lab.Context("alerts:\n  receivers:\n    " + receivers.Replace("HOOK", _lab.Hook("hook", _web.Url("/ok"))));

    private JsonDocument Sent() => JsonDocument.Parse(_web.Requests.Last().Split("\r\n\r\n", 2)[1]);

    private IEnumerable<JsonElement> Bodies() => _web.Requests.Select(r => JsonDocument.Parse(r.Split("\r\n\r\n", 2)[1]).RootElement);
}
