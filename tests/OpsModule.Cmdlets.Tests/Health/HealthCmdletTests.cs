using System.Net;
using System.Net.Sockets;
using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Areas.Health;
using OpsModule.Foundations.Errors;

namespace OpsModule.Cmdlets.Tests.Health;

/// <summary>Pipelines over checks; a port that listens and one that does not are all that they need.</summary>
public sealed class HealthCmdletTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public HealthCmdletTests()
    {
        _listener.Start();
        Write($"checks: {{ open: {{ tcp: \"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}\", service: web }}, closed: {{ tcp: \"127.0.0.1:1\", service: api }} }}");
    }

    public void Dispose()
    {
        _listener.Stop();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void AnUnhealthyResultIsNoErrorUnlessItIsAsserted()
    {
        PwshRun run = Run("Test-OpsHealth checks");
        Assert.Empty(run.Errors);
        Assert.Equal([("closed", HealthStatus.Unhealthy), ("open", HealthStatus.Healthy)], run.Objects.Cast<HealthResult>().OrderBy(r => r.Check).Select(r => (r.Check, r.Status)));
        PwshRun asserted = Run("Test-OpsHealth checks | Assert-OpsResult");
        OpsException error = Assert.Single(asserted.Errors);
        Assert.Equal(("ResultBad", 1, "open"), (error.ErrorId, asserted.ExitCode, Assert.IsType<HealthResult>(Assert.Single(asserted.Objects)).Check));
        Assert.Contains("1 of 2 results are bad", error.Message);
        Assert.Equal(0, Run("Test-OpsHealth open | Assert-OpsResult").ExitCode);
        Assert.Equal("ResultMissing", Assert.Single(Run("@() | Assert-OpsResult").Errors).ErrorId);
        Assert.Empty(Run("@() | Assert-OpsResult -AllowEmpty").ErrorRecords);
    }

    [Theory]
    [InlineData("Test-OpsHealth open -Quiet", 0, "OPS OK - 1 check, all healthy")]
    [InlineData("Test-OpsHealth checks -Quiet", 2, "OPS CRITICAL - 1 of 2 checks not healthy: closed of 127.0.0.1:1: 127.0.0.1:1 takes no connection: the connection is refused, nothing listens there")]
    [InlineData("Test-OpsHealth database -Quiet", 3, "OPS UNKNOWN - no check was made")]
    [InlineData("Test-OpsHealth opne -Quiet", 3, "OPS UNKNOWN - There is no check 'opne'. Did you mean open?")]
    [InlineData("Test-OpsHealth -Quiet -Environment none.yaml", 3, null)]
    public void QuietIsOneLineAndTheExitCodeThatNagiosExpects(string pipeline, int exitCode, string? line)
    {
        PwshRun run = Run(pipeline);
        var summary = Assert.IsType<HealthSummary>(Assert.Single(run.Objects));
        Assert.Equal(exitCode, summary.ExitCode);
        if (line is not null) Assert.Equal(line, summary.Text);
        else Assert.StartsWith("OPS UNKNOWN - ", summary.Text);
        Assert.Equal([summary.Text], Run($"{pipeline} | Out-String -Width 400 -Stream").Objects.Where(l => (string)l != ""));
    }

    [Fact]
    public void ADegradedResultIsAWarningOnlyWhenQuiet()
    {
        Write("thresholds: { memory.used: { warning: 0%, critical: 100% } }");
        Assert.Equal(0, Run("Test-OpsHealth memory | Assert-OpsResult").ExitCode);
        Assert.Equal(1, Assert.Single(Run("(Test-OpsHealth memory -Quiet).ExitCode").Objects));
    }

    [Fact]
    public void AServiceComesThroughThePipelineOrByName()
    {
        Assert.Equal(["open"], Run("Test-OpsHealth -Service web").Objects.Cast<HealthResult>().Select(r => r.Check));
        Assert.Equal("ServiceNotFound", Assert.Single(Run("Test-OpsHealth -Service wbe").Errors).ErrorId);
    }

    [Fact]
    public void NothingToLookAtIsNotPassedOverInSilence() => Assert.Single(Run("Test-OpsHealth cache").Warnings);

    [Fact]
    public void TheTableFitsEightyColumns()
    {
        string[] lines = [.. Run("Test-OpsHealth checks | Out-String -Width 80 -Stream").Objects.Cast<string>().Where(l => l.Length > 0)];
        Assert.All(lines, l => Assert.InRange(l.Length, 0, 80));
        Assert.Equal(["Status", "Check", "Target", "Value", "Message"], lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void WatchingTellsWhatIsNotWellAndEndsAfterItsRounds()
    {
        PwshRun run = Run("Watch-OpsHealth checks -Count 1 -Damping 1");
        Assert.Equal([("closed", HealthStatus.Unhealthy)], run.Objects.Cast<HealthChange>().Select(c => (c.Check, c.Status)));
    }

    [Fact]
    public void AvailabilityOfAClosedPortIsZeroAndNoError()
    {
        PwshRun run = Run("Measure-OpsAvailability http://127.0.0.1:1/ -Rate 5 -Duration 1");
        var record = Assert.IsType<AvailabilityRecord>(Assert.Single(run.Objects));
        Assert.Empty(run.Errors);
        Assert.Equal((5, 5), (record.Requests, record.Failures));
        Assert.Equal("UriInvalid", Assert.Single(Run("Measure-OpsAvailability ftp://x/").Errors).ErrorId);
    }

    [Fact]
    public void CertificatesAreReadFromFilesOfTheCurrentFolderOneErrorForEachThatIsNone()
    {
        using var key = System.Security.Cryptography.ECDsa.Create();
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=shop", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        File.WriteAllText(Path.Combine(_folder, "shop.pem"), request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(5)).ExportCertificatePem());

        PwshRun run = Run("Get-OpsCertificate 127.0.0.1:1 -Path none.pem,shop.pem");

        Assert.Equal("CN=shop", Assert.IsType<CertificateRecord>(Assert.Single(run.Objects)).Subject);
        Assert.Equal(["EndpointUnreachable", "CertificateUnreadable"], run.Errors.Select(e => e.ErrorId));
    }

    [Fact]
    public void WithoutArgumentsTheCertificatesOfAllNamedEndpointsAreRead()
    {
        Write("""
            services: { web: { health: "https://127.0.0.1:1/health" }, api: { health: "http://127.0.0.1:2/health" } }
            checks: { mail: { certificate: "127.0.0.1:3" }, same: { certificate: "127.0.0.1:1" } }
            """);
        Assert.Equal(["127.0.0.1:1", "127.0.0.1:3"], Run("Get-OpsCertificate").Errors.Select(e => e.Message.Split(' ')[0]));
        Write("");
        Assert.Equal("NothingAsked", Assert.Single(Run("Get-OpsCertificate").Errors).ErrorId);
    }

    private void Write(string text) => File.WriteAllText(Path.Combine(_folder, "ops.yaml"), "environment: shop\n" + text + "\n");

    private PwshRun Run(string pipeline) => PwshRun.Of(pipeline, _folder);
}
