using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Secrets.Load;
using OpsModule.Engine.Tests.Secrets.Postgres;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Faults;

/// <summary>The server is killed (SIGKILL) in the middle of a rotation, and comes back later.</summary>
[Collection(LoginServer.Name)]
public sealed class ServerKilledTests(LoginServerFixture server, RedisFixture redis) : IClassFixture<RedisFixture>
{
    /// <summary>Where, in the order of a rotation: before and after it is set, proven, written, looked at, dropped.</summary>
    private static readonly string[] s_places =
        ["create-done", "set", "set-done", "prove", "proven-done", "write-1", "write-1-done", "begin", "in-use-done", "drop", "drop-done"];

    public static TheoryData<string, string, bool> Rows => Proof.Rows(
        from kind in LoadedSecrets.OfServers from place in s_places from resume in new[] { true, false } select (kind, place, resume),
        // Between set and prove, and between prove and drop.
        row => (row.Item2 is "set-done" && row.Item3 == (row.Item1 is "postgres two" or "redis server"))
            || (row.Item2 is "in-use-done" && row.Item3 != (row.Item1 is "postgres two" or "redis server"))
            // Back without its replica, which is linked again a second later.
            || row is ("redis user", "create-done", true));

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task What_is_kept_works_and_it_is_gone_on_with_or_taken_back(string kind, string place, bool resume)
    {
        await using LoadedSecret secret = await new LoadedSecrets(server.Postgres, redis).OpenAsync(kind);
        Credential old = secret.Read();
        ChangePlan plan = await secret.PlanAsync();
        var runner = new ChangeRunner(secret.Context with
        {
            Time = new HurriedTime(), Journal = new StepJournal(secret.Context.Journal, place, secret.Kill),
        });

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => runner.RunAsync(plan, default));

        Assert.True(error.Category is OpsErrorCategory.ResourceUnavailable or OpsErrorCategory.OperationTimeout, error.ToString());
        Assert.DoesNotContain(old.Value, error.ToString());
        await secret.Start();
        JournalEntry left = secret.Context.Journal.Find(runner.Latest!)!;
        Assert.Equal(JournalOutcome.Unfinished, left.Outcome);
        KeptSecret kept = secret.Kept;
        var works = new List<string?>();
        foreach (SecretMaterial material in new[] { kept.Current!, kept.Pending! }) works.Add(await secret.LogIn(LoadedSecret.Of(material)));
        Assert.Contains(null, works);
        // Where both count, what stands in the file does; where one does, it is the new one as soon as that is set.
        if (secret.Overlaps) Assert.Null(await secret.LogIn(secret.Read()));

        // Of one login, the old password went when the new one was set, and the rest of the rotation asks the server at its end alone.
        bool isDropped = secret.Context.Journal.FindParts(left.Id).SelectMany(p => p.Steps).Any(s => s.Name == "drop");
        if (!resume && isDropped)
            Assert.Equal("ChangeNotUndoable", (await Assert.ThrowsAsync<OpsException>(() => runner.UndoAsync(left, default))).ErrorId);
        bool takesBack = !resume && !isDropped;
        if (takesBack) await new ChangeRunner(secret.Context).UndoAsync(left, default);
        else await new ChangeRunner(secret.Context).ResumeAsync(secret.Context.Journal.Find(left.Id)!, default);

        Credential other = LoadedSecret.Of(takesBack ? kept.Pending! : kept.Current!);
        Assert.Equal(takesBack, secret.Read() == old);
        Assert.Null(await secret.LogIn(secret.Read()));
        Assert.Contains(await secret.LogIn(other), new[] { "28P01", "WRONGPASS" });
        Assert.Null(secret.Kept.Pending);
        Assert.Empty(secret.Context.Journal.FindUnfinished());
    }
}
