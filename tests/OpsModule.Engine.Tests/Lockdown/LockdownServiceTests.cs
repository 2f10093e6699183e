using System.Net;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Lockdown;
using OpsModule.Engine.Areas.Lockdown.Changing;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Phases;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Rollouts.Lab;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Lockdown;

/// <summary>A lockdown of a real compose project: its service is up with what is new, and what was given out before is refused.</summary>
[Collection(DockerCollection.Name)]
public sealed class LockdownServiceTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_service_is_up_with_the_new_secret_and_old_tokens_and_keys_are_refused(bool waits)
    {
        await using RolloutLab lab = await RolloutLab.UpAsync(replicas: 2);
        File.AppendAllText(Path.Combine(lab.Lab.Folder, "api.env"), "API_KEYS=key-of-one-client-1,key-of-another-client-2\n");
        await lab.ComposeAsync("up", "-d", "--scale", "api=2");
        await lab.Lab.UntilAsync(RolloutLab.Api, s => s.Instances.Count == 2 && s.Instances.All(i => i.IsReady));
        using OpsContext context = await DeclareAsync(lab);
        if (waits)
            Assert.Null(await new ChangeRunner(context).RunAsync(
                await new PhasePlanner(context).PlanAsync("jwt", new RotationOptions(), default), default));
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        string old = await TokenAsync(client, await AddressAsync(lab));
        string? pending = new SecretStore(context).Read("jwt").Pending?.Value;
        Assert.Equal(HttpStatusCode.OK, await CheckAsync(client, await AddressAsync(lab), old));

        ChangePlan plan = await new LockdownPlanner(context).PlanAsync("a breach", null, [], "Invoke-OpsSecurityLockdown", default);
        string id = (await new ChangeRunner(context).RunAsync(plan, default))!.Change!;

        LockdownResult result = new LockdownReport(context).Of(id)!;
        Assert.Equal(LockdownPartState.Done, result.Parts.Single(p => p.Part == LockdownPart.Secrets).State);
        Assert.Empty(context.Journal.FindUnfinished());
        Assert.Empty(new Journal(context.Environment, TimeProvider.System).Find(new JournalQuery { Waiting = true }, out int _));
        InstanceFacts[] running = [.. (await lab.Rolling.ListAsync(RolloutLab.Api, default)).Where(i => i.Runs)];
        Assert.Equal(2, running.Length);
        string now = new SecretStore(context).Read("jwt").Current!.Value;
        Assert.All(running, i => Assert.Equal((now, now), (i.Variables["API_SECRET"], i.Variables["API_SECRET_PREVIOUS"])));
        foreach (string value in new[] { "first-secret", pending, "key-of-one-client-1", "key-of-another-client-2" }.OfType<string>())
            Assert.All(running, i => Assert.DoesNotContain(i.Variables.Values, v => v.Contains(value, StringComparison.Ordinal)));
        // Each instance, and not only one of them.
        await lab.Lab.UntilAsync(RolloutLab.Api, s => s.Instances.Count == 2 && s.Instances.All(i => i.IsReady));
        string[] addresses = [.. (await lab.Lab.FindAsync(RolloutLab.Api)).Instances.Select(i => i.Address!)];
        string fresh = await TokenAsync(client, addresses[0]);
        foreach (string address in addresses)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await CheckAsync(client, address, old));
            Assert.Equal(HttpStatusCode.OK, await CheckAsync(client, address, fresh));
        }
    }

    private static async Task<string> AddressAsync(RolloutLab lab) =>
        (await lab.Lab.FindAsync(RolloutLab.Api)).Instances.First(i => i.State == InstanceState.Running && i.Address is not null).Address!;

    private static async Task<string> TokenAsync(HttpClient client, string address) =>
        (await client.GetStringAsync($"http://{address}:{HttpServiceImage.Port}/token")).Trim();

    private static async Task<HttpStatusCode> CheckAsync(HttpClient client, string address, string token)
    {
        using HttpResponseMessage answer = await client.GetAsync($"http://{address}:{HttpServiceImage.Port}/check/{token}");
        return answer.StatusCode;
    }

    private static async Task<OpsContext> DeclareAsync(RolloutLab lab)
    {
        string folder = lab.Lab.Folder, key = Path.Combine(folder, "identity.txt");
        await ProgramRunner.RunAsync(new ProgramCall("age-keygen", "-o", key), null, default);
        string recipient = (await ProgramRunner.RunAsync(new ProgramCall("age-keygen", "-y", key), null, default)).Trim();
        Directory.CreateDirectory(Path.Combine(folder, "evidence"));
        File.WriteAllText(Path.Combine(folder, "ops.yaml"), $$"""
            environment: lab
            platform: { compose: { file: compose.yaml, project: {{lab.Lab.Project}} } }
            services: { api: { rollout: { drain: 1s, health: 60s } } }
            backups: { stores: { safe: { path: evidence } }, encryption: { recipients: [ {{recipient}} ] } }
            secrets:
              jwt: { jwt: { lifetime: 1h }, uses: [ { file: api.env, key: API_SECRET, previous: API_SECRET_PREVIOUS, services: [ api ] } ] }
              clients: { apiKey: { list: true }, uses: [ { file: api.env, key: API_KEYS, form: list, services: [ api ] } ] }
            lockdown: { evidence: { store: safe }, keys: true, secrets: [ jwt ] }
            """);
        return KilledLab.ContextOf(folder);
    }
}
