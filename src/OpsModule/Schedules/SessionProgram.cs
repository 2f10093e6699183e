using OpsModule.Engine.Areas.Schedules;
using OpsModule.Engine.Areas.Schedules.Exporting;

namespace OpsModule.Schedules;

/// <summary>Where this session's PowerShell and module are, for files that start the same again.</summary>
internal static class SessionProgram
{
    /// <summary>What PowerShell needs to start, where it was set here.</summary>
    private static readonly string[] Needed = ["DOTNET_ROOT", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"];

    /// <summary>Folders in which every account of a machine finds modules.</summary>
    private static readonly string[] ForAll = ["/usr/local/share/powershell/Modules/", "/opt/microsoft/powershell/7/Modules/"];

    /// <summary>PowerShell itself. The pwsh of dotnet tool install starts it as a child, which a signal does not reach.</summary>
    /// <exception cref="Foundations.Errors.OpsException"><c>ScheduleIncomplete</c>.</exception>
    public static string Path(ScheduleSystem system)
    {
        if (system is ScheduleSystem.AzureAutomation) return "pwsh";
        string home = System.IO.Path.GetDirectoryName(typeof(System.Management.Automation.PSObject).Assembly.Location) ?? "";
        string program = System.IO.Path.Combine(home, "pwsh");
        return File.Exists(program) ? program : throw ScheduleErrors.ScheduleIncomplete.Make(
            $"Beside this session's libraries there is no program pwsh ({program}).",
                "Name PowerShell itself with -Program, such as /usr/bin/pwsh.", program);
    }

    /// <summary>The name, where every account finds the module by it; else the path of its manifest.</summary>
    /// <param name="file">The path of the module that the session has.</param>
    public static string Module(string? file)
    {
        string folder = System.IO.Path.GetDirectoryName(file ?? typeof(SessionProgram).Assembly.Location) ?? "";
        return ForAll.Any(f => folder.StartsWith(f, StringComparison.Ordinal)) ? "OpsModule"
            : System.IO.Path.Combine(folder, "OpsModule.psd1");
    }

    /// <summary>What must be set there, too.</summary>
    public static IReadOnlyDictionary<string, string> Settings() =>
        Needed.Select(n => (Name: n, Value: System.Environment.GetEnvironmentVariable(n)))
        .Where(s => s.Value is { Length: > 0 } value && !value.Any(char.IsControl)).ToDictionary(s => s.Name, s => s.Value!);
}
