using System.Diagnostics;
using OpsModule.Engine.Areas.Schedules;
using OpsModule.Engine.Areas.Schedules.Exporting;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Schedules;

/// <summary>What is exported of one entry, and a stand-in for PowerShell that only tells its arguments.</summary>
internal sealed class ExportLab : IDisposable
{
    /// <summary>A path with everything that shells, systemd, crontabs, Groovy and PowerShell read in a way of their own.</summary>
    public const string Odd = """/srv/it's 100% $HOME \n "x" `y` ‘z’/OpsModule.psd1""";

    private readonly ScheduleLab _lab = new();

    public string Folder => _lab.Folder.Path;

    /// <summary>A program that writes each of its arguments into a line. It is no PowerShell.</summary>
    public string Program()
    {
        string file = _lab.Folder.Write("pwsh", "#!/bin/sh\nfor a in \"$@\"; do printf '%s\\n' \"$a\" >>\"$(dirname \"$0\")/said\"; done\nprintf 'secret=%s\\n' \"$OPS_TEST_EXPORTED\" >>\"$(dirname \"$0\")/said\"\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return file;
    }

    /// <summary>What the program was told, and what its variable was.</summary>
    public string[] Said => File.ReadAllLines(_lab.Folder["said"]);

    public ScheduleExportRequest Request(ScheduleSystem system) => new()
    {
        System = system, Program = "/usr/bin/pwsh", Module = "OpsModule", User = Environment.UserName, Zone = TimeZoneInfo.Utc,
        Image = "registry.example.net/ops:1", WorkerGroup = "workers",
    };

    /// <summary>One entry named nightly, with these times.</summary>
    public IReadOnlyList<ScheduleFileRecord> Export(string at, ScheduleExportRequest request, string more = "")
    {
        OpsContext context = _lab.Context($"state: /var/lib/ops/state\nschedule: {{ nightly: {{ at: \"{at}\", run: Get-Date }} }}\n{more}");
        return new ScheduleExporter(context).Make([ScheduleLab.Entry(context)], request, e => throw e);
    }

    public OpsException Refused(string at, ScheduleExportRequest request, string more = "") => Assert.Throws<OpsException>(() => Export(at, request, more));

    public IReadOnlyList<ScheduleFileRecord> ExportAll(string text, ScheduleExportRequest request, Action<OpsException> fail)
    {
        OpsContext context = _lab.Context(text);
        return new ScheduleExporter(context).Make([.. context.Environment.Section<ScheduleSettings>().Entries.Values], request, fail);
    }

    public string Write(string name, string text) => _lab.Folder.Write(name, text);

    /// <summary>Runs a program of this machine: what it said on both streams, and its code.</summary>
    public static (int Code, string Said) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["TZ"] = "UTC";
        start.Environment["LC_ALL"] = "C.UTF-8";
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        using Process run = Process.Start(start)!;
        Task<string> errors = run.StandardError.ReadToEndAsync();
        string said = run.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
        run.WaitForExit();
        return (run.ExitCode, said);
    }

    public void Dispose() => _lab.Dispose();
}
