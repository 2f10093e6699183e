using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Connections.Proxies;
using OpsModule.Connections.Proxies.Nginx;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Rollouts.Changing;
using OpsModule.Engine.Areas.Rollouts.Orders;
using OpsModule.Engine.Areas.Rollouts.Surveying;
using OpsModule.Engine.Areas.Rollouts.Watching;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments.Rollouts;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Rollouts;

/// <summary>What of the way of an update needs no engine: the order in a plan, how many instances there are to be, what a watch has
/// proven.</summary>
public sealed class RolloutFlowTests
{
    private static readonly RolloutOrder Order = new()
    {
        Service = "api", Image = "api:2", Strategy = RolloutStrategy.StartFirst, MaxErrorRate = 0.01, MinRequests = 50,
        Watch = TimeSpan.FromSeconds(10), Revision = 2,
    };

    [Fact]
    public void A_migration_stands_in_the_order_and_comes_back_as_it_was()
    {
        RolloutOrder order = Order with
        {
            Migrate = new MigrateSettings(["npm", "run", "a b"]) { IsBefore = false, Undo = ["npm", "down"] },
        };
        RolloutOrder read = RolloutOrder.Read(PlanOf(order.Write()));
        Assert.Equal(["npm", "run", "a b"], read.Migrate!.Command);
        Assert.Equal(["npm", "down"], read.Migrate.Undo);
        Assert.False(read.Migrate.IsBefore);
        Assert.Null(RolloutOrder.Read(PlanOf(Order.Write())).Migrate);
    }

    [Theory]
    [InlineData("migrate", "[]")]
    [InlineData("migrate", "[null]")]
    [InlineData("migrate", "npm run migrate")]
    [InlineData("migrate-when", "sometimes")]
    public void One_that_somebody_has_written_badly_is_refused(string name, string value)
    {
        Dictionary<string, string> given = (Order with { Migrate = new MigrateSettings(["npm"]) }).Write();
        given[name] = value;
        Assert.Throws<FormatException>(() => RolloutOrder.Read(PlanOf(given)));
    }

    [Theory]
    [InlineData("R R R", 3, 3, null)]
    [InlineData("R R E", 1, 3, "FewerRun")]
    [InlineData("R R", 3, 2, "FewerRun")]
    [InlineData("E E", 1, 2, "WillBeStarted")]
    [InlineData("R P", 1, 1, null)]
    [InlineData("", 2, 2, null)]
    [InlineData("", 0, 0, "NoInstances")]
    public void As_many_are_brought_out_as_there_are(string there, int replicas, int wanted, string? code)
    {
        InstanceFacts[] instances = [.. there.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((s, n) => new InstanceFacts
        {
            ImageId = "sha256:1",
            Instance = new ServiceInstance { Id = "c" + n, Name = "api-" + n, Service = "api", State = s switch
            {
                "R" => InstanceState.Running, "E" => InstanceState.Exited, _ => InstanceState.Pending,
            } },
        })];
        var survey = new RolloutSurvey
        {
            Service = "api", Options = new(), Instances = instances,
            Model = new InstanceModel { Service = "api", Project = "shop", Resolved = "{}", Folder = "/srv", Replicas = replicas },
        };
        Assert.Equal(wanted, survey.Wanted);
        Assert.Equal(code, InstanceCount.Of(survey).SingleOrDefault()?.Code);
    }

    [Theory]
    // Own requests by the users' way are among those that the proxy tells.
    [InlineData(true, 60, 0, 60, 0, 60)]
    [InlineData(true, 40, 0, 40, 0, null)]
    // Those to instances are not.
    [InlineData(false, 30, 0, 40, 0, 70)]
    public void Each_request_counts_once(bool usersWay, int asked, int failed, int told, int errors, int? proven)
    {
        WatchResult seen = new WatchJudgement(Order) { GoesByUsersWay = usersWay }.Of([Asked(asked, failed)], Told(told, errors));
        Assert.Equal((proven is not null, (long)(proven ?? 40)), (seen.IsProven, seen.Requests));
    }

    [Theory]
    // What fails before it comes to the proxy is in none of its figures.
    [InlineData(60, 30, 1000, 0, 0, 0, true)]
    [InlineData(0, 0, 100, 5, 0, 0, true)]
    // The old one did as badly, as was seen before it went.
    [InlineData(0, 0, 100, 5, 100, 6, false)]
    [InlineData(0, 0, 100, 5, 10, 6, true)]
    public void What_fails_more_often_than_the_old_one_did_is_not_kept(int asked, int failed, int told, int errors, int before,
        int beforeFailed, bool fails)
    {
        var judgement = new WatchJudgement(Order) { GoesByUsersWay = true, Before = new WatchCount(before, beforeFailed) };
        AvailabilityRecord[] own = asked == 0 ? [] : [Asked(asked, failed)];
        OpsException? thrown = null;
        try { judgement.Of(own, Told(told, errors)); }
        catch (OpsException e) { thrown = e; }
        Assert.Equal(fails ? "WatchFailed" : null, thrown?.ErrorId);
    }

    [Fact]
    public void Where_the_proxy_had_nobody_to_send_to_the_new_version_has_failed_and_not_the_old_one()
    {
        string log = string.Concat(Enumerable.Repeat("1800000000.000 502 0.000 [api] [502] [0.000] api\n", 100))
            + string.Concat(Enumerable.Repeat("1800000000.000 200 0.004 [10.0.0.1:80] [200] [0.004] api\n", 100));
        IReadOnlyList<ProxyTraffic> all = NginxLog.Read(log, "api", DateTimeOffset.UnixEpoch);

        ProxyShare share = ProxyShare.Of(all, new HashSet<string> { "10.0.0.1:80" });

        Assert.Equal((100, 0, 100), (share.Own.Sum(t => t.Requests), share.Others.Count, share.Nobody.Sum(t => t.ServerErrors)));
        Assert.Equal("WatchFailed", Assert.Throws<OpsException>(() => new WatchJudgement(Order).Of([], share)).ErrorId);
        // Of those that go it says nothing: what they are held to does not rise.
        Assert.Empty(ProxyShare.Of(all, new HashSet<string> { "10.0.0.9:80" }).Own);
    }

    private static AvailabilityRecord Asked(int requests, int failures) => new()
    {
        Uri = "http://localhost/", StartedAt = DateTimeOffset.UnixEpoch, Duration = TimeSpan.FromSeconds(10), Requests = requests,
        Failures = failures,
    };

    private static ProxyShare Told(int requests, int errors) =>
        new([new ProxyTraffic(new ProxyServer("10.0.0.1", 80), requests, errors, null)], [], []);

    private static ChangePlan PlanOf(Dictionary<string, string> arguments) => new()
    {
        Environment = "lab", Kind = UpdateService.KindName, Action = "Update-OpsService", Target = Target.Service("api").Path,
        Summary = "update", Arguments = arguments, PlannedAt = DateTimeOffset.UnixEpoch,
    };
}
