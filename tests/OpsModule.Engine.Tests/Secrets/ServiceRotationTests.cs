using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Showing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Rollouts.Lab;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets;

/// <summary>Rotations of a secret that a running service reads, in a real compose project.</summary>
[Collection(DockerCollection.Name)]
public sealed class ServiceRotationTests
{
    [Fact]
    public async Task The_service_is_replaced_once_with_the_new_value_and_no_old_instance_is_left()
    {
        await using RolloutLab lab = await RolloutLab.UpAsync();
        using OpsContext context = RotationLab.Declare(lab);
        string[] before = await lab.IdsAsync();
        ChangePlan plan = await new RotationPlanner(context).PlanAsync([RotationLab.Name], new RotationOptions(), default);
        Assert.Equal(["secret.set", "service.update", "secret.finish"], plan.Parts.Select(p => p.Kind));
        var runner = new ChangeRunner(context);

        ChangeResult? done = await runner.RunAsync(plan, default);

        string now = RotationLab.InFile(lab);
        Assert.NotEqual(RotationLab.First, now);
        Assert.Equal(40, now.Length);
        Assert.Equal(now, await lab.VariableAsync("API_SECRET"));
        Assert.Empty(before.Intersect(await lab.IdsAsync()));
        RotationResult result = Assert.Single(new RotationReport(context).Of(done!.Change!));
        Assert.Equal((RotationOutcome.Done, 0, "api"), (result.Outcome, result.OldSessions, Assert.Single(result.Services)));
        Assert.Contains(result.Proofs, p => p.Contains("1 instance of api has it, and none the old one"));
        Assert.True((await new SecretTester(context).TestAsync(RotationLab.Name, default)).Passed);
        // Whoever may ask the engine sees the new one, and the old one in nothing that is left: no container, and no image.
        string[] left = (await DockerFixture.DockerAsync("ps", "-aq", "--filter", "label=com.docker.compose.project=" + lab.Lab.Project)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] images = (await DockerFixture.DockerAsync("images", "-aq")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string inspected = await DockerFixture.DockerAsync(["inspect", .. left, .. images.Distinct()]);
        Assert.Contains(now, inspected);
        Assert.DoesNotContain(RotationLab.First, inspected);
        // Nothing that is kept in the clear has one of the values.
        foreach (string file in Directory.EnumerateFiles(context.Environment.StateDirectory, "*", SearchOption.AllDirectories))
            Assert.False(Text(file).Contains(now) || Text(file).Contains(RotationLab.First), file);
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => runner.UndoAsync(context.Journal.Find(done.Change!)!, default));
        Assert.Equal("ChangeNotUndoable", error.ErrorId);
        Assert.Contains("its old value was dropped", error.Message);
    }

    /// <summary>The migration fails whenever it is run: a rotation brings out the same code, and runs none.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_rotation_that_waits_is_taken_back_with_files_and_instances_and_what_others_wrote_stays(bool isEdited)
    {
        await using RolloutLab lab = await RolloutLab.UpAsync();
        using OpsContext context = RotationLab.DeclareValue(lab);
        string file = Path.Combine(lab.Lab.Folder, "api.env"), before = File.ReadAllText(file);
        var runner = new ChangeRunner(context);
        var material = new SecretMaterial("made-by-somebody-else");
        ChangePlan plan = await new RotationPlanner(context).PlanAsync([RotationLab.Name], new RotationOptions { HandedIn = material }, default);
        new HandedInValue(context).Keep(RotationLab.Name, material);

        Assert.Null(await runner.RunAsync(plan, default));

        Assert.Equal(material.Value, RotationLab.InFile(lab));
        Assert.Equal(material.Value, await lab.VariableAsync("API_SECRET"));
        Assert.Equal(RotationOutcome.Waiting, Assert.Single(new RotationReport(context).Of(runner.Latest!)).Outcome);
        const string Theirs = "# somebody else's line\n";
        if (isEdited) File.AppendAllText(file, Theirs);
        await runner.UndoAsync(context.Journal.Find(runner.Latest!)!, default);

        Assert.Equal(isEdited ? before + Theirs : before, File.ReadAllText(file));
        Assert.Equal(RotationLab.First, await lab.VariableAsync("API_SECRET"));
        Assert.Empty(context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task Secrets_that_share_a_service_replace_it_once_and_both_are_in_use()
    {
        await using RolloutLab lab = await RolloutLab.UpAsync(RolloutLab.Plain.Replace("COLOUR: \"${COLOUR}\"",
            "COLOUR: \"${COLOUR}\", SECOND: \"${SECOND}\""));
        string env = Path.Combine(lab.Lab.Folder, ".env");
        File.AppendAllText(env, "SECOND=second-secret-1\n");
        await lab.ComposeAsync("up", "-d");
        await lab.Lab.UntilAsync(RolloutLab.Api, s => s.Instances.Count == 1 && s.Instances.All(i => i.IsReady));
        Assert.Equal("second-secret-1", await lab.VariableAsync("SECOND"));
        // Who reads the second one is said by the compose file alone.
        using OpsContext context = RotationLab.Declare(lab, "second: { random: {}, uses: [ { file: .env, key: SECOND } ] }");
        string[] before = await lab.IdsAsync();

        ChangePlan plan = await new RotationPlanner(context).PlanAsync([RotationLab.Name, "second"], new RotationOptions(), default);

        Assert.Equal(["secret.set", "secret.set", "service.update", "secret.finish", "secret.finish"], plan.Parts.Select(p => p.Kind));
        ChangeResult done = (await new ChangeRunner(context).RunAsync(plan, default))!;
        Assert.Equal(RotationLab.InFile(lab), await lab.VariableAsync("API_SECRET"));
        string? second = await lab.VariableAsync("SECOND");
        Assert.Contains($"SECOND={second}\n", File.ReadAllText(env));
        Assert.DoesNotContain(second, (string?[])[RotationLab.First, "second-secret-1", RotationLab.InFile(lab)]);
        Assert.Empty(before.Intersect(await lab.IdsAsync()));
        Assert.Single(context.Journal.FindParts(done.Change!), p => p.Target == "service/api");
        Assert.Equal([RotationOutcome.Done, RotationOutcome.Done], new RotationReport(context).Of(done.Change!).Select(r => r.Outcome));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_operator_s_shell_says_is_not_what_new_instances_get(bool takenBack)
    {
        const string Name = "OPSTEST_ROTATED";
        await using RolloutLab lab = await RolloutLab.UpAsync(RolloutLab.Plain.Replace("COLOUR: \"${COLOUR}\"",
            $"COLOUR: \"${{COLOUR}}\", {Name}: \"${{{Name}}}\""));
        string env = Path.Combine(lab.Lab.Folder, ".env");
        File.AppendAllText(env, $"{Name}=of-the-file-1\n");
        await lab.ComposeAsync("up", "-d");
        await lab.Lab.UntilAsync(RolloutLab.Api, s => s.Instances.Count == 1 && s.Instances.All(i => i.IsReady));
        using OpsContext context = RotationLab.Declare(lab, $"shelled: {{ {(takenBack ? "value: { proof: none }" : "random: {}")}, uses: [ {{ file: .env, key: {Name} }} ] }}");
        SecretMaterial? material = takenBack ? new SecretMaterial("made-by-somebody-else") : null;
        Environment.SetEnvironmentVariable(Name, "of-the-shell-1");
        try
        {
            ChangePlan plan = await new RotationPlanner(context).PlanAsync(["shelled"],
                new RotationOptions { HandedIn = material }, default);
            if (material is not null) new HandedInValue(context).Keep("shelled", material);
            Assert.Contains(plan.Warnings, w => w.Contains(Name) && !w.Contains("of-the-shell"));
            var runner = new ChangeRunner(context);
            await runner.RunAsync(plan, default);
            string? now = await lab.VariableAsync(Name);
            Assert.Contains($"{Name}={now}\n", File.ReadAllText(env));
            Assert.DoesNotContain(now, (string[])["of-the-shell-1", "of-the-file-1"]);
            if (!takenBack) return;
            await runner.UndoAsync(context.Journal.Find(runner.Latest!)!, default);
            Assert.Equal("of-the-file-1", await lab.VariableAsync(Name));
            Assert.Contains($"{Name}=of-the-file-1\n", File.ReadAllText(env));
        }
        finally { Environment.SetEnvironmentVariable(Name, null); }
    }

    [Fact]
    public async Task A_value_that_a_build_puts_in_is_built_anew_and_rolled_out_and_refused_where_nothing_says_so()
    {
        using var second = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync();
        string image = $"ops-built-{lab.Lab.Project}:1";
        File.WriteAllText(Path.Combine(lab.Lab.Folder, "Dockerfile"),
            "FROM ops-test-http:1\nARG NEXT_PUBLIC_KEY\nENV BAKED=$NEXT_PUBLIC_KEY\n");
        File.WriteAllText(Path.Combine(lab.Lab.Folder, "compose.yaml"), $$"""
            services:
              api:
                image: {{image}}
                build: { context: ., args: { NEXT_PUBLIC_KEY: "${NEXT_PUBLIC_KEY}" } }
                env_file: [api.env]
                stop_grace_period: 5s
            """);
        File.WriteAllText(Path.Combine(lab.Lab.Folder, ".env"), "NEXT_PUBLIC_KEY=baked-value-1\n");
        try
        {
            await lab.ComposeAsync("up", "-d", "--build");
            await lab.Lab.UntilAsync(RolloutLab.Api, s => s.Instances.Count == 1 && s.Instances.All(i => i.IsReady));
            Assert.Equal("baked-value-1", await lab.VariableAsync("BAKED"));
            using (OpsContext silent = RotationLab.Declare(lab, "baked: { random: {}, uses: [ { file: .env, key: NEXT_PUBLIC_KEY } ] }"))
            {
                OpsException refused = await Assert.ThrowsAsync<OpsException>(() =>
                    new RotationPlanner(silent).PlanAsync(["baked"], new RotationOptions(), default));
                Assert.Equal("SecretBuiltIn", refused.ErrorId);
                Assert.Contains("build: true", refused.RecommendedAction);
            }
            using OpsContext context = RotationLab.Declare(lab,
                "baked: { random: {}, uses: [ { file: .env, key: NEXT_PUBLIC_KEY, build: true } ] }");
            ChangePlan plan = await new RotationPlanner(context).PlanAsync(["baked"], new RotationOptions(), default);
            Assert.Equal(["secret.set", "service.build", "service.update", "secret.finish"], plan.Parts.Select(p => p.Kind));

            ChangeResult done = (await new ChangeRunner(context).RunAsync(plan, default))!;

            string? now = await lab.VariableAsync("BAKED");
            Assert.Equal($"NEXT_PUBLIC_KEY={now}\n", File.ReadAllText(Path.Combine(lab.Lab.Folder, ".env")));
            Assert.NotEqual("baked-value-1", now);
            Assert.Equal(RotationOutcome.Done, Assert.Single(new RotationReport(context).Of(done.Change!)).Outcome);
        }
        finally { await DockerFixture.DockerAsync("image", "rm", "--force", image); }
    }

    private static string Text(string file) => System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file));
}
