using System.Diagnostics;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Health;

/// <summary>examples/game-day.ps1 in a real pwsh: a part of it here, and as a proof all of its faults and 100 rounds without any.</summary>
public sealed class GameDayTests
{
    private static readonly string Pwsh = Environment.GetEnvironmentVariable("OPS_PWSH")
        ?? Path.Combine(Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages"),
            "powershell", "7.6.9", "tools", "net10.0", "any", "unix", "pwsh");

    [Fact]
    public async Task Every_fault_is_named_within_a_round_and_a_lab_that_is_well_gives_no_alarm()
    {
        string script = Path.Combine(Repository.Root, "examples", "game-day.ps1");
        string what = Proof.Whole ? "-Rounds 100" : "-Only '*receives nothing*', '*holds the sessions*', '*cannot save*', '*health check*' -Rounds 3";
        var start = new ProcessStartInfo(Pwsh, ["-NoProfile", "-NonInteractive", "-Command", $"& '{script}' {what}; exit $LASTEXITCODE"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PSModulePath"] = Path.Combine(Repository.Root, "out");
        start.Environment.Remove("DOCKER_HOST");
        using Process run = Process.Start(start)!;
        Task<string> output = run.StandardOutput.ReadToEndAsync(), errors = run.StandardError.ReadToEndAsync();
        await run.WaitForExitAsync();
        string said = await output + await errors;
        Assert.True(run.ExitCode == 0, said);
        Assert.Contains(Proof.Whole ? "faults, 100 rounds without any: all was told" : "4 faults, 3 rounds without any: all was told", said);
    }
}
