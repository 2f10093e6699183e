using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Changing;
using OpsModule.Engine.Areas.Rollouts.Orders;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Rollouts.Sealing;
using OpsModule.Engine.Areas.Rollouts.Surveying;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Environments.Rollouts;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Tests.Rollouts;

/// <summary>What needs no engine: names of images, sealing, and the order that findings leave.</summary>
public sealed class RolloutUnitTests
{
    [Theory]
    [InlineData("api", "api", null, null, null)]
    [InlineData("shop/api:2.1", "shop/api", "2.1", null, null)]
    [InlineData("registry.example.net:5000/shop/api", "registry.example.net:5000/shop/api", null, null, "registry.example.net:5000")]
    [InlineData("localhost/api:1@sha256:ab", "localhost/api", "1", "sha256:ab", "localhost")]
    public void A_name_of_an_image_is_taken_apart(string text, string repository, string? tag, string? digest, string? registry)
    {
        ImageReference read = ImageReference.Parse(text);
        Assert.Equal((repository, tag, digest, registry), (read.Repository, read.Tag, read.Digest, read.Registry));
        Assert.Equal(text, read.ToString());
    }

    [Fact]
    public void What_is_sealed_opens_with_its_key_at_its_place_alone()
    {
        using TempFolder one = new(), other = new();
        RevisionKey key = RevisionKey.Of(one["state"]), foreign = RevisionKey.Of(other["state"]);
        byte[] made = key.Seal("content"u8.ToArray(), "shop/api/1");

        Assert.Equal("content"u8.ToArray(), RevisionKey.Of(one["state"]).Open(made, "shop/api/1"));
        Assert.Null(key.Open(made, "shop/api/2"));
        Assert.Null(foreign.Open(made, "shop/api/1"));
        made[^1] ^= 1;
        Assert.Null(key.Open(made, "shop/api/1"));
        Assert.Null(key.Open([1, 2], "shop/api/1"));
        Assert.NotEqual(key.Fingerprint("a"), foreign.Fingerprint("a"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(one["state/rollouts/key"]));
    }

    [Theory]
    [InlineData("linux/amd64", true)]
    [InlineData("linux/386", true)]
    [InlineData("linux/arm64", false)]
    public void An_image_for_another_machine_is_refused(string platform, bool fits)
    {
        var image = new ImageTarget("api:2", "sha256:1", null, null, null) { Platforms = [platform] };
        Assert.Equal(fits, !RolloutChecks.OfImage("api", image, new EngineFacts("linux", "amd64"), null).Any());
    }

    [Theory]
    [InlineData("http://{instance}:4000/health", true)]
    [InlineData("https://{instance}/?a=b", true)]
    [InlineData("http://api.example.net/health", false)]
    [InlineData("http://api.example.net/{instance}", false)]
    [InlineData("http://user@{instance}/", false)]
    [InlineData("http://{instance}:99999/", false)]
    public void A_probe_asks_one_instance_and_no_other(string probe, bool isOne)
    {
        Assert.Equal(isOne, RolloutSettings.IsProbe(probe));
        using var folder = new TempFolder();
        EnvironmentLoad read = EnvironmentLoader.Load(folder.Write("ops.yaml",
            $"environment: lab\nservices:\n  api: {{ rollout: {{ probe: \"{probe}\" }} }}\n"));
        Assert.Equal(isOne, !read.Findings.Any(f => f.Code == "BadValue"));
        Dictionary<string, string> given = new RolloutOrder { Service = "api", Image = "api:2", Strategy = RolloutStrategy.StartFirst,
            Probe = probe }.Write();
        var plan = new ChangePlan { Environment = "lab", Kind = UpdateService.KindName, Action = "Update-OpsService",
            Target = "service/api", Summary = "", Arguments = given, PlannedAt = DateTimeOffset.UnixEpoch };
        if (isOne) Assert.Equal(probe, RolloutOrder.Read(plan).Probe);
        else Assert.Throws<FormatException>(() => RolloutOrder.Read(plan));
    }

    [Theory]
    [InlineData("8080-8081", 1, RolloutStrategy.StartFirst, true)]
    [InlineData("8080-8082", 2, RolloutStrategy.StartFirst, true)]
    [InlineData("8080-8082", 2, RolloutStrategy.BlueGreen, false)]
    [InlineData("8080-8081", 2, RolloutStrategy.StopFirst, true)]
    [InlineData("8080", 1, RolloutStrategy.StartFirst, false)]
    public void A_range_of_ports_is_enough_for_all_that_are_there_at_once(string ports, int replicas, RolloutStrategy strategy, bool fits)
    {
        InstanceModel model = Model("shop", "api") with { Replicas = replicas, Traits = [new InstanceTrait(TraitKind.HostPort, ports)] };
        var survey = new RolloutSurvey { Service = "api", Options = new RolloutOptions { BatchSize = 1 }, Model = model, Instances = [] };
        Assert.Equal(fits, !RolloutChecks.OfTraits(model, survey.AtOnce(strategy)).Any());
    }

    [Fact]
    public void The_name_that_keeps_an_image_is_of_one_service_one_image_and_one_state_folder()
    {
        using TempFolder one = new(), other = new();
        RevisionKey key = RevisionKey.Of(one["state"]);
        string[] names =
        [
            RevisionKeeper.TagOf(key, Model("shop", "api-worker"), 3, "sha256:1"),
            RevisionKeeper.TagOf(key, Model("shop-api", "worker"), 3, "sha256:1"),
            RevisionKeeper.TagOf(key, Model("shop", "api-worker"), 3, "sha256:2"),
            RevisionKeeper.TagOf(RevisionKey.Of(other["state"]), Model("shop", "api-worker"), 3, "sha256:1"),
        ];
        Assert.Equal(names.Length, names.Distinct().Count());
        // What the engine takes as a name: no separator at an end, or beside another.
        Assert.All(names.Append(RevisionKeeper.TagOf(key, Model("shop_", "_My-.Api_"), 3, "sha256:1")), n =>
            Assert.Matches(@"\Aopsmodule/[a-z0-9]+(-[a-z0-9]+)*:3-[0-9a-f]+\z", n));
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_not_taken_for_unchanged()
    {
        using var folder = new TempFolder();
        folder.Write("read.env", "A=1");
        InstanceModel model = Model("shop", "api") with { VariableFiles = [folder["read.env"]], MountedFiles = [folder["gone"]] };
        Assert.Equal([folder["gone"]], new RevisionPrints(RevisionKey.Of(folder["state"])).Unread(model));
    }

    [Fact]
    public void Files_are_written_where_a_link_leads_for_their_owner_and_what_was_not_there_goes_again()
    {
        using var folder = new TempFolder();
        string real = folder.Write("real.env", "A=1"), link = folder["link.env"], made = folder["made.env"];
        File.CreateSymbolicLink(link, real);
        File.SetUnixFileMode(real, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
        if (FileFacts.IsRoot) Assert.True(FileFacts.Give(real, 1234, 1235));
        Dictionary<string, KeptFile?> before = KeptFile.StateOf([link, made]);
        UnixFileMode mode = File.GetUnixFileMode(real);
        File.WriteAllText(real, "A=2");
        File.WriteAllText(made, "B=1");

        // They lie sealed meanwhile, as JSON.
        before = JsonSerializer.Deserialize<Dictionary<string, KeptFile?>>(JsonSerializer.Serialize(before))!;
        string words = KeptFiles.Write(before);

        Assert.Equal("link.env is as it was; made.env is gone again", words);
        Assert.Equal((real, "A=1", false), (new FileInfo(link).LinkTarget, File.ReadAllText(link), File.Exists(made)));
        Assert.Equal(mode, File.GetUnixFileMode(real));
        if (FileFacts.IsRoot) Assert.Equal((1234u, 1235u), (FileFacts.Of(real)!.Value.Owner, FileFacts.Of(real)!.Value.Group));
    }

    [Fact]
    public void Two_environments_of_one_state_folder_keep_revisions_apart_and_take_over_what_they_had()
    {
        using var folder = new TempFolder();
        RevisionStore one = Store(folder, "one"), two = Store(folder, "two");
        one.Keep(Kept("one"));
        Assert.Empty(two.List("api"));
        two.Keep(Kept("two"));
        Assert.Equal(("one", "two"), (one.Find("api", 1).Shown.Image, two.Find("api", 1).Shown.Image));

        // Where all environments once had them together.
        string old = folder["state/rollouts/api"];
        Directory.Move(folder["state/rollouts/@one/api"], old);
        Assert.Equal("two", Assert.Single(Store(folder, "two").List("api")).Shown.Image);
        Assert.Equal("one", Assert.Single(Store(folder, "one").List("api")).Shown.Image);
        Assert.Empty(Directory.EnumerateFiles(old));
    }

    [Fact]
    public void The_instance_that_runs_counts_and_not_one_that_has_ended()
    {
        InstanceFacts ended = Facts("a", InstanceState.Exited), runs = Facts("b", InstanceState.Running);
        Assert.Same(runs, InstanceFacts.Serving([ended, runs]));
        Assert.Same(ended, InstanceFacts.Serving([ended]));
        Assert.Null(InstanceFacts.Serving([]));
    }

    private static InstanceFacts Facts(string id, InstanceState state) =>
        new() { Instance = new ServiceInstance { Id = id, Name = id, Service = "api", State = state }, ImageId = "sha256:" + id };

    private static InstanceModel Model(string project, string service) =>
        new() { Project = project, Service = service, Resolved = "{}", Folder = "/" };

    private static RevisionStore Store(TempFolder folder, string name) => new(OpsContextFactory.Create(new OpsEnvironment
    {
        Name = name, Directory = folder.Path, StateDirectory = folder["state"],
    }, new RecordingReporter()));

    private static KeptRevision Kept(string environment) => new()
    {
        Shown = new ServiceRevision { Environment = environment, Service = "api", Revision = 1, Image = environment },
        ImageId = "sha256:1", Model = Model("shop", "api"),
    };

    [Theory]
    [InlineData(RolloutStrategy.Auto, "NamedVolume", RolloutStrategy.StopFirst)]
    [InlineData(RolloutStrategy.StartFirst, "NamedVolume", RolloutStrategy.StartFirst)]
    [InlineData(RolloutStrategy.StartFirst, "HostPort", RolloutStrategy.StopFirst)]
    [InlineData(RolloutStrategy.BlueGreen, null, RolloutStrategy.BlueGreen)]
    [InlineData(RolloutStrategy.Auto, null, RolloutStrategy.StartFirst)]
    [InlineData(RolloutStrategy.StopFirst, null, RolloutStrategy.StopFirst)]
    public void What_cannot_be_at_once_stops_first_whatever_was_asked(RolloutStrategy asked, string? found, RolloutStrategy chosen)
    {
        RolloutFinding[] findings = found is null ? [] : [new RolloutFinding("api", found, RolloutEffect.StopFirst, "Because.")];
        (RolloutStrategy strategy, string? words) = RolloutChecks.Choose(new RolloutOptions { Strategy = asked }, findings);
        Assert.Equal(chosen, strategy);
        Assert.Equal(found is not null && chosen == RolloutStrategy.StopFirst, words is not null);
    }
}
