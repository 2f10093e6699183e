using OpsModule.Connections.Redis;
using OpsModule.Connections.Redis.Accounts;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Redis;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Redis;

/// <summary>Passwords of a real Redis: two at once, lasting beyond a restart, at a primary and its replica, and what is refused.</summary>
public sealed class RedisSecretTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private const string Admin = "admin-secret-7Qw", Old = "old-secret-5Rt", New = "new-secret-8Yb", Wrong = "wrong-secret-3Vm";

    /// <summary>An administrator of users, and the user of an application.</summary>
    private static readonly string Users = $"user default off\nuser admin on >{Admin} ~* &* +@all\nuser app on >{Old} ~* &* +@all -@admin +psync +replconf";

    private static readonly SecretMaterial Current = new(Old, "app"), Pending = new(New, "app");

    private static int s_number;

    private static string Name(string name) => $"{name}{Interlocked.Increment(ref s_number)}";

    private static SecretLab Lab(int port, string user = "admin", string password = Admin) =>
        new($"caches: {{ main: {{ host: 127.0.0.1, port: {port}, user: {user}, password: {password} }} }}\n");

    private static RedisSecretDriver Driver(SecretLab lab, params string[] logins) =>
        new(lab.Context, new SecretEntry { Name = "cache", Kind = SecretKind.Redis, Cache = "main", Logins = logins });

    private static Task<RedisConnection> LogInAsync(int port, string password, string user = "app") => new RedisServer(
        new RedisOptions { Name = "main", Host = "127.0.0.1", Port = port, User = user, Password = SecretReference.Literal(password) }).ConnectAsync(default);

    private async Task<(int Port, string File)> StartWithAclFileAsync()
    {
        string name = Name("acl"), file = Path.ChangeExtension(redis.FileOf(name), ".acl");
        File.WriteAllText(file, Users + "\n");
        return (await redis.StartAsync(name, $"save \"\"\naclfile {file}"), file);
    }

    private async Task<int> StartReplicaAsync(int primary, string name) => await redis.StartAsync(name,
        $"save \"\"\n{Users}\nreplicaof 127.0.0.1 {primary}\nmasteruser app\nmasterauth {Old}\nrepl-diskless-sync-delay 0");

    private static async Task<string> InfoAsync(int port, string key)
    {
        using RedisConnection connection = await LogInAsync(port, Admin, "admin");
        return (await connection.InfoAsync(default)).GetValueOrDefault(key, "");
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (int attempt = 0; attempt < 300; attempt++)
        {
            try { if (await isSo()) return; }
            catch (OpsException) { /* not yet */ }
            await Task.Delay(50);
        }
        Assert.Fail("It has not come to be so.");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Old_and_new_are_valid_at_once_and_what_was_set_lasts(bool hasAclFile)
    {
        string name = Name("conf");
        (int port, string file) = hasAclFile ? await StartWithAclFileAsync() : (await redis.StartAsync(name, "save \"\"\n" + Users), redis.FileOf(name));
        using SecretLab lab = Lab(port);
        RedisSecretDriver driver = Driver(lab, "app");
        using RedisConnection before = await LogInAsync(port, Old);
        string asItWas = File.ReadAllText(file);

        SecretSurvey survey = await driver.LookAsync(Current, default);
        Assert.True(survey.Overlaps);
        Assert.Contains(hasAclFile ? "ACL SAVE" : "CONFIG REWRITE", survey.SetWords);
        Assert.Contains("end all its sessions that began before", survey.DropWords);
        Assert.Equal(asItWas, File.ReadAllText(file));
        ChangeRun run = await lab.BeginAsync();
        await driver.SetAsync(run, Current, Pending, default);
        await driver.SetAsync(run, Current, Pending, default);
        Assert.Contains(RedisAccount.HashOf(New), File.ReadAllText(file));
        Assert.DoesNotContain(New, File.ReadAllText(file));
        foreach (SecretMaterial material in (SecretMaterial[])[Current, Pending]) Assert.True((await driver.ProveAsync(material, default)).IsProven);

        using RedisConnection after = await LogInAsync(port, New), late = await LogInAsync(port, Old);
        OldSessions sessions = (await driver.CountOldAsync(Current, Pending, default))!;
        Assert.Equal(1, sessions.Count);
        Assert.Contains("1 of app from 127.0.0.1", sessions.Words);
        Assert.Contains("who came with the old one since", sessions.Words);
        Assert.False((await driver.ProveRefusedAsync(Current, default)).IsProven);

        await driver.DropAsync(run, Current, Pending, default);
        // Nothing tells who came with the old one after the new one was set: all go, and come again with the new one.
        foreach (RedisConnection session in (RedisConnection[])[before, late, after])
            Assert.Equal("CacheUnreachable", (await Assert.ThrowsAsync<OpsException>(() => session.CallAsync(["GET", "x"], default))).ErrorId);
        using (RedisConnection again = await LogInAsync(port, New)) Assert.Equal("", (await again.CallAsync(["GET", "x"], default)).Text);
        Assert.Equal(0, (await driver.CountOldAsync(Current, Pending, default))!.Count);
        SecretProof refused = await driver.ProveRefusedAsync(Current, default);
        Assert.True(refused.IsProven, refused.Words);
        Assert.Contains("WRONGPASS", refused.Words);

        await redis.RestartAsync(port);
        Assert.True((await driver.ProveAsync(Pending, default)).IsProven);
        Assert.True((await driver.ProveRefusedAsync(Current, default)).IsProven);
    }

    [Fact]
    public async Task What_was_set_is_taken_back_also_after_the_old_one_was_dropped()
    {
        (int port, _) = await StartWithAclFileAsync();
        using SecretLab lab = Lab(port);
        RedisSecretDriver driver = Driver(lab, "app");
        ChangeRun run = await lab.BeginAsync();
        foreach (bool drops in (bool[])[false, true])
        {
            await driver.SetAsync(run, Current, Pending, default);
            if (drops) await driver.DropAsync(run, Current, Pending, default);
            await driver.TakeBackAsync(run, Current, Pending, default);
            Assert.True((await driver.ProveAsync(Current, default)).IsProven);
            Assert.True((await driver.ProveRefusedAsync(Pending, default)).IsProven);
        }
        // Nobody is locked out: what is not there does not take the last one's place.
        OpsException kept = await Assert.ThrowsAsync<OpsException>(() => driver.DropAsync(run, Current, Pending, default));
        Assert.Equal("RedisPasswordNeeded", kept.ErrorId);
        Assert.True((await driver.ProveAsync(Current, default)).IsProven);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_replica_is_given_the_same_after_a_kill_between_the_two(bool goesOn)
    {
        string one = Name("primary"), two = Name("replica");
        int primary = await redis.StartAsync(one, $"save \"\"\n{Users}\nrepl-diskless-sync-delay 0"), replica = await StartReplicaAsync(primary, two);
        await UntilAsync(async () => await InfoAsync(replica, "master_link_status") == "up" && (await InfoAsync(primary, "slave0")).Contains("state=online"));
        // The replica is named, and the primary found.
        using SecretLab lab = Lab(replica);
        SecretSurvey survey = await Driver(lab, "app").LookAsync(Current, default);
        Assert.Contains($"127.0.0.1:{primary} and 1 of its replicas", survey.SetWords);
        Assert.Contains(survey.Warnings, w => w.Contains($"127.0.0.1:{replica} logs in to the primary as app"));

        ChangeRun run = await lab.BeginAsync("set-at-primary");
        await Assert.ThrowsAsync<KilledException>(() => Driver(lab, "app").SetAsync(run, Current, Pending, default));
        SecretProof half = await Driver(lab, "app").ProveAsync(Pending, default);
        Assert.False(half.IsProven);
        Assert.Contains($":{replica}", half.Words);
        using (await LogInAsync(primary, New)) { /* the primary knows it */ }

        run = await lab.ContinueAsync(run);
        if (goesOn) await Driver(lab, "app").SetAsync(run, Current, Pending, default);
        else await Driver(lab, "app").TakeBackAsync(run, Current, Pending, default);
        (SecretMaterial valid, SecretMaterial other) = goesOn ? (Pending, Current) : (Current, Pending);
        if (goesOn) await Driver(lab, "app").DropAsync(run, Current, Pending, default);
        Assert.True((await Driver(lab, "app").ProveAsync(valid, default)).IsProven);
        Assert.True((await Driver(lab, "app").ProveRefusedAsync(other, default)).IsProven);

        // The link is made anew with what was written.
        await redis.RestartAsync(replica);
        await UntilAsync(async () => await InfoAsync(replica, "master_link_status") == "up");
        Assert.True((await Driver(lab, "app").ProveAsync(valid, default)).IsProven);
    }

    [Fact]
    public async Task A_server_without_a_file_would_forget_and_is_refused_with_the_remedy()
    {
        int port = await redis.StartBareAsync("--requirepass", Old);
        using SecretLab lab = Lab(port, "default", Old);
        foreach (string[] logins in (string[][])[[], ["default"]])
        {
            OpsException error = await Assert.ThrowsAsync<OpsException>(() => Driver(lab, logins).LookAsync(new SecretMaterial(Old), default));
            Assert.Equal("RedisChangeNotKept", error.ErrorId);
            Assert.Contains("aclfile", error.RecommendedAction);
        }
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_found_before_anything_is_set()
    {
        string name = Name("gone"), file = Path.Combine(Path.GetDirectoryName(redis.FileOf(name))!, name + "-folder", "users.acl");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, Users + "\n");
        int port = await redis.StartAsync(name, $"save \"\"\naclfile {file}");
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        using SecretLab lab = Lab(port);
        ChangeRun run = await lab.BeginAsync();
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => Driver(lab, "app").SetAsync(run, Current, Pending, default));
        Assert.Equal("CacheUsersNotSaved", error.ErrorId);
        Assert.True((await Driver(lab, "app").ProveRefusedAsync(Pending, default)).IsProven);
        Assert.True((await Driver(lab, "app").ProveAsync(Current, default)).IsProven);
    }

    [Fact]
    public async Task The_password_of_the_server_is_exchanged_with_the_gap_named_and_taken_back()
    {
        string name = Name("requirepass");
        int port = await redis.StartAsync(name, $"save \"\"\nrequirepass {Old}");
        // The environment file's login is the password itself, and stays the old one.
        using SecretLab lab = Lab(port, "default", Old);
        SecretMaterial current = new(Old), pending = new(New);
        SecretSurvey survey = await Driver(lab).LookAsync(current, default);
        Assert.False(survey.Overlaps);
        Assert.Contains("refused until the service is replaced", survey.Gap);
        Assert.Equal("RedisPasswordUnknown", (await Assert.ThrowsAsync<OpsException>(() => Driver(lab).LookAsync(null, default))).ErrorId);
        using RedisConnection before = await LogInAsync(port, Old, "default");

        ChangeRun run = await lab.BeginAsync();
        await Driver(lab).SetAsync(run, current, pending, default);
        await Driver(lab).SetAsync(run, current, pending, default);
        Assert.True((await Driver(lab).ProveAsync(pending, default)).IsProven);
        Assert.Equal(1, (await Driver(lab).CountOldAsync(current, pending, default))!.Count);
        await Driver(lab).DropAsync(run, current, pending, default);
        await Assert.ThrowsAsync<OpsException>(() => before.CallAsync(["GET", "x"], default));
        SecretProof refused = await Driver(lab).ProveRefusedAsync(current, default);
        Assert.True(refused.IsProven, refused.Words);
        await redis.RestartAsync(port);
        Assert.True((await Driver(lab).ProveAsync(pending, default)).IsProven);

        await Driver(lab).TakeBackAsync(run, current, pending, default);
        Assert.True((await Driver(lab).ProveAsync(current, default)).IsProven);
        Assert.True((await Driver(lab).ProveRefusedAsync(pending, default)).IsProven);
    }

    [Fact]
    public async Task A_password_that_somebody_added_meanwhile_stays_when_that_of_the_server_is_taken_back()
    {
        int port = await redis.StartAsync(Name("added"), $"save \"\"\nrequirepass {Old}");
        using SecretLab lab = Lab(port, "default", Old);
        SecretMaterial current = new(Old), pending = new(New);
        ChangeRun run = await lab.BeginAsync();
        await Driver(lab).SetAsync(run, current, pending, default);
        using (RedisConnection administrator = await LogInAsync(port, New, "default"))
            await administrator.CallAsync(["ACL", "SETUSER", "default", ">" + Wrong], default);

        await Driver(lab).TakeBackAsync(run, current, pending, default);

        foreach (string valid in (string[])[Old, Wrong]) using (await LogInAsync(port, valid, "default")) { }
        Assert.True((await Driver(lab).ProveRefusedAsync(pending, default)).IsProven);
        await redis.RestartAsync(port);
        foreach (string valid in (string[])[Old, Wrong]) using (await LogInAsync(port, valid, "default")) { }
    }

    [Fact]
    public async Task A_replica_with_replicas_of_its_own_is_refused()
    {
        int primary = await redis.StartAsync(Name("top"), $"save \"\"\n{Users}\nrepl-diskless-sync-delay 0");
        int middle = await StartReplicaAsync(primary, Name("middle"));
        int last = await StartReplicaAsync(middle, Name("last"));
        await UntilAsync(async () => await InfoAsync(last, "master_link_status") == "up" && (await InfoAsync(middle, "slave0")).Contains("state=online")
            && (await InfoAsync(primary, "slave0")).Contains("state=online"));
        using SecretLab lab = Lab(primary);

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => Driver(lab, "app").LookAsync(Current, default));

        Assert.Equal("RedisNotRotatable", error.ErrorId);
        Assert.Contains($"127.0.0.1:{last}", error.Message);
    }

    [Fact]
    public async Task Passwords_that_would_be_lost_or_mean_nothing_are_refused()
    {
        string second = Name("second");
        int port = await redis.StartAsync(second, $"save \"\"\nuser default on >{Old} >{Wrong} ~* &* +@all\nuser loose on nopass ~* &* +@all\nuser idle off >{Old} ~* +@all");
        using SecretLab lab = Lab(port, "default", Old);
        OpsException lost = await Assert.ThrowsAsync<OpsException>(() => Driver(lab).LookAsync(new SecretMaterial(Old), default));
        Assert.Equal("RedisPasswordsLost", lost.ErrorId);
        Assert.Contains("user: default", lost.RecommendedAction);
        // As a user it has room for one more, and the other is told.
        Assert.Contains("1 more password", Assert.Single((await Driver(lab, "default").LookAsync(new SecretMaterial(Old), default)).Warnings));
        foreach ((string user, string error) in ((string, string)[])[("loose", "RedisUserUnprotected"), ("idle", "RedisUserUnprotected"), ("nobody", "RedisUserMissing")])
            Assert.Equal(error, (await Assert.ThrowsAsync<OpsException>(() => Driver(lab, user).LookAsync(new SecretMaterial(Old), default))).ErrorId);
        Assert.Equal("RedisPasswordUnknown", (await Assert.ThrowsAsync<OpsException>(() => Driver(lab, "default").LookAsync(new SecretMaterial(New), default))).ErrorId);

        // Where everything is accepted, nothing is proven.
        foreach (SecretProof nothing in (SecretProof[])[await Driver(lab, "loose").ProveAsync(new SecretMaterial(Old), default),
            await Driver(lab, "loose").ProveRefusedAsync(new SecretMaterial(Old), default)])
        {
            Assert.Equal((false, true), (nothing.IsProven, nothing.IsFinal));
            Assert.Contains("nopass", nothing.Words);
        }
    }

    [Fact]
    public async Task A_server_open_to_all_and_one_that_is_away_prove_nothing()
    {
        using SecretLab open = new($"caches: {{ main: {{ host: 127.0.0.1, port: {redis.OpenPort} }} }}\n");
        Assert.Equal("RedisUserUnprotected", (await Assert.ThrowsAsync<OpsException>(() => Driver(open).LookAsync(new SecretMaterial(Old), default))).ErrorId);
        Assert.False((await Driver(open).ProveAsync(new SecretMaterial(Old), default)).IsProven);
        using SecretLab away = new($"caches: {{ main: {{ host: 127.0.0.1, port: {FreePorts.Take()} }} }}\n");
        foreach (SecretProof proof in (SecretProof[])[await Driver(away).ProveAsync(Current, default), await Driver(away).ProveRefusedAsync(Current, default)])
        {
            Assert.Equal((false, false), (proof.IsProven, proof.IsFinal));
            Assert.Contains("cannot be reached", proof.Words);
            Assert.DoesNotContain(Old, proof.Words);
        }
        using RedisConnection named = await LogInAsync(redis.LockedPort, RedisFixture.Password, RedisFixture.User);
    }

    [Fact]
    public async Task A_sentinel_that_logs_in_as_the_user_is_refused_and_one_with_a_user_of_its_own_is_not()
    {
        string name = Name("watched"), own = Admin + "-own";
        int port = await redis.StartAsync(name, $"save \"\"\n{Users}\nuser sentinel on >{own} allchannels +multi +slaveof +ping +exec +subscribe "
            + "+config|rewrite +role +publish +info +client|setname +client|kill +script|kill");
        using SecretLab lab = Lab(port);
        int sentinel = await redis.StartSentinelAsync(Name("sentinel"), $"sentinel monitor main 127.0.0.1 {port} 1\nsentinel auth-user main app\nsentinel auth-pass main {Old}");
        await UntilAsync(async () => (await SessionsAsync(port)).Any(c => c is { IsSentinel: true, User: "app" }));
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => Driver(lab, "app").LookAsync(Current, default));
        Assert.Equal("RedisNotRotatable", refused.ErrorId);
        Assert.Contains("Sentinels at 127.0.0.1 log in", refused.Message);
        Assert.Contains("auth-user", refused.RecommendedAction);

        // The remedy, to the letter.
        using (RedisConnection told = await new RedisServer(new RedisOptions { Name = "sentinel", Host = "127.0.0.1", Port = sentinel }).ConnectAsync(default))
            foreach (string[] command in (string[][])[["SET", "main", "auth-user", "sentinel"], ["SET", "main", "auth-pass", own], ["FLUSHCONFIG"]])
                Assert.Equal("OK", (await told.CallAsync(["SENTINEL", .. command], default)).Text);
        foreach (RedisClient session in (await SessionsAsync(port)).Where(c => c.IsSentinel))
            using (RedisConnection admin = await LogInAsync(port, Admin, "admin")) await admin.CallAsync(["CLIENT", "KILL", "ID", session.Id.ToString()], default);
        await UntilAsync(async () => (await SessionsAsync(port)).Count(c => c is { IsSentinel: true, User: "sentinel" }) == 2);
        Assert.True((await Driver(lab, "app").LookAsync(Current, default)).Overlaps);
    }

    private static async Task<IReadOnlyList<RedisClient>> SessionsAsync(int port)
    {
        var server = new RedisServer(new RedisOptions { Name = "main", Host = "127.0.0.1", Port = port, User = "admin", Password = SecretReference.Literal(Admin) });
        using var administration = new RedisAdministration(await server.ConnectAsync(default), server);
        return await administration.ListSessionsAsync(default);
    }

    [Fact]
    public async Task A_cluster_is_refused_by_name()
    {
        int port = await redis.StartAsync(Name("cluster"), $"save \"\"\n{Users}\ncluster-enabled yes\ncluster-port 0");
        using SecretLab lab = Lab(port);
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => Driver(lab, "app").LookAsync(Current, default));
        Assert.Equal("RedisNotRotatable", error.ErrorId);
        Assert.Contains("Redis Cluster", error.Message);
    }
}
