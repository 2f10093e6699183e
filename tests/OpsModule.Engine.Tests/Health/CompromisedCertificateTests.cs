using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Health;

/// <summary>Certificates whose key others know: a new key, proven served, and the old certificate revoked by a real authority.</summary>
[Collection(AcmeCollection.Name)]
public sealed class CompromisedCertificateTests(AcmeFixture acme)
{
    private async Task<CertificateLab> PrepareAsync()
    {
        var lab = new CertificateLab(acme, isCompromised: true);
        await lab.PrepareAsync();
        // Even where a lineage is set to keep its key.
        lab.ReuseKey();
        return lab;
    }

    private static string[] Kept(CertificateLab lab)
    {
        string folder = Path.Combine(lab.Context.Environment.StateDirectory, "certificates", "shop");
        return Directory.Exists(folder) ? Directory.GetDirectories(folder) : [];
    }

    [Fact]
    public async Task The_key_is_replaced_and_the_old_certificate_revoked_for_good()
    {
        await using CertificateLab lab = await PrepareAsync();
        string old = lab.SerialNumber(), key = lab.Key();
        ChangePlan plan = await lab.PlanAsync();
        Assert.Equal((true, null), (plan.Irreversible, plan.Undo));
        Assert.Equal(["revoke", "forget"], plan.Steps.TakeLast(2).Select(s => s.Name));
        Assert.Contains("keyCompromise", plan.Summary);

        ChangeResult made = (await new ChangeRunner(lab.Context).RunAsync(plan, default))!;

        Assert.Equal("another is served, another is in the file", await lab.LookAsync());
        Assert.NotEqual(key, lab.Key());
        string status = await acme.StatusAsync(old);
        Assert.Contains("Revoked", status);
        Assert.Contains("\"Reason\":1", status.Replace(" ", ""));
        Assert.Contains("Valid", await acme.StatusAsync(lab.SerialNumber()));
        Assert.Empty(Kept(lab));
        OpsException undone = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).UndoAsync(lab.Context.Journal.Find(made.Change!)!, default));
        Assert.Equal("ChangeNotUndoable", undone.ErrorId);
        Assert.Contains("is revoked", undone.Message);
    }

    /// <summary>Debian's certbot adds to one log: what stands there of another certificate says nothing of this one.</summary>
    [Fact]
    public async Task That_another_certificate_is_revoked_already_is_not_taken_for_this_one()
    {
        await using CertificateLab lab = await PrepareAsync();
        string old = lab.SerialNumber();
        File.WriteAllBytes(Path.Combine(lab.Folder, "plan.json"), PlanFile.Write(await lab.PlanAsync()));
        Assert.Equal(137, await Probe.RunPlanAsync("prove-done", lab.Folder));
        File.AppendAllText(lab.Log, "urn:ietf:params:acme:error:alreadyRevoked :: Certificate already revoked\n");
        string id = Assert.Single(lab.Context.Journal.FindUnfinished()).Id;
        var runner = new ChangeRunner(lab.Context);
        Action bringBack = lab.HideAuthority();

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => runner.ResumeAsync(lab.Context.Journal.Find(id)!, default));

        Assert.Equal("CertificateNotRevoked", error.ErrorId);
        Assert.Contains("Valid", await acme.StatusAsync(old));
        Assert.Equal(id, Assert.Single(lab.Context.Journal.FindUnfinished()).Id);
        bringBack();
        await runner.ResumeAsync(lab.Context.Journal.Find(id)!, default);
        Assert.Contains("Revoked", await acme.StatusAsync(old));
        Assert.Empty(Kept(lab));
    }

    [Fact]
    public async Task One_that_is_stopped_while_certbot_renews_stays_open_and_revokes_the_right_one()
    {
        await using CertificateLab lab = await PrepareAsync();
        string old = lab.SerialNumber();
        ChangePlan plan = await lab.PlanAsync();
        Action hurry = lab.Dawdle();
        using var stop = new CancellationTokenSource();
        Task<ChangeResult?> run = new ChangeRunner(lab.Context).RunAsync(plan, stop.Token);
        for (int attempt = 0; lab.SerialNumber() == old && attempt < 600 && !run.IsCompleted; attempt++) await Task.Delay(100);
        Assert.False(run.IsCompleted);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);

        JournalEntry open = lab.Context.Journal.Find(Assert.Single(lab.Context.Journal.FindUnfinished()).Id)!;
        Assert.Equal("RevocationUnfinished", (await Assert.ThrowsAsync<OpsException>(lab.PlanAsync)).ErrorId);
        hurry();
        string renewed = lab.SerialNumber();
        await new ChangeRunner(lab.Context).ResumeAsync(open, default);
        Assert.Contains("Revoked", await acme.StatusAsync(old));
        Assert.Contains("Valid", await acme.StatusAsync(renewed));
        Assert.Equal(renewed, lab.SerialNumber());
    }

    [Theory]
    [InlineData("prove-done", true)]
    [InlineData("revoke", true)]
    [InlineData("before revoke-done", true)]
    [InlineData("prove-done", false)]
    public async Task One_that_was_killed_after_the_renewal_is_revoked_when_it_goes_on(string place, bool resume)
    {
        await using CertificateLab lab = await PrepareAsync();
        string old = lab.SerialNumber();
        File.WriteAllBytes(Path.Combine(lab.Folder, "plan.json"), PlanFile.Write(await lab.PlanAsync()));
        Assert.Equal(137, await Probe.RunPlanAsync(place, lab.Folder));
        JournalEntry killed = lab.Context.Journal.Find(Assert.Single(lab.Context.Journal.FindUnfinished()).Id)!;
        // A second one would revoke the certificate that has just come.
        Assert.Equal("RevocationUnfinished", (await Assert.ThrowsAsync<OpsException>(lab.PlanAsync)).ErrorId);
        string renewed = lab.SerialNumber();
        Assert.NotEqual(old, renewed);
        var runner = new ChangeRunner(lab.Context);

        if (resume)
        {
            if (place != "prove-done") Assert.Equal("ChangeNotUndoable", (await Assert.ThrowsAsync<OpsException>(() => runner.UndoAsync(killed, default))).ErrorId);
            await runner.ResumeAsync(lab.Context.Journal.Find(killed.Id)!, default);
        }
        else await runner.UndoAsync(killed, default);

        Assert.Contains(resume ? "Revoked" : "Valid", await acme.StatusAsync(old));
        Assert.Contains("Valid", await acme.StatusAsync(renewed));
        Assert.Equal(resume ? renewed : old, lab.SerialNumber());
        Assert.Empty(lab.Context.Journal.FindUnfinished());
        Assert.Empty(Kept(lab));
    }
}
