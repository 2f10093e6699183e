using OpsModule.Engine.Areas.Schedules.Exporting;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Schedules;

/// <summary>A unit in a real systemd, in a container of the tests' engine.</summary>
[Collection(DockerCollection.Name)]
public sealed class SystemdRunTests : IDisposable
{
    private readonly ExportLab _lab = new();

    public void Dispose() => _lab.Dispose();

    /// <summary>The only proof that a line arrives as it was meant: systemd starts a program with it.</summary>
    [Fact]
    public async Task Systemd_hands_the_line_over_as_it_was_meant()
    {
        ScheduleExportRequest request = _lab.Request(ScheduleSystem.SystemdTimer) with { Program = "/usr/bin/printf", Module = ExportLab.Odd, User = "root" };
        string service = _lab.Export("0 2 * * *", request)[0].Text.Replace("/usr/bin/printf ", "/usr/bin/printf <%%s> ", StringComparison.Ordinal);
        await using SystemdLab systemd = await SystemdLab.StartAsync(("ops-lab-nightly.service", service));
        await systemd.SystemctlAsync("start", "ops-lab-nightly.service");
        string said = await systemd.InsideAsync("journalctl", "-u", "ops-lab-nightly.service", "-o", "cat", "--no-pager");
        Assert.Contains($"<-NoProfile><-NonInteractive><-Command><Import-Module {ExportedSchedule.Quoted(ExportLab.Odd)} -ErrorAction Stop; Invoke-OpsSchedule 'nightly' -Environment '{_lab.Folder}/ops.yaml'>", said);
    }
}
