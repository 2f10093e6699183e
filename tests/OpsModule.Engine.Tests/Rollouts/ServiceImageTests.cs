using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Changing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Rollouts.Lab;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Rollouts;

/// <summary>Which image is brought out, what containers count, and what is found of a service, on a real engine.</summary>
[Collection(DockerCollection.Name)]
public sealed class ServiceImageTests
{
    [Fact]
    public async Task An_image_that_was_brought_out_by_its_name_stays_whatever_else_is_brought_out_or_scaled()
    {
        using var compose = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync();
        await HttpServiceImage.MakeAsync("crash", ["CRASH_AFTER_MS=0"]);
        await lab.UpdateAsync(new RolloutOptions { Tag = "2" });
        await Assert.ThrowsAsync<OpsException>(() => lab.UpdateAsync(new RolloutOptions { Tag = "crash" }));

        // The failed update has named another image meanwhile.
        await lab.Lab.Platform.ScaleAsync(TestScope.Instance, await lab.Lab.FindAsync(RolloutLab.Api), 2, default);
        Assert.Equal("ops-test-http:2 Running, ops-test-http:2 Running", await lab.LookAsync());

        // One of them is of no revision now, and nobody asks for an image.
        lab.Write("1", "blue", "first-secret");
        Assert.Contains(await CheckAsync(lab, new RolloutOptions()), f => f.Code == "ImageStays");
        await lab.UpdateAsync(new RolloutOptions());
        Assert.Equal("ops-test-http:2 Running, ops-test-http:2 Running", await lab.LookAsync());
        Assert.Equal("blue", await lab.VariableAsync("COLOUR"));

        // The files name another one than they did: that is what is wanted, unless something else is brought out.
        lab.Write("crash", "green", "first-secret");
        IReadOnlyList<RolloutFinding> files = await CheckAsync(lab, new RolloutOptions());
        Assert.Contains("ops-test-http:crash since", Assert.Single(files, f => f.Code == "ImageOfFiles").Words);
        await lab.UpdateAsync(new RolloutOptions { KeepsImage = true });
        Assert.Equal("ops-test-http:2 Running, ops-test-http:2 Running", await lab.LookAsync());
        Assert.Equal("green", await lab.VariableAsync("COLOUR"));
    }

    [Fact]
    public async Task A_name_that_a_pull_has_given_to_another_image_is_given_back_with_the_old_version()
    {
        using var compose = new ComposeV2();
        using var registry = new ImageRegistry();
        await HttpServiceImage.MakeAsync("1");
        await HttpServiceImage.MakeAsync("crash", ["CRASH_AFTER_MS=0"]);
        await registry.PushAsync("ops-test-http:1", "latest");
        await DockerFixture.DockerAsync("pull", registry.Name + ":latest");
        await using RolloutLab lab = await RolloutLab.UpAsync(RolloutLab.Plain.Replace("ops-test-http:${TAG}", registry.Name + ":latest"));
        string? before = (await lab.Rolling.FindImageAsync(registry.Name + ":latest", default))?.Id;
        await registry.PushAsync("ops-test-http:crash", "latest");

        OpsException failed = await Assert.ThrowsAsync<OpsException>(() => lab.UpdateAsync(new RolloutOptions { Pull = true }));

        Assert.Equal("InstanceCrashed", failed.ErrorId);
        Assert.NotNull(before);
        Assert.Equal(before, (await lab.Rolling.FindImageAsync(registry.Name + ":latest", default))?.Id);
    }

    [Fact]
    public async Task A_container_that_somebody_started_by_hand_is_no_instance_and_stays()
    {
        using var compose = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync();
        // As of an image that Compose has built: project and service are labels of the image, and nothing numbers the container.
        string hand = (await DockerFixture.DockerAsync("run", "-d", "--label", "com.docker.compose.project=" + lab.Lab.Project, "--label",
            "com.docker.compose.service=api", "ops-test-http:1")).Trim();

        Assert.DoesNotContain(await lab.Rolling.ListAsync(RolloutLab.Api, default), i => i.Id == hand);
        RolloutResult made = await lab.UpdateAsync(new RolloutOptions { Tag = "2" });

        Assert.Equal((RolloutOutcome.Done, 1), (made.Outcome, made.Instances));
        Assert.Equal("true", (await DockerFixture.DockerAsync("inspect", "-f", "{{.State.Running}}", hand)).Trim());
    }

    [Theory]
    [InlineData("./data:/data", TraitKind.SharedFolder)]
    [InlineData("./data:/data:ro", null)]
    [InlineData("./compose.yaml:/file", null)]
    public async Task A_folder_that_it_writes_to_makes_the_old_one_stop_first(string mount, TraitKind? kind)
    {
        using var compose = new ComposeV2();
        await using RolloutLab lab = await RolloutLab.UpAsync(RolloutLab.Plain + $"\n    volumes: [\"{mount}\"]\n");
        IReadOnlyList<RolloutFinding> findings = await CheckAsync(lab, new RolloutOptions { Tag = "2" });
        Assert.Equal(kind?.ToString(), findings.FirstOrDefault(f => f.Effect == RolloutEffect.StopFirst)?.Code);
        Assert.DoesNotContain(findings, f => f.Code == "FilesChanged");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_made_otherwise_than_the_files_say_now_is_found_and_given_back_as_it_was(bool second)
    {
        using ComposeV2? compose = second ? new ComposeV2() : null;
        await using RolloutLab lab = await RolloutLab.UpAsync(RolloutLab.Plain + "\n    command: [/service, 'a b', \"$$c\"]\n");
        InstanceFacts before = (await lab.Rolling.ListAsync(RolloutLab.Api, default))[0];
        Assert.DoesNotContain(await CheckAsync(lab, new RolloutOptions { Tag = "2" }), f => f.Code == "FilesChanged");

        File.WriteAllText(Path.Combine(lab.Lab.Folder, "compose.yaml"), RolloutLab.Plain + "\n    user: \"12\"\n");

        RolloutFinding found = Assert.Single(await CheckAsync(lab, new RolloutOptions { Tag = "2" }), f => f.Code == "FilesChanged");
        Assert.Contains("command, user", found.Words);
        await lab.UpdateAsync(new RolloutOptions { Tag = "2" });
        Assert.Equal("12", (await lab.Rolling.ListAsync(RolloutLab.Api, default))[0].Settings.User);
        await lab.UpdateAsync(new RolloutOptions { ToRevision = 1 });
        InstanceFacts now = (await lab.Rolling.ListAsync(RolloutLab.Api, default))[0];
        Assert.Equal(("", "/service|a b|$c"), (now.Settings.User, string.Join('|', now.Settings.Command)));
        Assert.Equal(before.Settings.HealthTest, now.Settings.HealthTest);

        // What is made of what was kept has its values from nowhere but memory, and is scaled alike.
        Assert.DoesNotContain(Directory.EnumerateFiles(lab.Context.Environment.StateDirectory, "*", SearchOption.AllDirectories),
            f => File.ReadAllText(f).Contains("first-secret"));
        await lab.Lab.Platform.ScaleAsync(TestScope.Instance, await lab.Lab.FindAsync(RolloutLab.Api), 2, default);
        Assert.All(await lab.Rolling.ListAsync(RolloutLab.Api, default), i => Assert.Equal("first-secret", i.Variables["API_SECRET"]));
        InstanceAnswer said = await lab.Rolling.AskAsync(now with { HealthTest = ["/bin/sh", "-c", "echo $API_SECRET; exit 1"] }, default);
        Assert.Equal((1, "***"), (said.ExitCode, said.Words));
    }

    [Fact]
    public async Task Files_that_change_while_it_is_brought_out_bring_the_old_version_back()
    {
        using var compose = new ComposeV2();
        var at = new WritingReporter();
        await using RolloutLab lab = await RolloutLab.UpAsync(replicas: 2, reporter: at);
        string[] before = await lab.IdsAsync();
        at.When("is removed", () => lab.Write("1", "blue", "second-secret"));

        OpsException failed = await Assert.ThrowsAsync<OpsException>(() => lab.UpdateAsync(new RolloutOptions { Tag = "2" }));

        Assert.Equal("FilesChanged", failed.ErrorId);
        Assert.Equal("ops-test-http:1 Running, ops-test-http:1 Running", await lab.LookAsync());
        Assert.All(await lab.Rolling.ListAsync(RolloutLab.Api, default), i => Assert.Equal("first-secret", i.Variables["API_SECRET"]));
        Assert.Single(before.Intersect(await lab.IdsAsync()));
        Assert.Contains("second-secret", File.ReadAllText(Path.Combine(lab.Lab.Folder, "api.env")));
    }

    private static Task<IReadOnlyList<RolloutFinding>> CheckAsync(RolloutLab lab, RolloutOptions options) =>
        new RolloutPlanner(lab.Context).CheckAsync(RolloutLab.Api, options with { Proxy = "none" }, default);

    /// <summary>Does something once, at the moment when an update says that it has come so far.</summary>
    private sealed class WritingReporter : IOpsReporter
    {
        private string? _words;
        private Action? _do;

        public void When(string words, Action action) => (_words, _do) = (words, action);

        public void Progress(OpsProgress progress) { }

        public void Warning(string message) { }

        public void Verbose(string message)
        {
            if (_words is null || !message.Contains(_words)) return;
            _words = null;
            _do!();
        }
    }
}
