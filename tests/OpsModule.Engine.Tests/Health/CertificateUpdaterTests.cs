using System.Diagnostics;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Health.Changing;
using OpsModule.Engine.Areas.Health.Renewal;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Health;

/// <summary>Real renewals: certbot asks a real authority, a real nginx serves what it got.</summary>
[Collection(AcmeCollection.Name)]
public sealed class CertificateUpdaterTests : IAsyncLifetime
{
    private static readonly CertificateUpdateRequest Renew = new() { Force = true, Timeout = TimeSpan.FromSeconds(20) }, Look = new() { Within = TimeSpan.FromDays(1), Timeout = TimeSpan.FromSeconds(20) };

    private readonly AcmeFixture _acme;
    private readonly HealthLab _lab = new();
    private readonly int _port = FreePorts.Take();
    private readonly string _name = "s" + Guid.NewGuid().ToString("N")[..8] + ".example.net";
    private Process? _nginx;

    public CertificateUpdaterTests(AcmeFixture acme) => _acme = acme;

    private string Certbot => _lab.Folder["certbot"];

    private string Live(string file) => Path.Combine(Certbot, "live", _name, file);

    private string Nginx => _lab.Folder["nginx.conf"];

    public async Task InitializeAsync()
    {
        await _acme.IssueAsync(Certbot, _name);
        _nginx = _acme.StartNginx(Nginx, $"server {{ listen 127.0.0.1:{_port} ssl; ssl_certificate {Live("fullchain.pem")}; ssl_certificate_key {Live("privkey.pem")}; return 200 well; }}");
        await AcmeFixture.UntilAsync(async () => await ServedAsync());
    }

    public async Task DisposeAsync()
    {
        if (_nginx is { HasExited: false }) _nginx.Kill(entireProcessTree: true);
        if (_nginx is not null) await _nginx.WaitForExitAsync();
        _lab.Dispose();
    }

    /// <summary>The environment file's section; what follows is put in its place or added.</summary>
    private string Text(string? reload = null, string? test = null, string more = "") => $"""
        certificates:
          shop:
            endpoint: "127.0.0.1:{_port}"
            certbot: {_name}
            config: {Certbot}
            work: {Certbot}/work
            logs: {Certbot}/logs
            test: {test ?? $"[nginx, -t, -c, \"{Nginx}\"]"}
            reload: {reload ?? $"[nginx, -s, reload, -c, \"{Nginx}\"]"}
        {more}
        """;

    private static async Task<ChangePlan?> PlanAsync(OpsContext context, CertificateUpdateRequest request) =>
        (await new CertificatePlanner(context, context.Environment.Certificates["shop"]).PlanAsync(request, default)).Plan;

    private static async Task<CertificateUpdate> UpdateAsync(OpsContext context, CertificateUpdateRequest request) =>
        (CertificateUpdate)(await new ChangeRunner(context).RunAsync((await PlanAsync(context, request))!, default))!.Value!;

    private static Task<CertificateUpdate> TryAsync(OpsContext context) => new CertificatePlanner(context, context.Environment.Certificates["shop"]).TryAsync(default);

    private static Task<OpsException> FailAsync(OpsContext context, CertificateUpdateRequest request) => Assert.ThrowsAsync<OpsException>(() => UpdateAsync(context, request));

    private static JournalEntry Last(OpsContext context) => new Journal(context.Environment, context.Time).Find(new JournalQuery { Last = 1 }, out _)[0];

    private async Task<string> ServedAsync() => (await new CertificateReader(TimeProvider.System).ReadEndpointAsync($"127.0.0.1:{_port}", TimeSpan.FromSeconds(20), default)).Sha256;

    private string InFile() => new CertificateReader(TimeProvider.System).ReadFile(Live("fullchain.pem"))[0].Sha256;

    private static string[] Kept(OpsContext context) => Directory.Exists(Path.Combine(context.Environment.StateDirectory, "certificates", "shop")) ? Directory.GetDirectories(Path.Combine(context.Environment.StateDirectory, "certificates", "shop")) : [];

    [Fact]
    public async Task A_renewal_is_served_and_proved_and_can_be_taken_back()
    {
        OpsContext context = _lab.Context(Text());
        string old = await ServedAsync();
        Assert.Null(await PlanAsync(context, Look));
        ChangePlan plan = (await PlanAsync(context, Renew))!;
        Assert.Equal(("certificate.update", "certificate/shop", old), (plan.Kind, plan.Target, plan.Identities[0].Value));
        Assert.False(Directory.Exists(context.Environment.StateDirectory));

        CertificateUpdate done = await UpdateAsync(context, Renew);
        Assert.Equal((CertificateOutcome.Renewed, old), (done.Outcome, done.Replaced));
        Assert.NotEqual(old, done.Sha256);
        Assert.Equal([done.Sha256, done.Sha256], [await ServedAsync(), InFile()]);
        foreach (string file in Directory.GetFiles(done.Kept!)) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        JournalEntry entry = Assert.Single(new Journal(context.Environment, context.Time).Find(new JournalQuery(), out _));
        Assert.Equal(["check", "keep", "renew", "test", "reload", "prove"], entry.Steps.Select(s => s.Name).Where(n => !n.EndsWith("-done", StringComparison.Ordinal)));
        Assert.Equal(plan.Steps.Select(s => s.Name), entry.Steps.Select(s => s.Name).Where(n => !n.EndsWith("-done", StringComparison.Ordinal)));
        Assert.Null(await PlanAsync(context, Look));
        // What was planned for is not there any more.
        OpsException moved = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(context).RunAsync(plan, default));
        Assert.Equal("DriftDetected", moved.ErrorId);
        Assert.Contains($"fullchain.pem was {old} and is {done.Sha256}", moved.Message);

        var back = (CertificateUpdate)(await new ChangeRunner(context).UndoAsync(entry, default)).Value!;
        Assert.Equal((CertificateOutcome.PutBack, old, done.Sha256), (back.Outcome, back.Sha256, back.Replaced));
        Assert.Equal([old, old], [await ServedAsync(), InFile()]);
        Assert.Empty(Kept(context));
        // certbot still knows its way from there.
        Assert.Equal(CertificateOutcome.Renewed, (await UpdateAsync(context, Renew)).Outcome);
    }

    [Fact]
    public async Task A_renewal_is_not_taken_back_over_a_later_one()
    {
        OpsContext context = _lab.Context(Text());
        await UpdateAsync(context, Renew);
        JournalEntry first = Last(context);
        await UpdateAsync(context, Renew);
        JournalEntry second = Last(context);
        string served = await ServedAsync();
        var runner = new ChangeRunner(context);
        Assert.Contains("A later renewal of shop", (await Assert.ThrowsAsync<OpsException>(() => runner.UndoAsync(first, default))).Message);
        await _acme.IssueAgainAsync(Certbot, _name);
        Assert.Contains("somebody has renewed it since", (await Assert.ThrowsAsync<OpsException>(() => runner.UndoAsync(second, default))).Message);
        Assert.Equal(served, await ServedAsync());
    }

    /// <summary>A run of the version that made no plans, which was killed after it had renewed.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_update_of_the_earlier_version_is_brought_to_its_end_or_taken_back(bool resume)
    {
        OpsContext context = _lab.Context(Text());
        string old = await ServedAsync(), folder = KeptFiles.NewFolder(context, context.Environment.Certificates["shop"]);
        await using (IJournaledChange change = await context.Journal.BeginAsync("Update-OpsCertificate", "certificate/shop",
            new Dictionary<string, string> { ["asked"] = "update", ["endpoint"] = $"127.0.0.1:{_port}", ["file"] = Live("fullchain.pem") }))
        {
            KeptFiles.Keep(folder, context.Environment.Certificates["shop"]);
            await change.StepAsync("kept", new Dictionary<string, string> { ["kept"] = folder, ["old"] = old });
            await _acme.IssueAgainAsync(Certbot, _name);
            await change.StepAsync("renewed", new Dictionary<string, string> { ["new"] = InFile() });
        }
        string renewed = InFile();
        // The next update tells of it.
        Assert.Contains(Last(context).Id, Assert.Single((await PlanAsync(context, Look))!.Warnings));

        var runner = new ChangeRunner(context);
        if (resume) await runner.ResumeAsync(Last(context), default);
        else await runner.UndoAsync(Last(context), default);

        string expected = resume ? renewed : old;
        Assert.Equal((expected, expected), (await ServedAsync(), InFile()));
        Assert.Empty(context.Journal.FindUnfinished());
        // One that has ended is taken back as well.
        if (!resume) return;
        await runner.UndoAsync(Last(context), default);
        Assert.Equal([old, old], [await ServedAsync(), InFile()]);
    }

    [Fact]
    public async Task What_was_renewed_and_never_loaded_is_found_and_only_loaded()
    {
        string more = $"    ca: {_acme.Root}\n";
        Assert.Equal(HealthStatus.Healthy, (await _lab.OneAsync(Text(more: more), "certificate.served")).Status);
        string old = await ServedAsync();
        await _acme.IssueAgainAsync(Certbot, _name);
        Assert.NotEqual(old, InFile());

        List<HealthResult> results = await _lab.RunAsync(Text(more: more), ["certificate"]);
        HealthResult served = results.Single(r => r.Check == "certificate.served");
        Assert.Equal((HealthStatus.Unhealthy, $"127.0.0.1:{_port}"), (served.Status, served.Target));
        Assert.Contains("Update-OpsCertificate shop", served.Remedy);
        // The name is another one than the address that was asked.
        Assert.Contains(_name, results.Single(r => r.Check == "certificate.valid").Message);
        Assert.Equal(HealthStatus.Healthy, results.Single(r => r.Check == "certificate.left").Status);

        OpsContext context = _lab.Context(Text());
        Assert.DoesNotContain((await PlanAsync(context, Look))!.Steps, s => s.Name == "renew");
        Assert.Equal(CertificateOutcome.Reloaded, (await UpdateAsync(context, Look)).Outcome);
        Assert.Empty(Kept(context));
        Assert.Equal(InFile(), await ServedAsync());
        Assert.Equal(HealthStatus.Healthy, (await _lab.OneAsync(Text(), "certificate.served")).Status);
    }

    [Fact]
    public async Task Another_chain_than_the_files_is_found()
    {
        AcmeFixture.WriteNginx(Nginx, $"server {{ listen 127.0.0.1:{_port} ssl; ssl_certificate {Live("cert.pem")}; ssl_certificate_key {Live("privkey.pem")}; return 200 well; }}");
        OpsContext context = _lab.Context(Text());
        OpsException error = await FailAsync(context, Renew with { Timeout = TimeSpan.FromSeconds(1) });
        Assert.Equal("CertificateNotServed", error.ErrorId);
        Assert.Contains("with another chain", error.Message);
        HealthResult served = await _lab.OneAsync(Text(), "certificate.served");
        Assert.Equal(HealthStatus.Degraded, served.Status);
        Assert.Contains("1 of the file is missing", served.Message);
    }

    [Fact]
    public async Task A_server_that_did_not_load_it_is_told_of_and_the_good_file_stays()
    {
        OpsContext context = _lab.Context(Text(reload: "[\"true\"]"));
        string old = await ServedAsync();
        OpsException error = await FailAsync(context, Renew with { Timeout = TimeSpan.FromSeconds(1) });
        Assert.Equal("CertificateNotServed", error.ErrorId);
        Assert.Equal(old, await ServedAsync());
        Assert.NotEqual(old, InFile());
        Assert.Single(Kept(context));
        Assert.Equal(JournalOutcome.Failed, Assert.Single(new Journal(context.Environment, context.Time).Find(new JournalQuery(), out _)).Outcome);
        JournalEntry failed = Last(context);
        // Once that is mended, no second certificate is asked for.
        string renewed = InFile();
        context = _lab.Context(Text());
        Assert.Equal(CertificateOutcome.Reloaded, (await UpdateAsync(context, Look)).Outcome);
        Assert.Equal([renewed, renewed], [InFile(), await ServedAsync()]);
        // It has failed, and what it left can be taken back.
        await new ChangeRunner(context).UndoAsync(failed, default);
        Assert.Equal([old, old], [InFile(), await ServedAsync()]);
    }

    [Fact]
    public async Task Files_that_the_server_refuses_are_taken_back()
    {
        string old = await ServedAsync(), script = _lab.Folder.Write("test.sh", $"cmp -s {Live("cert.pem")} {_lab.Folder["first.pem"]} || {{ echo 'it does not like that' >&2; exit 1; }}");
        File.Copy(Live("cert.pem"), _lab.Folder["first.pem"]);
        OpsContext context = _lab.Context(Text(test: $"[sh, \"{script}\"]"));
        OpsException error = await FailAsync(context, Renew);
        Assert.Equal("WebServerTestFailed", error.ErrorId);
        Assert.Contains("it does not like that", error.Message);
        Assert.Contains("The old files were put back and are served.", error.Message);
        Assert.Equal([old, old], [await ServedAsync(), InFile()]);
    }

    [Fact]
    public async Task A_reload_that_ends_the_server_is_taken_back_as_far_as_can_be()
    {
        OpsContext context = _lab.Context(Text(reload: $"[nginx, -s, stop, -c, \"{Nginx}\"]"));
        string old = InFile();
        OpsException error = await FailAsync(context, Renew with { Timeout = TimeSpan.FromSeconds(1) });
        Assert.Equal("CertificateNotServed", error.ErrorId);
        Assert.Contains("Going back failed, too", error.Message);
        Assert.Equal(old, InFile());
    }

    [Fact]
    public async Task Nothing_is_touched_when_the_server_is_ill_already_or_certbot_cannot()
    {
        string old = InFile();
        OpsException ill = await FailAsync(_lab.Context(Text(test: "[\"false\"]")), Renew);
        Assert.Equal("WebServerTestFailed", ill.ErrorId);
        _lab.Folder.Write("file", "");
        OpsContext context = _lab.Context(Text().Replace($"logs: {Certbot}/logs", $"logs: {_lab.Folder["file"]}/logs"));
        OpsException failed = await FailAsync(context, Renew);
        Assert.Equal("CertbotFailed", failed.ErrorId);
        Assert.Empty(Kept(context));
        Assert.Equal([old, old], [InFile(), await ServedAsync()]);
        Assert.Equal("No file had been replaced", (await new ChangeRunner(context).UndoAsync(Last(context), default)).Summary);
    }

    [Fact]
    public async Task What_certbot_does_not_know_is_said_when_it_is_planned()
    {
        OpsContext context = _lab.Context(Text().Replace($"certbot: {_name}", $"certbot: nobody\n    file: {Live("fullchain.pem")}"));
        OpsException unknown = await Assert.ThrowsAsync<OpsException>(() => PlanAsync(context, Renew));
        Assert.Equal("LineageNotFound", unknown.ErrorId);
        Assert.Contains("certbot certonly", unknown.RecommendedAction);
        // Loading what the file holds needs no certbot.
        Assert.Null(await PlanAsync(context, Look));
    }

    [Fact]
    public async Task A_trial_keeps_nothing()
    {
        string old = InFile();
        Assert.Equal(CertificateOutcome.Tried, (await TryAsync(_lab.Context(Text()))).Outcome);
        Assert.Equal([old, old], [InFile(), await ServedAsync()]);
    }
}
