using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Services;

/// <summary>What is kept of a command never holds what its arguments say.</summary>
public sealed class CommandTextTests
{
    private const string Secret = "NewPass-77";

    public static TheoryData<string[]> WithSecrets =>
    [
        ["psql", "-U", "apex", "-c", $"ALTER USER apex WITH PASSWORD '{Secret}'"],
        ["redis-cli", "-a", Secret, "BGSAVE"],
        ["mysql", $"-p{Secret}"],
        ["app", $"--password={Secret}", "--token", Secret],
        ["env", $"TOKEN={Secret}", $"PGPASSWORD={Secret}", "psql"],
        ["curl", "-H", $"Authorization: Bearer {Secret}", $"https://u:{Secret}@host/"],
        ["vault", "login", Secret],
        [$"psql -c \"ALTER USER apex PASSWORD '{Secret}'\""],
        [$"PGPASSWORD={Secret}", "psql"],
        ["sh", "-c", $"echo {Secret} | passwd --stdin"],
        ["app", $"--{Secret.ToLowerInvariant()}"],
    ];

    [Theory]
    [MemberData(nameof(WithSecrets))]
    public async Task Neither_the_journal_nor_an_error_says_a_secret(string[] command)
    {
        using var folder = new TempFolder();
        OpsContext context = OpsContextFactory.Create(new OpsEnvironment { Name = "lab", Directory = folder.Path, StateDirectory = Path.Combine(folder.Path, ".ops"), Platform = new PlatformOptions { Kind = PlatformKind.Host } }, new RecordingReporter());
        using IServicePlatform platform = ServicePlatforms.Open(context);
        var instance = new ServiceInstance { Id = "x", Name = "x", Service = "x" };
        string said = CommandText.Of(command);
        // Real programs, most of which are not there or refuse their arguments; sh and env run.
        if (command[0] is not ("curl" or "redis-cli" or "mysql"))
        {
            try { await new ServiceCommand(context, platform).RunAsync(instance, new ExecuteRequest(command[0] == "psql" ? ["psql", "--no-such-option", .. command[1..]] : command), _ => { }, default); }
            catch (OpsException e) { said += e.Message + e.RecommendedAction + e.Target; }
            said += File.ReadAllText(Path.Combine(folder.Path, ".ops", "journal.jsonl"));
        }
        Assert.DoesNotContain(Secret, said, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void What_can_be_said_is_said()
    {
        Assert.Equal("psql (4 arguments: -U, -c)", CommandText.Of(["psql", "-U", "apex", "-c", "SELECT 1"]));
        Assert.Equal("/usr/bin/app (2 arguments: --name, --yes)", CommandText.Of(["/usr/bin/app", "--name=x", "--yes"]));
        Assert.Equal("doctor", CommandText.Of(["doctor"]));
        Assert.Equal("a program (1 argument)", CommandText.Of(["A=b", "c"]));
    }

    [Theory]
    [InlineData("ALTER USER apex WITH ENCRYPTED PASSWORD 'hush-77'")]
    [InlineData("create user x identified by \"hush-77\"")]
    [InlineData("ALTER ROLE x PASSWORD $$hush-77$$")]
    [InlineData("Authorization: Bearer hush-77")]
    [InlineData("run --password hush-77")]
    [InlineData("redis://default:hush-77@cache:6379/0")]
    [InlineData("PGPASSWORD=hush-77 psql")]
    [InlineData("GET /scans?api_key=hush-77")]
    [InlineData("X-API-Key: hush-77")]
    [InlineData("apikey=hush-77")]
    [InlineData("{\"password\": \"hush-77\", \"user\": \"x\"}")]
    [InlineData("client_secret=hush-77")]
    [InlineData("refresh_token: hush-77")]
    [InlineData("curl -H 'Authorization: Bearer hush-77'")]
    [InlineData("Authorization: Token hush-77")]
    [InlineData("mysql --password 'hush-77'")]
    public void A_text_is_masked_wherever_it_comes_from(string text)
    {
        Assert.DoesNotContain("hush-77", JournalMask.Patterns(text));
        Assert.Equal("password authentication failed for user x", JournalMask.Patterns("password authentication failed for user x"));
    }
}
