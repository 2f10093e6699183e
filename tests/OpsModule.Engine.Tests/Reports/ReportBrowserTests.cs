using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Reports;

/// <summary>The page in a real browser.</summary>
public sealed class ReportBrowserTests : IDisposable
{
    private readonly ReportLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task A_browser_finds_nothing_to_complain_of_and_asks_nobody()
    {
        _lab.Write(ReportSamples.All());
        (string dom, string said) = await LoadAsync();
        Assert.DoesNotContain("CONSOLE", said);
        Assert.Contains("</html>", dom);
        foreach (string title in (string[])["Health", "Certificates", "Logs", "Events"]) Assert.Matches($"<h2 id=\"title-\\d+\">{title}</h2>", dom);
        Assert.Equal(4000, ReportSamples.Logs(4000).Count());
        Assert.Contains("Table: 500 of 4,000 rows shown", dom);
    }

    [Fact]
    public async Task What_is_hostile_does_not_run_and_fetches_nothing()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        string address = $"http://{server.LocalEndpoint}/x";
        string hostile = $"</td><script src='{address}'></script><script>document.title='taken'</script><img src={address} onerror=\"document.title='taken'\"><link rel=stylesheet href={address}><style>body{{background:url({address})}}</style>";
        _lab.Write([new LogEntry { Service = hostile, Instance = hostile, Message = hostile, Raw = hostile, Level = LogLevel.Error, Time = ReportSamples.Now }, ReportSamples.Check(hostile, hostile, HealthStatus.Unhealthy, hostile), hostile], title: "Mine");
        (string dom, string said) = await LoadAsync();
        Assert.Contains("<title>Mine</title>", dom);
        Assert.DoesNotMatch("<(script|img)", dom);
        Assert.Single(Regex.Matches(dom, "<style"));
        Assert.DoesNotContain("CONSOLE", said);
        Assert.False(server.Pending());
    }

    [Fact]
    public async Task The_health_of_a_normal_day_prints_on_two_pages()
    {
        _lab.Write(ReportSamples.All().OfType<HealthResult>().Select(r => (object)(r.Status is HealthStatus.Healthy or HealthStatus.Degraded ? r : r with { Status = HealthStatus.Healthy })));
        using var folder = new TempFolder();
        await BrowseAsync("--no-pdf-header-footer", "--print-to-pdf=" + folder["page.pdf"]);
        string pdf = System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(folder["page.pdf"]));
        Assert.InRange(Regex.Matches(pdf, "/Count (\\d+)").Max(m => int.Parse(m.Groups[1].Value)), 1, 2);
    }

    private Task<(string Dom, string Said)> LoadAsync() => BrowseAsync("--dump-dom");

    private async Task<(string Dom, string Said)> BrowseAsync(params string[] what)
    {
        using var profile = new TempFolder();
        var info = new ProcessStartInfo("chromium") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--enable-logging=stderr", "--user-data-dir=" + profile.Path,
                     .. what, "file://" + _lab.File]) info.ArgumentList.Add(argument);
        using Process browser = Process.Start(info)!;
        Task<string> said = browser.StandardError.ReadToEndAsync();
        string dom = await browser.StandardOutput.ReadToEndAsync();
        await browser.WaitForExitAsync();
        Assert.True(browser.ExitCode == 0, await said);
        return (dom, await said);
    }
}
