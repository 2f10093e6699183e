using System.Diagnostics;

namespace OpsModule.Cmdlets.Tests.Running;

/// <summary>A real pwsh with the module as it is laid out, for what belongs to a process: signals, its user, its variables.</summary>
internal static class PwshProcess
{
    private static readonly string Module = Path.Combine(ContractTests.Root, "out", "OpsModule", "OpsModule.psd1");

    /// <summary><c>$PSHOME/pwsh</c>; the tool's command of that name is a shim, which keeps signals to itself.</summary>
    public static string Program { get; } = Environment.GetEnvironmentVariable("OPS_PWSH")
        ?? Path.Combine(Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages"), "powershell", "7.6.9", "tools", "net10.0", "any", "unix", "pwsh");

    /// <summary>What starts it with a script; to be changed before it is started.</summary>
    public static ProcessStartInfo Of(string script, string folder, params string[] before)
    {
        string[] line = [.. before, Program, "-NoProfile", "-NonInteractive", "-Command", $"Import-Module '{Module}'; {script}"];
        return new ProcessStartInfo(line[0], line[1..]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
    }

    /// <summary>Runs it to its end; what it says on both streams, and its exit code.</summary>
    public static async Task<(int ExitCode, string Said)> RunAsync(ProcessStartInfo start)
    {
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }
}
