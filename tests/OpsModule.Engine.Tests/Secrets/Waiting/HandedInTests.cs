using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Waiting;

/// <summary>Values that people hand in: one that waits for its rotation is not lost when somebody hands in another one.</summary>
[Collection(SecretDriversCollection.Name)]
public sealed class HandedInTests : LedgerTests
{
    private static readonly SecretMaterial One = new("handed-in-at-first"), Other = new("handed-in-after-it");

    [Fact]
    public async Task A_second_one_is_refused_while_the_first_one_waits_and_takes_nothing_of_it()
    {
        var early = new RotationOptions { HandedIn = One, NotBefore = Time.GetUtcNow().AddHours(3) };
        ChangePlan first = await PlanAsync(early), second = await PlanAsync(new RotationOptions { HandedIn = Other });
        var runner = new ChangeRunner(Context);
        new HandedInValue(Context).Keep("app", One);
        Assert.Null(await runner.RunAsync(first, default));

        foreach (SecretMaterial again in (SecretMaterial[])[Other, One])
        {
            OpsException refused = await Assert.ThrowsAsync<OpsException>(() => PlanAsync(new RotationOptions { HandedIn = again }));
            Assert.Equal("RotationUnderWay", refused.ErrorId);
            Assert.Equal($"Go on with it (Resume-OpsChange {runner.Latest}), or take it back (Undo-OpsChange {runner.Latest}).",
                refused.RecommendedAction);
        }
        // Also where it was planned before the first one began to wait.
        new HandedInValue(Context).Keep("app", Other);
        OpsException late = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(Context).RunAsync(second, default));
        Assert.Equal("RotationUnderWay", late.ErrorId);
        Assert.Equal(First, InFile());

        Time.Later += TimeSpan.FromHours(4);
        await runner.ResumeAsync(Latest(runner), default);
        Assert.Equal(One.Value, InFile());
    }

    [Fact]
    public async Task Two_that_wait_in_plans_of_files_are_both_kept_until_one_of_them_counts()
    {
        ChangePlan first = await PlanAsync(new RotationOptions { HandedIn = One });
        ChangePlan second = await PlanAsync(new RotationOptions { HandedIn = Other });
        new HandedInValue(Context).Keep("app", One);
        new HandedInValue(Context).Keep("app", Other);

        await new ChangeRunner(Context).RunAsync(first, default);

        Assert.Equal(One.Value, InFile());
        Assert.Null(Kept(Other));
        OpsException late = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(Context).RunAsync(second, default));
        Assert.Equal("DriftDetected", late.ErrorId);
    }

    [Fact]
    public async Task One_whose_run_ended_before_it_had_kept_the_value_is_under_way_too()
    {
        ChangePlan plan = await PlanAsync(new RotationOptions { HandedIn = One });
        new HandedInValue(Context).Keep("app", One);
        int asked = 0;
        // Once for the plan's proof; the next one is the rotation's own.
        Ledger.Asked = what => { if (what == "prove" && ++asked == 2) throw Ledger.Away; };
        var runner = new ChangeRunner(Context);
        Assert.Equal("LedgerAway", (await Assert.ThrowsAsync<OpsException>(() => runner.RunAsync(plan, default))).ErrorId);
        Assert.Null(Pending());

        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => PlanAsync(new RotationOptions { HandedIn = Other }));

        Assert.Equal("RotationUnderWay", refused.ErrorId);
        Assert.Contains($"Resume-OpsChange {runner.Latest}", refused.RecommendedAction);
        await runner.ResumeAsync(Latest(runner), default);
        Assert.Equal(One.Value, InFile());
        Assert.Null(Kept(One));
    }

    private SecretMaterial? Kept(SecretMaterial material)
    {
        var store = new SecretStore(Context);
        return store.ReadHandedIn("app", store.Fingerprint(material));
    }
}
