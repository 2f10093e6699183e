using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using OpsModule.Connections.Redis.Accounts;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Secrets.Load;
using OpsModule.Engine.Tests.Secrets.Postgres;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Faults;

/// <summary>
/// Whole rotations, and what they leave: neither value nor verifier stands anywhere but in the use. In each place something that was put
/// there is found, so that a value would be.
/// </summary>
[Collection(LoginServer.Name)]
public sealed class SecretTraceTests(LoginServerFixture server, RedisFixture redis) : IClassFixture<RedisFixture>
{
    private const string Control = "control-value-5Zk", Admin = "AUTH admin " + LoadedSecrets.Admin;

    [Theory]
    [InlineData("postgres two")]
    [InlineData("postgres one")]
    public async Task A_server_that_keeps_every_statement_has_none_of_them(string kind)
    {
        await using LoadedSecret secret = await new LoadedSecrets(server.Postgres, redis).OpenAsync(kind);
        string marked = "marked_" + Guid.NewGuid().ToString("N")[..8];
        // The first value was set by the test, in a statement: one that a rotation has made takes its place.
        await secret.RotateAsync(() => Task.CompletedTask);
        string[] verifiers = [.. await VerifiersAsync(secret)];

        Traces traces = await RotateAsync(secret);

        verifiers = [.. verifiers, .. await VerifiersAsync(secret)];
        Assert.Equal(6, verifiers.Distinct().Count());
        // The plain way leaves it in all three.
        await server.Postgres.ExecuteAsync("postgres", $"CREATE ROLE {marked} PASSWORD '{Control}'");
        await Until.TrueAsync(() => Task.FromResult(server.ReadLog().Contains(marked, StringComparison.Ordinal)));
        string statements = await server.Postgres.ScalarAsync<string>("postgres", "SELECT string_agg(query, E'\\n') FROM public.pg_stat_statements");
        string log = server.ReadLog(), audit = string.Join('\n', log.Split('\n').Where(l => l.Contains("AUDIT:", StringComparison.Ordinal)));
        foreach (string place in new[] { log, statements, audit }) Assert.Contains(marked, place);
        Assert.Contains(Control, log);
        Assert.Contains(Control, statements);
        traces.Add("log", log).Add("statistics", statements);
        traces.HaveNoneOf([.. verifiers, traces.Old, traces.New]);
    }

    /// <summary>What the server keeps of the login in use, and the two keys of it; the salt is told to everybody.</summary>
    private async Task<string[]> VerifiersAsync(LoadedSecret secret)
    {
        string whole = await server.Postgres.ScalarAsync<string>("postgres", $"SELECT rolpassword FROM pg_authid WHERE rolname = '{secret.Read().Login}'");
        return [whole, .. whole.Split('$', ':')[^2..]];
    }

    [Theory]
    [InlineData("redis user")]
    [InlineData("redis server")]
    public async Task A_Redis_that_is_watched_shows_none_of_them(string kind)
    {
        await using LoadedSecret secret = await new LoadedSecrets(server.Postgres, redis).OpenAsync(kind);
        int port = int.Parse(File.ReadAllText(Path.Combine(secret.Folder, "ops.yaml")).Split("port: ")[1].Split(',')[0]);
        using var watch = new Talk(port);
        await watch.SayAsync(Admin);
        foreach (string set in new[] { "slowlog-log-slower-than 0", "slowlog-max-len 10000" }) await watch.SayAsync("CONFIG SET " + set);
        using var monitor = new Talk(port);
        await monitor.SayAsync(Admin);
        await monitor.SayAsync("MONITOR");

        Traces traces = await RotateAsync(secret);

        // A session that does not know the new password is told of in ACL LOG.
        using var wrong = new Talk(port);
        await wrong.SayAsync($"AUTH {Control} {traces.Old}");
        using var late = new Talk(port);
        await late.SayAsync(Admin);
        await late.SayAsync("GET " + Control);
        await monitor.UntilAsync(Control);
        string log = File.ReadAllText(secret.Log!);
        string slow = await late.ReadAllAsync("SLOWLOG GET 10000");
        string acl = await late.ReadAllAsync("ACL LOG 1000"), clients = await late.ReadAllAsync("CLIENT LIST");
        foreach (string place in new[] { monitor.Said, slow, acl }) Assert.Contains(Control, place);
        Assert.Contains("addr=127.0.0.1", clients);
        Assert.Contains("Accepted 127.0.0.1", log);
        Assert.Contains("ACL", slow, StringComparison.OrdinalIgnoreCase);
        traces.Add("log", log).Add("MONITOR", monitor.Said).Add("slowlog", slow).Add("ACL LOG", acl).Add("clients", clients);
        string hash = RedisAccount.HashOf(traces.New);
        traces.HaveNoneOf([traces.Old, traces.New, hash, RedisAccount.HashOf(traces.Old)]);
    }

    /// <summary>Rotates by a plan of a file, fails once more on purpose, and gathers all that was said, kept and started.</summary>
    private static async Task<Traces> RotateAsync(LoadedSecret secret)
    {
        string old = secret.Read().Value;
        var reporter = new RecordingReporter();
        OpsContext context = secret.Context with { Reporter = reporter, Journal = new Journal(secret.Context.Environment, TimeProvider.System, reporter) };
        ChangePlan plan = await secret.PlanAsync();
        string file = Path.Combine(secret.Folder, "plan.json");
        File.WriteAllBytes(file, PlanFile.Write(plan));
        await using var lines = new CommandLines();
        using (Process control = Process.Start(new ProcessStartInfo("sh", ["-c", "read x", Control]) { RedirectStandardInput = true })!)
        {
            await Until.TrueAsync(() => Task.FromResult(lines.Text.Contains(Control, StringComparison.Ordinal)));
            control.Kill();
        }
        int looks = lines.Looks;
        await new ChangeRunner(context).RunAsync(PlanFile.Read(File.ReadAllBytes(file), file), default);
        OpsException late = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(context).RunAsync(plan, default));
        Assert.True(lines.Looks > looks);
        string now = secret.Read().Value;
        Assert.NotEqual(old, now);
        var traces = new Traces(old, now);
        traces.Add("plan", File.ReadAllText(file)).Add("arguments", lines.Text).Add("verbose", string.Join('\n', reporter.Details.Concat(reporter.Warnings)))
            .Add("error", late.ToString());
        Assert.NotEmpty(reporter.Details.Concat(reporter.Warnings));
        Assert.Contains("secret.finish", File.ReadAllText(file));
        bool hasJournal = false;
        foreach (string kept in Directory.EnumerateFiles(context.Environment.StateDirectory, "*", SearchOption.AllDirectories))
        {
            string text = Encoding.Latin1.GetString(File.ReadAllBytes(kept));
            hasJournal |= text.Contains("write-1", StringComparison.Ordinal);
            traces.Add(kept, text);
        }
        Assert.True(hasJournal, "The journal was not looked at.");
        // Whatever is searched finds what is there: the use has it.
        Assert.Contains(now, File.ReadAllText(secret.EnvFile));
        return traces;
    }

    /// <summary>What was left, by where.</summary>
    private sealed class Traces(string old, string @new)
    {
        private readonly Dictionary<string, string> _texts = [];

        public string Old => old;

        public string New => @new;

        public Traces Add(string place, string text)
        {
            _texts[place] = text;
            return this;
        }

        public void HaveNoneOf(IEnumerable<string> secrets)
        {
            foreach (string secret in secrets)
                foreach ((string place, string text) in _texts)
                    Assert.False(text.Contains(secret, StringComparison.OrdinalIgnoreCase), $"{place} has one of the secrets.");
        }
    }

    /// <summary>A session of Redis, by hand.</summary>
    private sealed class Talk : IDisposable
    {
        private readonly TcpClient _client;
        private readonly StringBuilder _said = new();

        public Talk(int port) => _client = new TcpClient("127.0.0.1", port) { ReceiveTimeout = 10_000 };

        public string Said => _said.ToString();

        /// <summary>Says something, and waits for what begins the answer.</summary>
        public async Task SayAsync(string command)
        {
            await _client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"));
            await ReadAsync();
        }

        /// <summary>Says something, and something else whose answer ends what is read.</summary>
        public async Task<string> ReadAllAsync(string command)
        {
            int from = _said.Length;
            await _client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(command + "\r\nECHO the-end\r\n"));
            while (!_said.ToString(from, _said.Length - from).Contains("the-end\r\n", StringComparison.Ordinal)) await ReadAsync();
            return _said.ToString(from, _said.Length - from);
        }

        public async Task UntilAsync(string text)
        {
            while (!Said.Contains(text, StringComparison.Ordinal)) await ReadAsync();
        }

        public void Dispose() => _client.Dispose();

        private async Task ReadAsync()
        {
            byte[] buffer = new byte[65536];
            using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            int read = await _client.GetStream().ReadAsync(buffer, bound.Token);
            if (read == 0) throw new IOException("Redis has closed the session.");
            _said.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }
    }
}
