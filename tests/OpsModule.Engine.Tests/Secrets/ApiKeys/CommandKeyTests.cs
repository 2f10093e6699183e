using System.Diagnostics;
using System.Net;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Keys;
using OpsModule.Engine.Areas.Keys.Changing;
using OpsModule.Engine.Areas.Secrets.ApiKeys;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Contract.ApiKeys;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Rollouts.Lab;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.ApiKeys;

/// <summary>Keys that a program in a container makes, lists and revokes, and what its log tells of them.</summary>
[Collection(DockerCollection.Name)]
public sealed class CommandKeyTests
{
    /// <summary>Keeps keys in files of the container; its words are add NAME, list, and rm ID.</summary>
    private const string Script = """
        d=/tmp/key
                  case "$1" in
                    add) n=0; while [ -e $d-$n ]; do n=$((n+1)); done; echo "$2" > $d-$n; echo "{\"id\":$n,\"token\":{\"value\":\"sk-of-the-service-$n\"}}";;
                    list) s=; n=0; echo -n '{"data":['; while [ -e $d-$n ]; do r=false; [ -e $d-$n.gone ] && r=true
                      echo -n "$s{\"id\":$n,\"name\":\"$(cat $d-$n)\",\"revoked\":$r}"; s=,; n=$((n+1)); done; echo ']}';;
                    rm) [ -e "$d-$2" ] || exit 3; echo > "$d-$2.gone";;
                  esac
        """;

    [Fact]
    public async Task A_key_is_made_listed_seen_in_use_and_revoked()
    {
        await using RolloutLab lab = await RolloutLab.UpAsync();
        using OpsContext context = Declare(lab);
        NewApiKey first = await MakeAsync(context, "acme; echo no"), second = await MakeAsync(context, "globex");
        Assert.Equal(("0", "sk-of-the-service-0"), (first.Id, new NetworkCredential("", first.Key).Password));
        // Of 1 a use is told; what begins with 0 is another id.
        await SayAsync(lab, "GET /x key-id=1 200");
        await SayAsync(lab, "GET /x key-id=01 200");

        IReadOnlyList<ApiKeyRecord> listed = await new ApiKeyCatalog(context).ListAsync("partners", new ApiKeyChoice(), true, default);

        Assert.Equal(["acme; echo no", "globex"], listed.Select(k => k.Name));
        Assert.Equal(1, listed[1].Uses);
        // As long as the log does not reach back so far, nobody knows; then nobody has used it.
        if (listed[0].Uses is null) Assert.Contains("begins at", listed[0].UsedBy);
        var watch = Stopwatch.StartNew();
        while ((await new ApiKeyCatalog(context).ListAsync("partners", new ApiKeyChoice { Ids = ["0"] }, true, default))[0].Uses is not 0)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60));
            await Task.Delay(TimeSpan.FromMilliseconds(250));
        }
        Assert.Contains("api", listed[1].UsedBy);
        ChangePlan plan = (await new ApiKeyPlanner(context).PlanRevokeAsync("partners", new ApiKeyChoice { Ids = ["1"] }, null, default))!;
        ChangeResult done = (await new ChangeRunner(context).RunAsync(plan, default))!;
        Assert.True((await new ApiKeyCatalog(context).ListAsync("partners", new ApiKeyChoice { Ids = [second.Id] }, false, default))[0].IsRevoked);
        Assert.Equal("ChangeNotUndoable", (await Assert.ThrowsAsync<OpsException>(() =>
            new ChangeRunner(context).UndoAsync(context.Journal.Find(done.Change!)!, default))).ErrorId);
    }

    /// <summary>Of two instances one is replaced: who used a key by it nothing tells any more.</summary>
    [Fact]
    public async Task One_instance_of_several_that_is_replaced_makes_the_logs_blind()
    {
        await using RolloutLab lab = await RolloutLab.UpAsync(replicas: 2);
        using OpsContext context = Declare(lab);
        var settings = new ApiKeySettings { KeyName = "partners", UsageServices = [RolloutLab.Api], UsageText = "key-id={id}", UsageFor = TimeSpan.FromSeconds(15) };
        async Task<OldSessions> LookAsync() => (await new KeyUsage(context, settings).CountAsync("7", null, null, default))!;
        var watch = Stopwatch.StartNew();
        while ((await LookAsync()).IsBlind)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(90));
            await Task.Delay(TimeSpan.FromMilliseconds(250));
        }

        await DockerFixture.DockerAsync("rm", "-f", (await lab.IdsAsync())[0]);
        await lab.ComposeAsync("up", "-d", "--scale", "api=2");
        DateTimeOffset first = (await lab.Lab.FindAsync(RolloutLab.Api)).Instances.Min(i => i.StartedAt)!.Value;
        // So far back only the first of them reaches.
        settings = settings with { UsageFor = DateTimeOffset.UtcNow - first - TimeSpan.FromSeconds(1) };

        OldSessions seen = await LookAsync();
        Assert.True(seen is { IsBlind: true, Waits: true });
        Assert.Contains("begins at", seen.Words);
    }

    private static async Task<NewApiKey> MakeAsync(OpsContext context, string name) => Assert.IsType<NewApiKey>((await new ChangeRunner(context)
        .RunAsync(await new ApiKeyPlanner(context).PlanNewAsync("partners", name, null, default), default))!.Value);

    /// <summary>Has the service's first process write a line.</summary>
    private static async Task SayAsync(RolloutLab lab, string line)
    {
        ServiceInstance instance = (await lab.Lab.FindAsync(RolloutLab.Api)).Instances[0];
        Assert.Equal(0, await lab.Context.Platform().ExecuteAsync(instance, new ExecuteRequest(["sh", "-c", "echo \"$0\" > /proc/1/fd/1", line]),
            (_, _) => ValueTask.CompletedTask, default));
    }

    private static OpsContext Declare(RolloutLab lab)
    {
        File.WriteAllText(Path.Combine(lab.Lab.Folder, "ops.yaml"), $$"""
            environment: lab
            platform: { compose: { file: compose.yaml, project: {{lab.Lab.Project}} } }
            secrets:
              partners:
                apiKey:
                  usage: { services: [ api ], text: "key-id={id}", for: 20s }
                  command:
                    service: api
                    items: data
                    key: token.value
                    create: [ sh, -c, *script, keys, add, "{name}" ]
                    list: [ sh, -c, *script, keys, list ]
                    revoke: [ sh, -c, *script, keys, rm, "{id}" ]
            """.Replace("*script", "\"" + Script.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n") + "\"", StringComparison.Ordinal));
        return KilledLab.ContextOf(lab.Lab.Folder);
    }
}
