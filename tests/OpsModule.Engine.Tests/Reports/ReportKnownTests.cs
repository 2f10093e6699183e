using System.Text.RegularExpressions;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Storage;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Outlets.Reports;

namespace OpsModule.Engine.Tests.Reports;

/// <summary>What health results say stands for the other sections of the report.</summary>
public sealed class ReportKnownTests : IDisposable
{
    private static readonly ServiceRecord Down = ReportSamples.All().OfType<ServiceRecord>().First(s => s.State == ServiceState.Down);

    private readonly ReportLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void A_service_that_a_check_has_judged_is_not_listed_again()
    {
        HealthResult check = ReportSamples.Check("service.state", Down.Name, HealthStatus.Unhealthy, "It is down.");
        (ReportRecord twice, string html) = _lab.Write([check, Down]);
        Assert.Equal((1, HealthStatus.Unhealthy), (twice.Unhealthy, twice.Verdict));
        Assert.DoesNotContain($"<h3>service {Down.Name}</h3>", html);
        Assert.Contains("<tr class=\"unhealthy\">", html[html.IndexOf("id=\"section-2\"", StringComparison.Ordinal)..]);
        Assert.Contains($"<h3>service {Down.Name}</h3>", _lab.Write([Down], replace: true).Html);
    }

    [Fact]
    public void Disks_and_certificates_are_held_against_the_environments_levels()
    {
        DiskUsage disk = ReportSamples.All().OfType<DiskUsage>().First(d => d.UsedPercent is not null);
        HealthResult free = ReportSamples.Check("disk.free", "/", HealthStatus.Healthy, "Enough.", "50%", 50, FigureUnit.Percent, "down to 35% / 15%");
        HealthResult left = ReportSamples.Check("certificate.left", "a:443", HealthStatus.Healthy, "Long.", "90 d", 90 * 86400, FigureUnit.Duration, "down to 7d / 3d");
        CertificateRecord soon = ReportSamples.All().OfType<CertificateRecord>().First() with { Left = TimeSpan.FromDays(10), Problem = null };
        Assert.Equal(["900", "800"], Marks(_lab.Write([disk]).Html).OrderDescending());
        Assert.Equal(["850", "650"], Marks(_lab.Write([free, disk], replace: true).Html[..]).Except(["350", "150"]).OrderDescending());
        Assert.Equal(1, _lab.Write([soon], replace: true).Record.Unhealthy);
        Assert.Equal(0, _lab.Write([left, soon], replace: true).Record.Unhealthy);
    }

    private static IEnumerable<string> Marks(string html) => Regex.Matches(html, "class=\"mark (?:warning|critical)\" d=\"M([0-9.]+) 0V12\"").Select(m => m.Groups[1].Value).Where(m => m != "6").Distinct();
}
