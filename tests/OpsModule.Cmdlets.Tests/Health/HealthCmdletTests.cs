using System.Net;
using System.Net.Sockets;
using OpsModule.Cmdlets.Tests.Host;
using OpsModule.Engine.Health;
using OpsModule.Host.Writing;

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
    public void AnUnhealthyResultIsNoErrorAndEndsWithExitCode1()
    {
        OpsRun run = Run("Test-OpsHealth checks");
        Assert.Empty(run.Errors);
        Assert.Equal([("closed", HealthStatus.Unhealthy), ("open", HealthStatus.Healthy)], run.Objects.Cast<HealthResult>().OrderBy(r => r.Check).Select(r => (r.Check, r.Status)));
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(0, Run("Test-OpsHealth open").ExitCode);
    }

    [Theory]
    [InlineData("Test-OpsHealth open -Quiet", 0, "OPS OK - 1 check, all healthy")]
    [InlineData("Test-OpsHealth checks -Quiet", 2, "OPS CRITICAL - 1 of 2 checks not healthy: closed of 127.0.0.1:1: 127.0.0.1:1 takes no connection: the connection is refused, nothing listens there")]
    [InlineData("Test-OpsHealth database -Quiet", 3, "OPS UNKNOWN - no check was made")]
    [InlineData("Test-OpsHealth opne -Quiet", 3, "OPS UNKNOWN - There is no check 'opne'. Did you mean open?")]
    [InlineData("Test-OpsHealth -Quiet -Environment none.yaml", 3, null)]
    public void QuietIsOneLineAndTheExitCodeThatNagiosExpects(string pipeline, int exitCode, string? line)
    {
        OpsRun run = Run(pipeline);
        var summary = Assert.IsType<HealthSummary>(Assert.Single(run.Objects));
        Assert.Equal((exitCode, exitCode), (run.ExitCode, summary.ExitCode));
        if (line is not null) Assert.Equal(line, summary.Text);
        else Assert.StartsWith("OPS UNKNOWN - ", summary.Text);
        var lines = new List<string>();
        var table = new TableWriter(lines.Add, 80, new ViewCatalog(Path.Combine(ContractTests.Root, "module", "formats")));
        table.Write(summary);
        table.End();
        Assert.Equal([summary.Text], lines);
    }

    [Fact]
    public void ADegradedResultIsAWarningOnlyWhenQuiet()
    {
        Write("thresholds: { memory.used: { warning: 0%, critical: 100% } }");
        Assert.Equal(0, Run("Test-OpsHealth memory").ExitCode);
        Assert.Equal(1, Run("Test-OpsHealth memory -Quiet").ExitCode);
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
        var lines = new List<string>();
        var table = new TableWriter(lines.Add, 80, new ViewCatalog(Path.Combine(ContractTests.Root, "module", "formats")));
        foreach (object result in Run("Test-OpsHealth checks").Objects) table.Write(result);
        table.End();
        Assert.All(lines, l => Assert.InRange(l.Length, 0, 80));
        Assert.Equal(["Status", "Check", "Target", "Value", "Message"], lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void WatchingTellsWhatIsNotWellAndEndsAfterItsRounds()
    {
        OpsRun run = Run("Watch-OpsHealth checks -Count 1 -Damping 1");
        Assert.Equal([("closed", HealthStatus.Unhealthy)], run.Objects.Cast<HealthChange>().Select(c => (c.Check, c.Status)));
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public void AvailabilityOfAClosedPortIsZeroAndNoError()
    {
        OpsRun run = Run("Measure-OpsAvailability http://127.0.0.1:1/ -Rate 5 -Duration 1");
        var record = Assert.IsType<AvailabilityRecord>(Assert.Single(run.Objects));
        Assert.Empty(run.Errors);
        Assert.Equal((5, 5, 1), (record.Requests, record.Failures, run.ExitCode));
        Assert.Equal("UriInvalid", Assert.Single(Run("Measure-OpsAvailability ftp://x/").Errors).ErrorId);
    }

    [Fact]
    public void CertificatesAreReadFromFilesOfTheCurrentFolderOneErrorForEachThatIsNone()
    {
        using var key = System.Security.Cryptography.ECDsa.Create();
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=shop", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        File.WriteAllText(Path.Combine(_folder, "shop.pem"), request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(5)).ExportCertificatePem());

        OpsRun run = Run("Get-OpsCertificate 127.0.0.1:1 -Path none.pem,shop.pem");

        Assert.Equal("CN=shop", Assert.IsType<CertificateRecord>(Assert.Single(run.Objects)).Subject);
        Assert.Equal(["EndpointUnreachable", "CertificateUnreadable"], run.Errors.Select(e => e.ErrorId));
        Assert.Equal("NothingAsked", Assert.Single(Run("Get-OpsCertificate").Errors).ErrorId);
    }

    private void Write(string text) => File.WriteAllText(Path.Combine(_folder, "ops.yaml"), "environment: shop\n" + text + "\n");

    private OpsRun Run(string pipeline) => OpsRun.Of(pipeline, _folder);
}
