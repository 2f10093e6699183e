using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Cmdlets.Tests.Changes;

/// <summary>Plans, and changes that are gone on with and taken back, as they are typed; on services of a real Docker engine.</summary>
[Collection(DockerCollection.Name)]
public sealed class PlanCmdletTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName, _project = "c" + Guid.NewGuid().ToString("N")[..10];

    public PlanCmdletTests() => File.WriteAllText(Path.Combine(_folder, "ops.yaml"), $$"""
        environment: shop
        platform: { compose: { file: compose.yaml, project: {{_project}} } }
        """);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_plan_is_written_shown_and_carried_out_later()
    {
        await StartAsync("api", "db");
        PwshRun planned = Run("Stop-OpsService api, db -Grace 1s -PlanFile plan.json");
        ChangePlan plan = Assert.IsType<ChangePlan>(Assert.Single(planned.Objects));
        Assert.Equal(["service/api", "service/db"], plan.Parts.Select(p => p.Target).Order(StringComparer.Ordinal));
        Assert.All(["api", "db"], s => Assert.Equal(ServiceState.Running, StateOf(s)));
        Assert.False(Directory.Exists(Path.Combine(_folder, ".ops")));

        PwshRun shown = Run("Get-OpsPlan *.json");
        Assert.Empty(shown.Errors.Select(e => e.Message).Concat(shown.OtherErrors).Concat(shown.Warnings));
        ChangePlan read = Assert.IsType<ChangePlan>(Assert.Single(shown.Objects));
        Assert.Equal((plan.Hash, true), (read.Hash, read.Holds));
        Assert.Null(Assert.IsType<ChangePlan>(Assert.Single(Run("Get-ChildItem plan.json | Get-OpsPlan -Offline").Objects)).Holds);

        Assert.Equal("PlanInvalid", Assert.Single(Run("Invoke-OpsPlan plan.json -Hash 00 -Confirm:$false").Errors).ErrorId);
        PwshRun done = Run($"Invoke-OpsPlan plan.json -Hash {plan.Hash} -Confirm:$false");
        Assert.Equal(JournalOutcome.Completed, Assert.IsType<JournalEntry>(Assert.Single(done.Objects)).Outcome);
        Assert.All(["api", "db"], s => Assert.NotEqual(ServiceState.Running, StateOf(s)));

        // The whole and its parts stand in the journal, and the whole takes them back.
        Assert.Equal(3, Run("Get-OpsChange").Objects.Count);
        PwshRun undone = Run("Get-OpsChange -Target environment/shop | Undo-OpsChange -Confirm:$false");
        Assert.Empty(undone.Errors);
        Assert.All(["api", "db"], s => Assert.Equal(ServiceState.Running, StateOf(s)));
    }

    [Fact]
    public async Task A_plan_that_does_not_hold_any_more_says_what_has_moved_and_is_not_carried_out()
    {
        string[] ids = await StartAsync("api");
        Assert.Empty(Run("Stop-OpsService api -Grace 0s -PlanFile plan.json").Errors);
        await DockerFixture.DockerAsync("rm", "-f", ids[0]);
        await StartAsync("api");

        ChangePlan plan = Assert.IsType<ChangePlan>(Assert.Single(Run("Get-OpsPlan plan.json").Objects));
        Assert.False(plan.Holds);
        Assert.Contains("instances of api was", Assert.Single(plan.Moved));
        Assert.Single(Run("Get-OpsPlan plan.json | Assert-OpsResult").OtherErrors.Concat(Run("Get-OpsPlan plan.json | Assert-OpsResult").Errors.Select(e => e.Message)).Take(1));
        Assert.Equal("DriftDetected", Assert.Single(Run("Invoke-OpsPlan plan.json -Confirm:$false").Errors).ErrorId);
        Assert.Equal(ServiceState.Running, StateOf("api"));
    }

    [Fact]
    public async Task WhatIf_emits_the_plan_which_can_be_piped_on_and_does_nothing()
    {
        await StartAsync("api");
        PwshRun looked = Run("$p = Stop-OpsService api -Grace 1s -WhatIf; $p; $p | Wait-OpsService -Verbose; $p | Invoke-OpsPlan -Confirm:$false");
        Assert.Empty(looked.Errors.Select(e => e.Message).Concat(looked.OtherErrors));
        Assert.Equal("Stop 1 instance", Assert.IsType<ChangePlan>(looked.Objects[0]).Summary);
        Assert.IsType<JournalEntry>(looked.Objects[1]);
        Assert.Contains("on target \"service api of shop\"", Assert.Single(looked.WhatIfs));
        Assert.NotEqual(ServiceState.Running, StateOf("api"));
    }

    [Fact]
    public async Task A_change_is_taken_back_once_and_a_second_time_says_by_what_it_was()
    {
        await StartAsync("api");
        Assert.Empty(Run("Stop-OpsService api -Grace 0s").Errors);
        JournalEntry undo = Assert.IsType<JournalEntry>(Assert.Single(Run("Get-OpsChange -Last 1 | Undo-OpsChange -Confirm:$false").Objects));
        Assert.Equal(("Undo-OpsChange", "service/api", JournalOutcome.Completed), (undo.Action, undo.Target, undo.Outcome));
        Assert.Equal(ServiceState.Running, StateOf("api"));

        OpsException again = Assert.Single(Run("Get-OpsChange -Action Stop-* | Undo-OpsChange -Confirm:$false").Errors);
        Assert.Equal("ChangeNotUndoable", again.ErrorId);
        Assert.Contains(undo.Id, again.Message);
    }

    private async Task<string[]> StartAsync(params string[] services) => await Task.WhenAll(services.Select(s => DockerFixture.RunAsync(_project, s, DockerFixture.Stay)));

    private ServiceState StateOf(string service) => Assert.IsType<ServiceRecord>(Assert.Single(Run($"Get-OpsService {service}").Objects)).State;

    private PwshRun Run(string pipeline) => PwshRun.Of(pipeline, _folder);
}
