using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Cmdlets.Tests.Health;

/// <summary>Certificates as they are typed. Renewals themselves are the engine's tests.</summary>
public sealed class CertificateCmdletTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName;
    private readonly int _port = FreePorts.Take();

    public CertificateCmdletTests()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=shop", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(20));
        File.WriteAllText(Path.Combine(_folder, "shop.pem"), certificate.ExportCertificatePem());
        Directory.CreateDirectory(Path.Combine(_folder, "certbot", "live", "shop"));
        File.WriteAllText(Path.Combine(_folder, "ops.yaml"), $$"""
            environment: shop
            certificates:
              shop: { endpoint: "127.0.0.1:{{_port}}", file: shop.pem, service: web, config: certbot }
              other: { endpoint: "127.0.0.1:{{_port}}", config: nowhere }
            """);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private PwshRun Run(string pipeline) => PwshRun.Of(pipeline, _folder);

    [Fact]
    public void WhatIf_tells_how_long_is_left_and_what_would_be_done()
    {
        PwshRun due = Run("Update-OpsCertificate shop -WhatIf"), early = Run("Update-OpsCertificate shop -Within 7d -WhatIf");
        Assert.Equal(["certificate.update true", "certificate.update false"], due.Objects.Concat(early.Objects).Cast<ChangePlan>().Select(p => $"{p.Kind} {p.Arguments["renew"]}"));
        Assert.Contains("valid for 19 d", Assert.Single(due.WhatIfs));
        Assert.Contains("reload the service web", due.WhatIfs[0]);
        Assert.Contains("cannot be reached", Assert.Single(early.WhatIfs));
        Assert.Contains("certbot", Assert.Single(Run("Update-OpsCertificate shop -DryRun -WhatIf").WhatIfs));
        Assert.False(Directory.Exists(Path.Combine(_folder, ".ops")));
    }

    [Fact]
    public void A_plan_that_was_kept_holds_until_the_file_is_another()
    {
        Assert.Empty(Run("Update-OpsCertificate shop -PlanFile plan.json").Errors);
        Assert.True(Assert.Single(Run("Get-OpsPlan -Path plan.json").Objects.Cast<ChangePlan>()).Holds);
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 other = new CertificateRequest("CN=shop", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(20));
        File.WriteAllText(Path.Combine(_folder, "shop.pem"), other.ExportCertificatePem());
        ChangePlan moved = Assert.Single(Run("Get-OpsPlan -Path plan.json").Objects.Cast<ChangePlan>());
        Assert.False(moved.Holds);
        Assert.Contains("certificate in ", Assert.Single(moved.Moved));
        Assert.Equal("DriftDetected", Assert.Single(Run("Invoke-OpsPlan -Path plan.json -Confirm:$false").Errors).ErrorId);
    }

    [Fact]
    public void One_that_cannot_be_read_is_its_own_error_and_the_others_are_looked_at()
    {
        PwshRun run = Run("Update-OpsCertificate -WhatIf");
        Assert.Equal("CertificateUnreadable", Assert.Single(run.Errors).ErrorId);
        Assert.Equal("certificate/shop", Assert.Single(run.Objects.Cast<ChangePlan>()).Target);
        Assert.Equal(1, run.ExitCode);
    }

    [Theory]
    [InlineData("Update-OpsCertificate shpo -WhatIf", "CertificateUnknown")]
    [InlineData("Update-OpsCertificate -Endpoint 'h:1' -WhatIf", "ParametersConflict")]
    [InlineData("Update-OpsCertificate shop, other -Endpoint 'h:1' -WhatIf", "ParametersConflict")]
    [InlineData("Update-OpsCertificate nobody-knows -Endpoint '127.0.0.1:1' -WhatIf", "CertificateUnreadable")]
    [InlineData("Update-OpsCertificate 'a/../b' -Endpoint '127.0.0.1:1' -WhatIf", "PlanInvalid")]
    public void What_cannot_be_done_is_one_error(string pipeline, string errorId) => Assert.Equal(errorId, Assert.Single(Run(pipeline).Errors).ErrorId);

    [Fact]
    public void An_environment_without_certificates_says_how_to_name_them()
    {
        File.WriteAllText(Path.Combine(_folder, "ops.yaml"), "environment: shop\n");
        OpsException error = Assert.Single(Run("Update-OpsCertificate").Errors);
        Assert.Equal("NoCertificates", error.ErrorId);
        Assert.Contains("certificates:", error.RecommendedAction);
    }

    [Fact]
    public void Mail_servers_are_asked_at_the_port_of_mail()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, _port);
        listener.Start();
        Task talk = Task.Run(async () =>
        {
            using TcpClient client = await listener.AcceptTcpClientAsync();
            await client.GetStream().WriteAsync("554 not here\r\n"u8.ToArray());
            client.GetStream().ReadByte();
        });
        PwshRun run = Run($"Get-OpsCertificate -Smtp '127.0.0.1:{_port}'");
        Assert.Contains("554 not here", Assert.Single(run.Errors).Message);
        Assert.Empty(run.Objects.OfType<CertificateRecord>());
    }
}
