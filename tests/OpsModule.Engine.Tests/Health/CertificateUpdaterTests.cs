using System.Diagnostics;
using OpsModule.Engine.Areas.Health;
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
    private readonly int _port = PostgresFixture.FreePort();
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

    private CertificateUpdater Updater(OpsContext context) => new(context, context.Environment.Certificates["shop"]);

    private async Task<string> ServedAsync() => (await new CertificateReader(TimeProvider.System).ReadEndpointAsync($"127.0.0.1:{_port}", TimeSpan.FromSeconds(20), default)).Sha256;

    private string InFile() => new CertificateReader(TimeProvider.System).ReadFile(Live("fullchain.pem"))[0].Sha256;

    private static string[] Kept(OpsContext context) => Directory.Exists(Path.Combine(context.Environment.StateDirectory, "certificates", "shop")) ? Directory.GetDirectories(Path.Combine(context.Environment.StateDirectory, "certificates", "shop")) : [];

    [Fact]
    public async Task A_renewal_is_served_and_proved_and_can_be_taken_back()
    {
        OpsContext context = _lab.Context(Text());
        CertificateUpdater updater = Updater(context);
        string old = await ServedAsync();
        Assert.Equal(CertificateOutcome.NotDue, (await updater.PlanAsync(Look, default)).Outcome);
        CertificateUpdate plan = await updater.PlanAsync(Renew, default);
        Assert.Equal((CertificateOutcome.WouldRenew, old), (plan.Outcome, plan.Sha256));
        Assert.False(Directory.Exists(context.Environment.StateDirectory));

        CertificateUpdate done = await updater.RunAsync(Renew, default);
        Assert.Equal((CertificateOutcome.Renewed, old), (done.Outcome, done.Replaced));
        Assert.NotEqual(old, done.Sha256);
        Assert.Equal([done.Sha256, done.Sha256], [await ServedAsync(), InFile()]);
        foreach (string file in Directory.GetFiles(done.Kept!)) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        JournalEntry entry = Assert.Single(new Journal(context.Environment, context.Time).Find(new JournalQuery(), out _));
        Assert.Equal(["kept", "renewed", "tested", "reloaded", "proved"], entry.Steps.Select(s => s.Name));
        Assert.Equal(CertificateOutcome.NotDue, (await updater.PlanAsync(Look, default)).Outcome);

        CertificateUpdate back = await updater.UndoAsync(Look, default);
        Assert.Equal((CertificateOutcome.PutBack, old, done.Sha256), (back.Outcome, back.Sha256, back.Replaced));
        Assert.Equal([old, old], [await ServedAsync(), InFile()]);
        // certbot still knows its way from there.
        Assert.Equal(CertificateOutcome.Renewed, (await updater.RunAsync(Renew, default)).Outcome);
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
        Assert.Equal(CertificateOutcome.WouldReload, (await Updater(context).PlanAsync(Look, default)).Outcome);
        Assert.Equal(CertificateOutcome.Reloaded, (await Updater(context).RunAsync(Look, default)).Outcome);
        Assert.Empty(Kept(context));
        Assert.Equal(InFile(), await ServedAsync());
        Assert.Equal(HealthStatus.Healthy, (await _lab.OneAsync(Text(), "certificate.served")).Status);
    }

    [Fact]
    public async Task Another_chain_than_the_files_is_found()
    {
        AcmeFixture.WriteNginx(Nginx, $"server {{ listen 127.0.0.1:{_port} ssl; ssl_certificate {Live("cert.pem")}; ssl_certificate_key {Live("privkey.pem")}; return 200 well; }}");
        OpsContext context = _lab.Context(Text());
        var error = await Assert.ThrowsAsync<OpsException>(() => Updater(context).RunAsync(Renew with { Timeout = TimeSpan.FromSeconds(1) }, default));
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
        var error = await Assert.ThrowsAsync<OpsException>(() => Updater(context).RunAsync(Renew with { Timeout = TimeSpan.FromSeconds(1) }, default));
        Assert.Equal("CertificateNotServed", error.ErrorId);
        Assert.Equal(old, await ServedAsync());
        Assert.NotEqual(old, InFile());
        Assert.Single(Kept(context));
        Assert.Equal(JournalOutcome.Failed, Assert.Single(new Journal(context.Environment, context.Time).Find(new JournalQuery(), out _)).Outcome);
        // Once that is mended, no second certificate is asked for.
        string renewed = InFile();
        Assert.Equal(CertificateOutcome.Reloaded, (await Updater(_lab.Context(Text())).RunAsync(Look, default)).Outcome);
        Assert.Equal([renewed, renewed], [InFile(), await ServedAsync()]);
    }

    [Fact]
    public async Task Files_that_the_server_refuses_are_taken_back()
    {
        string old = await ServedAsync(), script = _lab.Folder.Write("test.sh", $"cmp -s {Live("cert.pem")} {_lab.Folder["first.pem"]} || {{ echo 'it does not like that' >&2; exit 1; }}");
        File.Copy(Live("cert.pem"), _lab.Folder["first.pem"]);
        OpsContext context = _lab.Context(Text(test: $"[sh, \"{script}\"]"));
        var error = await Assert.ThrowsAsync<OpsException>(() => Updater(context).RunAsync(Renew, default));
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
        var error = await Assert.ThrowsAsync<OpsException>(() => Updater(context).RunAsync(Renew with { Timeout = TimeSpan.FromSeconds(1) }, default));
        Assert.Equal("CertificateNotServed", error.ErrorId);
        Assert.Contains("Going back failed, too", error.Message);
        Assert.Equal(old, InFile());
    }

    [Fact]
    public async Task Nothing_is_touched_when_the_server_is_ill_already_or_certbot_cannot()
    {
        string old = InFile();
        var ill = await Assert.ThrowsAsync<OpsException>(() => Updater(_lab.Context(Text(test: "[\"false\"]"))).RunAsync(Renew, default));
        Assert.Equal("WebServerTestFailed", ill.ErrorId);
        _lab.Folder.Write("file", "");
        OpsContext context = _lab.Context(Text().Replace($"logs: {Certbot}/logs", $"logs: {_lab.Folder["file"]}/logs"));
        var failed = await Assert.ThrowsAsync<OpsException>(() => Updater(context).RunAsync(Renew, default));
        Assert.Equal("CertbotFailed", failed.ErrorId);
        Assert.Empty(Kept(context));
        Assert.Equal([old, old], [InFile(), await ServedAsync()]);
        Assert.Equal("NothingKept", Assert.Throws<OpsException>(() => Updater(context).PlanUndo()).ErrorId);
    }

    [Theory]
    [InlineData("kept")]
    [InlineData("renewed")]
    [InlineData("reloaded")]
    public async Task Killed_at_any_step_the_next_run_brings_it_to_its_end(string step)
    {
        string old = await ServedAsync();
        using var lab = new BackupLab(new DatabaseSettings { Name = "main", Database = "none", User = "none" });
        string file = _lab.Folder.Write("ops.yaml", "environment: lab\n" + Text());
        Assert.Equal(137, await Probe.RunAsync("certificate", step, lab, file));
        OpsContext context = lab.Context with { Environment = EnvironmentLoader.Load(file).Environment! with { StateDirectory = lab.Context.Environment.StateDirectory } };
        string left = InFile();

        Assert.NotEqual(CertificateOutcome.NotDue, (await Updater(context).PlanAsync(Renew with { Force = false }, default)).Outcome);
        CertificateUpdate done = await Updater(context).RunAsync(Renew, default);

        Assert.Equal((CertificateOutcome.Renewed, old), (done.Outcome, done.Replaced));
        Assert.Equal(done.Sha256, await ServedAsync());
        // What was renewed already is not renewed again.
        Assert.Equal(step != "kept", left == done.Sha256);
        Assert.Contains("interrupted", Assert.Single(lab.Reporter.Warnings));
        Assert.Empty(context.Journal.FindUnfinished());
        Assert.Single(Kept(context));
    }

    [Fact]
    public async Task A_trial_keeps_nothing()
    {
        string old = InFile();
        Assert.Equal(CertificateOutcome.Tried, (await Updater(_lab.Context(Text())).TryAsync(default)).Outcome);
        Assert.Equal([old, old], [InFile(), await ServedAsync()]);
    }
}
