using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Waiting;

/// <summary>A rotation that has waited for its time begins only where all that it was planned for is still so.</summary>
[Collection(SecretDriversCollection.Name)]
public sealed class WaitedRotationTests : LedgerTests
{
    private const string Uses = "uses: [ { file: app.env, key: APP_KEY } ]";

    [Theory]
    [InlineData("file", "app.env#APP_KEY for app was")]
    [InlineData("use", "app.env#SECOND_KEY for app is not in the plan")]
    [InlineData("service", "services that read app was none and is api")]
    [InlineData("moved", "app.env#APP_KEY for app was")]
    public async Task Whatever_has_moved_meanwhile_is_named_and_nothing_is_done(string what, string words)
    {
        var runner = new ChangeRunner(Context);
        Assert.Null(await runner.RunAsync(await PlanAsync(new RotationOptions { NotBefore = Time.GetUtcNow().AddHours(3) }), default));
        string yaml = File.ReadAllText(Folder["ops.yaml"]), env = $"APP_KEY={First}\n";
        if (what == "file") env += "OTHER=1\n";
        if (what == "use")
        {
            env += $"SECOND_KEY={First}\n";
            yaml = yaml.Replace(Uses, "uses: [ { file: app.env, key: APP_KEY }, { file: app.env, key: SECOND_KEY } ]");
        }
        if (what == "service") yaml = yaml.Replace(Uses, "uses: [ { file: app.env, key: APP_KEY, services: [ api ] } ]");
        if (what == "moved")
        {
            File.WriteAllText(Folder["moved.env"], env);
            yaml = yaml.Replace(Uses, "uses: [ { file: moved.env, key: APP_KEY } ]");
        }
        File.WriteAllText(Folder["app.env"], env);
        File.WriteAllText(Folder["ops.yaml"], yaml);
        using OpsContext read = KilledLab.ContextOf(Folder.Path);
        OpsContext now = read with { Time = Time, Journal = new Journal(read.Environment, Time) };
        Time.Later += TimeSpan.FromHours(4);

        OpsException drift = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(now).ResumeAsync(Latest(runner), default));

        Assert.Equal("DriftDetected", drift.ErrorId);
        Assert.Contains(words, drift.Message);
        Assert.Equal(env, File.ReadAllText(Folder["app.env"]));
        Assert.Equal([First], Ledger.Accepted);
        // It has ended, and keeps nobody from planning it anew.
        Assert.Equal(JournalOutcome.Failed, Latest(runner).Outcome);
        Assert.Empty(Context.Journal.FindUnfinished());
        if (what == "file") await RunAsync();
    }

    [Fact]
    public async Task Where_nobody_answers_it_stays_open_and_goes_on_later()
    {
        var runner = new ChangeRunner(Context);
        Assert.Null(await runner.RunAsync(await PlanAsync(new RotationOptions { NotBefore = Time.GetUtcNow().AddHours(3) }), default));
        Time.Later += TimeSpan.FromHours(4);
        Ledger.Asked = _ => throw Ledger.Away;

        Assert.Equal("LedgerAway", (await Assert.ThrowsAsync<OpsException>(() => runner.ResumeAsync(Latest(runner), default))).ErrorId);

        Assert.Equal(JournalOutcome.Unfinished, Latest(runner).Outcome);
        Ledger.Asked = _ => { };
        await runner.ResumeAsync(Latest(runner), default);
        Assert.Equal([InFile()], Ledger.Accepted);
        Assert.NotEqual(First, InFile());
    }
}
