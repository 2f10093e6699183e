using System.Net;
using System.Security.Cryptography;
using System.Text;
using OpsModule.Engine.Areas.Keys;
using OpsModule.Engine.Areas.Keys.Changing;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.ApiKeys;

/// <summary>Keys of which a table of a real database holds hashes.</summary>
[Collection(PostgresCollection.Name)]
public sealed class TableKeyTests(PostgresFixture postgres) : IDisposable
{
    private const string Old = "first-key-of-the-shop-Q7", Truth = "revoked: { column: is_revoked, value: true }";

    private readonly TempFolder _folder = new();
    private OpsContext? _context;
    private string _database = "";

    public void Dispose()
    {
        _context?.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(Truth, "is_revoked boolean NOT NULL DEFAULT false", "is_revoked")]
    [InlineData("revoked: { column: is_active, value: false }", "is_active boolean NOT NULL DEFAULT true", "NOT is_active")]
    [InlineData("revoked: { column: revoked_at, value: now }", "revoked_at timestamptz", "revoked_at IS NOT NULL")]
    [InlineData("revoked: { column: status, value: revoked, active: valid }", "status text NOT NULL DEFAULT 'valid'", "status = 'revoked'")]
    public async Task A_key_is_made_rotated_and_revoked_and_the_same_ones_are_valid_again(string revoked, string column, string condition)
    {
        OpsContext context = await UpAsync(revoked, column);
        ChangeResult made = (await new ChangeRunner(context).RunAsync(await new ApiKeyPlanner(context).PlanNewAsync("shop", "acme", null,
            default), default))!;
        string key = new NetworkCredential("", ((NewApiKey)made.Value!).Key).Password;
        Assert.StartsWith("sk_", key);
        Assert.Equal(1, await CountAsync($"key_hash = '{Hash(key)}' AND tenant = 'all' AND NOT ({condition})"));

        await new ChangeRunner(context).RunAsync(await new RotationPlanner(context).PlanAsync(["shop"], new RotationOptions(), default), default);
        string now = File.ReadAllText(_folder["app.env"]).Trim().Split('=')[1];
        Assert.Equal(1, await CountAsync($"key_hash = '{Hash(now)}' AND NOT ({condition})"));
        Assert.Equal(1, await CountAsync($"key_hash = '{Hash(Old)}' AND ({condition})"));

        ChangePlan plan = (await new ApiKeyPlanner(context).PlanRevokeAsync("shop", new ApiKeyChoice(), null, default))!;
        Assert.False(plan.Irreversible);
        // The one of the partner, that of acme, and the one in use.
        ChangeResult done = (await new ChangeRunner(context).RunAsync(plan, default))!;
        Assert.Equal(3, ((KeyRevocationResult)done.Value!).Ids.Count);
        Assert.Equal(0, await CountAsync($"NOT ({condition})"));
        await new ChangeRunner(context).UndoAsync(context.Journal.Find(done.Change!)!, default);
        Assert.Equal(3, await CountAsync($"NOT ({condition})"));
        Assert.Equal(1, await CountAsync($"key_hash = '{Hash(Old)}' AND ({condition})"));
    }

    [Theory]
    [InlineData(Truth, "is_revoked text", "is text")]
    [InlineData("revoked: { column: is_revoked, value: revoked }", "is_revoked boolean", "is boolean")]
    [InlineData("revoked: { column: is_revoked, value: now }", "is_revoked text", "no time")]
    [InlineData("revoked: { column: is_revked, value: true }", "is_revoked boolean", "no column is_revked")]
    public async Task A_table_that_is_not_as_the_file_says_is_refused_and_nothing_changes(string revoked, string column, string why)
    {
        OpsContext context = await UpAsync(revoked, column);

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => new ApiKeyPlanner(context).PlanRevokeAsync("shop",
            new ApiKeyChoice(), null, default));

        Assert.Equal("ApiKeyTableDiffers", error.ErrorId);
        Assert.Contains(why, error.Message);
    }

    [Fact]
    public async Task What_the_server_refuses_is_told_and_no_key_is_in_it()
    {
        OpsContext context = await UpAsync(Truth, "is_revoked boolean NOT NULL DEFAULT false, owner text NOT NULL DEFAULT 'x', CHECK (name NOT LIKE 'acme%')");
        ChangePlan plan = await new ApiKeyPlanner(context).PlanNewAsync("shop", "acme", null, default);

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(context).RunAsync(plan, default));

        Assert.Equal("StatementFailed", error.ErrorId);
        Assert.StartsWith("Making a key in the table api_keys", error.Message);
        Assert.DoesNotContain("sk_", error.Message);
        Assert.Empty(context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task Only_those_of_a_name_or_an_age_are_meant()
    {
        OpsContext context = await UpAsync(Truth, "is_revoked boolean NOT NULL DEFAULT false");
        await postgres.ExecuteAsync(_database, "UPDATE public.api_keys SET created_at = now() - interval '400 days' WHERE name = 'partner'");

        ChangePlan old = (await new ApiKeyPlanner(context).PlanRevokeAsync("shop", new ApiKeyChoice { OlderThan = TimeSpan.FromDays(365) },
            null, default))!;

        Assert.Contains("partner", Assert.Single(old.Figures).Value);
        Assert.Null(await new ApiKeyPlanner(context).PlanRevokeAsync("shop", new ApiKeyChoice { Names = ["nobody"] }, null, default));
    }

    /// <summary>Killed at each line of the journal: a key that nobody has seen is revoked, and keys are revoked to the end.</summary>
    [Theory]
    [InlineData("create")]
    [InlineData("before create-done")]
    [InlineData("create-done")]
    public async Task A_run_that_dies_leaves_no_key_that_is_valid_after_it_is_taken_back(string line)
    {
        OpsContext context = await UpAsync(Truth, "is_revoked boolean NOT NULL DEFAULT false");
        ChangePlan plan = await new ApiKeyPlanner(context).PlanNewAsync("shop", "acme", null, default);
        JournalEntry entry = await DieAsync(context, plan, line);
        Assert.Equal(line == "create" ? 0 : 1, await CountAsync("name LIKE 'acme-%'"));
        Assert.Equal("ChangeNotResumable", (await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(context).ResumeAsync(entry, default)))
            .ErrorId);

        await new ChangeRunner(context).UndoAsync(entry, default);

        Assert.Equal(0, await CountAsync("name LIKE 'acme-%' AND NOT is_revoked"));
    }

    [Theory]
    [InlineData("revoke", false)]
    [InlineData("before revoke-done", false)]
    [InlineData("revoke", true)]
    [InlineData("before revoke-done", true)]
    public async Task A_revocation_that_dies_is_gone_on_with_and_taken_back(string line, bool takesBack)
    {
        OpsContext context = await UpAsync(Truth, "is_revoked boolean NOT NULL DEFAULT false");
        ChangePlan plan = (await new ApiKeyPlanner(context).PlanRevokeAsync("shop", new ApiKeyChoice(), null, default))!;
        JournalEntry entry = await DieAsync(context, plan, line);

        if (takesBack) await new ChangeRunner(context).UndoAsync(entry, default);
        else await new ChangeRunner(context).ResumeAsync(entry, default);

        Assert.Equal(takesBack ? 2 : 0, await CountAsync("NOT is_revoked"));
    }

    /// <summary>A key that was made and never kept is revoked; the one in the client's place is the one that is valid.</summary>
    [Theory]
    [InlineData("before create-done", false)]
    [InlineData("before create-done", true)]
    [InlineData("before write-1-done", true)]
    [InlineData("before drop-done", false)]
    public async Task A_rotation_that_dies_ends_with_one_key_that_is_valid_and_in_its_place(string line, bool takesBack)
    {
        OpsContext context = await UpAsync(Truth, "is_revoked boolean NOT NULL DEFAULT false");
        ChangePlan plan = (await new RotationPlanner(context).PlanAsync(["shop"], new RotationOptions(), default))!;
        JournalEntry entry = await DieAsync(context, plan, line);

        if (takesBack) await new ChangeRunner(context).UndoAsync(entry, default);
        else await new ChangeRunner(context).ResumeAsync(entry, default);

        string now = File.ReadAllText(_folder["app.env"]).Trim().Split('=')[1];
        Assert.Equal(takesBack, now == Old);
        Assert.Equal(1, await CountAsync("name LIKE 'shop%' AND NOT is_revoked"));
        Assert.Equal(1, await CountAsync($"key_hash = '{Hash(now)}' AND NOT is_revoked"));
        Assert.Equal(1, await CountAsync("name = 'partner' AND NOT is_revoked"));
        Assert.Empty(context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task What_others_have_revoked_meanwhile_is_no_drift_and_is_not_made_valid_again()
    {
        OpsContext context = await UpAsync(Truth, "is_revoked boolean NOT NULL DEFAULT false");
        ChangePlan plan = (await new ApiKeyPlanner(context).PlanRevokeAsync("shop", new ApiKeyChoice(), null, default))!;
        await postgres.ExecuteAsync(_database, "UPDATE public.api_keys SET is_revoked = true WHERE name = 'partner'");

        ChangeResult done = (await new ChangeRunner(context).RunAsync(plan, default))!;

        Assert.Equal(0, await CountAsync("NOT is_revoked"));
        await new ChangeRunner(context).UndoAsync(context.Journal.Find(done.Change!)!, default);
        Assert.Equal(1, await CountAsync($"key_hash = '{Hash(Old)}' AND NOT is_revoked"));
        Assert.Equal(0, await CountAsync("name = 'partner' AND NOT is_revoked"));
    }

    private async Task<OpsContext> UpAsync(string revoked, string column)
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        _database = database.Database;
        await postgres.ExecuteAsync(_database, $"""
            CREATE TABLE public.api_keys (id bigserial PRIMARY KEY, name text NOT NULL, key_hash text NOT NULL, tenant text, created_at timestamptz, {column});
            INSERT INTO public.api_keys (name, key_hash, created_at) VALUES ('shop', '{Hash(Old)}', now()), ('partner', '{Hash("another")}', now())
            """);
        _folder.Write("password", PostgresFixture.Password);
        _folder.Write("app.env", $"API_KEY={Old}\n");
        _folder.Write("ops.yaml", $$"""
            environment: lab
            databases: { main: { host: 127.0.0.1, port: {{postgres.Port}}, name: {{_database}}, user: postgres, password: "file:password" } }
            secrets:
              shop:
                apiKey:
                  prefix: sk_
                  table: { database: main, name: api_keys, hash: key_hash, created: created_at, columns: { tenant: all }, {{revoked}} }
                uses: [ { file: app.env, key: API_KEY } ]
            """);
        return _context = KilledLab.ContextOf(_folder.Path);
    }

    private Task<long> CountAsync(string condition) =>
        postgres.ScalarAsync<long>(_database, $"SELECT count(*) FROM public.api_keys WHERE {condition}");

    private static string Hash(string key) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key))).ToLowerInvariant();

    /// <summary>Makes a plan in a process that is killed at a line of the journal, and gives what the journal has of it.</summary>
    private async Task<JournalEntry> DieAsync(OpsContext context, ChangePlan plan, string line)
    {
        File.WriteAllBytes(_folder["plan.json"], PlanFile.Write(plan));
        Assert.Equal(137, await Probe.RunPlanAsync(line, _folder.Path));
        return Assert.Single(context.Journal.FindUnfinished().Select(u => context.Journal.Find(u.Id)!), c => c.Parent is null);
    }
}
