using System.Management.Automation;
using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Connections.Postgres.Queries;
using OpsModule.Engine.Areas.Databases;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Cmdlets.Tests.Databases;

/// <summary>Statements that people write, on a real server.</summary>
public sealed class QueryCmdletTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IDisposable
{
    private const string Secret = "a-literal-nobody-shall-read";

    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName;
    private string _database = "";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task CreateAsync()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        _database = database.Database;
        await postgres.ExecuteAsync(_database, """
            CREATE TABLE orders (id int PRIMARY KEY, status text, total numeric(10,2));
            CREATE TABLE lines (id serial PRIMARY KEY, order_id int REFERENCES orders ON DELETE CASCADE);
            INSERT INTO orders SELECT i, CASE WHEN i <= 3 THEN 'open' ELSE 'done' END, i * 1.5 FROM generate_series(1, 10) i;
            INSERT INTO lines (order_id) SELECT 1 + i % 10 FROM generate_series(1, 40) i;
            CREATE SCHEMA "tenant_de mo"; CREATE TABLE "tenant_de mo".orders (id int); INSERT INTO "tenant_de mo".orders VALUES (77);
            CREATE TYPE mood AS ENUM ('fine', 'bad');
            """);
        File.WriteAllText(Path.Combine(_folder, "ops.yaml"), $$"""
            environment: shop
            databases: { main: { host: 127.0.0.1, port: {{postgres.Port}}, name: {{_database}}, user: postgres, password: "env:QUERY_TEST_PASSWORD", tenantSchema: "tenant_{tenant}" } }
            """);
        Environment.SetEnvironmentVariable("QUERY_TEST_PASSWORD", PostgresFixture.Password);
    }

    private PwshRun Run(string pipeline) => PwshRun.Of(pipeline, _folder);

    private OpsException Refused(string pipeline)
    {
        PwshRun run = Run(pipeline);
        Assert.Empty(run.OtherErrors);
        return Assert.Single(run.Errors);
    }

    private Task<long> CountAsync(string table = "orders") => postgres.ScalarAsync<long>(_database, $"SELECT count(*) FROM {table}");

    private string Journal => string.Concat(Directory.GetFiles(Path.Combine(_folder, ".ops"), "*", SearchOption.AllDirectories).Select(File.ReadAllText));

    [Fact]
    public async Task Rows_are_objects_with_typed_properties()
    {
        await CreateAsync();
        PSObject row = Assert.IsType<PSObject>(Assert.Single(Run("""
            Invoke-OpsQuery main @'
            select 1 as i, 2::bigint as l, 1.50 as n, true as b, null as nothing, '\x0aff'::bytea as bytes, array[1,null,3] as many,
              '2026-11-29 06:10:49.5+00'::timestamptz as at, '2026-11-29'::date as day, interval '90 minutes' as took, '{"a": [1]}'::jsonb as doc,
              'fine'::mood as mood, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid as id, 'infinity'::timestamptz as never, 0.1::float8 as f
            '@
            """).Objects));
        object? Of(string name) => row.Properties[name].Value;
        Assert.Equal((1, 2L, 1.50m, true), (Of("i"), Of("l"), Of("n"), Of("b")));
        Assert.Null(Of("nothing"));
        Assert.Equal(new byte[] { 10, 255 }, Of("bytes"));
        Assert.Equal(new object?[] { 1, null, 3 }, Of("many"));
        Assert.Equal(new DateTimeOffset(2026, 11, 29, 6, 10, 49, 500, TimeSpan.Zero), Of("at"));
        Assert.Equal((new DateTime(2026, 11, 29), TimeSpan.FromMinutes(90)), (Of("day"), Of("took")));
        Assert.Equal(("""{"a": [1]}""", "fine", "infinity", 0.1), (Of("doc"), Of("mood"), Of("never"), Of("f")));
        Assert.Equal(Guid.Parse("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), Of("id"));

        PwshRun twice = Run("Invoke-OpsQuery main 'select 1 as a, 2 as \"A\"'");
        Assert.Equal(["a", "A_2"], Assert.IsType<PSObject>(Assert.Single(twice.Objects)).Properties.Select(p => p.Name));
        Assert.Contains("column 2 (A) is A_2", Assert.Single(twice.Warnings));
        // The only database needs no name.
        Assert.Equal([10L], Run("(Invoke-OpsQuery -Query 'select count(*) from orders;').count").Objects);
        Assert.Empty(Run("Invoke-OpsQuery main 'select * from orders where false'").Objects);
    }

    [Fact]
    public async Task Parameters_travel_beside_the_statement()
    {
        await CreateAsync();
        Assert.Equal([1, 2, 3], Run("(Invoke-OpsQuery main 'select id from orders where status = @s order by id' -Parameter @{ s = 'open' }).id").Objects);
        Assert.Equal([2], Run("(Invoke-OpsQuery main 'select id from orders where id = :id' -Parameter @{ ':id' = '2' }).id").Objects);
        Assert.Equal([2, 4], Run("(Invoke-OpsQuery main 'select id from orders where id = any(@ids) order by id' -Parameter @{ ids = 4, 2, 99 }).id").Objects);
        Assert.Empty(Run("Invoke-OpsQuery main 'select id from orders where status = @s' -Parameter @{ s = \"open' or 'a' = 'a\" }").Objects);
        Assert.Equal([true], Run("(Invoke-OpsQuery main 'select @n::int is null as b' -Parameter @{ n = $null }).b").Objects);
        Assert.Equal([3], Run("$null = Invoke-OpsQuery main 'explain select id from orders where id = @id' -Parameter @{ id = [psobject]3 }; (Invoke-OpsQuery main 'select @d::timestamptz - @e::timestamptz as t' -Parameter @{ d = [datetime]'2026-11-04T00:00:00Z'; e = [datetimeoffset]'2026-11-01T00:00:00Z' }).t.Days").Objects);

        Assert.Contains("has no @b; it has @a", Refused("Invoke-OpsQuery main 'select @a' -Parameter @{ a = 1; b = 2 }").Message);
        Assert.Equal("QueryParameterInvalid", Refused("Invoke-OpsQuery main 'select @a' -Parameter @{ a = @{} }").ErrorId);
        // To the server it would be the absolute value of id, and true of every row.
        Assert.Contains("-Parameter @{ id = ... }", Refused("Invoke-OpsQuery main 'delete from orders where id = @id' -Write -Force").RecommendedAction);
        Assert.Equal([10L], Run("(Invoke-OpsQuery main 'select count(*) from orders where id = @ id').count").Objects);
        Assert.Contains("-Parameter @{ id = ... }", Refused("Invoke-OpsQuery main 'select total from orders where id = :id'").RecommendedAction);
    }

    [Theory]
    [InlineData("delete from orders", "QueryWrites")]
    [InlineData("with gone as (delete from orders returning id) select * from gone", "QueryWrites")]
    [InlineData("select nextval('lines_id_seq')", "QueryWrites")]
    [InlineData("select setval('lines_id_seq', 1)", "QueryWrites")]
    [InlineData("explain analyze delete from orders", "QueryWrites")]
    [InlineData("select * into other from orders", "QueryWrites")]
    [InlineData("select set_config('transaction_read_only', 'off', false)", "QueryFailed")]
    [InlineData("select 1; delete from orders", "QueryManyStatements")]
    [InlineData("commit; delete from orders", "QueryManyStatements")]
    [InlineData("set transaction read write", "QueryWrites")]
    [InlineData("copy orders to program 'touch /tmp/ops-never'", "QueryWrites")]
    [InlineData("select * from nowhere", "QueryFailed")]
    [InlineData("", null)]
    public async Task Without_Write_nothing_is_changed(string sql, string? error)
    {
        await CreateAsync();
        PwshRun run = Run($"Invoke-OpsQuery main \"{sql}\"");
        if (error is null) Assert.Single(run.OtherErrors);
        else Assert.Equal(error, Assert.Single(run.Errors).ErrorId);
        if (error == "QueryWrites") Assert.Contains("-Write", run.Errors[0].RecommendedAction);
        Assert.Equal((10L, 40L), (await CountAsync(), await CountAsync("lines")));
    }

    [Fact]
    public async Task A_tenant_is_its_schema_alone()
    {
        await CreateAsync();
        Assert.Equal([77], Run("(Invoke-OpsQuery main 'select id from orders' -Tenant 'de mo').id").Objects);
        Assert.Equal([77], Run("(Invoke-OpsQuery MAIN 'select id from orders' -Tenant 'D*').id").Objects);
        await postgres.ExecuteAsync(_database, "CREATE SCHEMA tenant_dora");
        Assert.Equal("QueryTargetAmbiguous", Refused("Invoke-OpsQuery main 'select 1' -Tenant 'd*'").ErrorId);
        Assert.Contains("public.name", Refused("Invoke-OpsQuery main 'select * from lines' -Tenant 'de mo'").RecommendedAction);
        Assert.Equal("TenantMissing", Refused("Invoke-OpsQuery main 'select 1' -Tenant 'x\"; drop schema public'").ErrorId);
    }

    [Fact]
    public async Task Rows_come_one_by_one_and_what_is_not_wanted_is_not_read()
    {
        await CreateAsync();
        // Ten thousand million rows would not end within the test.
        PwshRun few = Run("(Invoke-OpsQuery main 'select generate_series(1, 10000000000) as i' | Select-Object -First 3).i");
        Assert.Equal([1L, 2L, 3L], few.Objects);
        PwshRun broken = Run("Invoke-OpsQuery main 'select 1 / (5 - i) as x from generate_series(1, 9) i' -ErrorAction SilentlyContinue");
        Assert.Equal(4, broken.Objects.Count);
    }

    [Fact]
    public async Task A_query_ends_at_its_time_and_with_Ctrl_C_on_the_server_too()
    {
        await CreateAsync();
        Assert.Equal("QueryTimedOut", Refused("Invoke-OpsQuery main 'select pg_sleep(600)' -Timeout 1s").ErrorId);
        var stopped = new PwshRun
        {
            Running = stop =>
            {
                WaitForAsync(1).GetAwaiter().GetResult();
                stop();
            },
        };
        stopped.Run("Invoke-OpsQuery main 'select pg_sleep(601)'", _folder);
        await WaitForAsync(0);
    }

    private async Task WaitForAsync(long sleeping)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await postgres.ScalarAsync<long>("postgres", "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(601)%' AND pid <> pg_backend_pid() AND state = 'active'") != sleeping)
            await Task.Delay(50, limit.Token);
    }

    [Fact]
    public async Task A_change_tells_its_rows_and_asks_before_it_commits()
    {
        await CreateAsync();
        const string Delete = "Invoke-OpsQuery main \"delete from orders where status = 'open'\" -Write";
        PwshRun declined = new PwshRun { Answer = 'n' }.Run(Delete, _folder);
        Assert.Contains("Commit DELETE: 15 rows (public.lines: 12 deleted; public.orders: 3 deleted)", Assert.Single(declined.Questions));
        Assert.Equal((0, 10L, 40L), (declined.Objects.Count, await CountAsync(), await CountAsync("lines")));
        Assert.Equal("ConfirmationNeeded", Assert.Single(Run(Delete).Errors).ErrorId);
        Assert.Equal(10L, await CountAsync());

        PwshRun agreed = new PwshRun { Answer = 'y' }.Run(Delete, _folder);
        QueryChange change = Assert.IsType<QueryChange>(Assert.Single(agreed.Objects));
        Assert.Equal(("DELETE", 15L, "main", 7L, 28L), (change.Statement, change.Rows, change.Database, await CountAsync(), await CountAsync("lines")));
        JournalEntry[] entries = [.. Run("Get-OpsChange").Objects.Cast<JournalEntry>()];
        Assert.Equal([JournalOutcome.Completed, JournalOutcome.Failed], [entries[0].Outcome, entries[2].Outcome]);
        // Where nobody can be asked the call is stopped while it asks: whichever the statement hears of first.
        Assert.Contains(entries[1].Outcome, new[] { JournalOutcome.Cancelled, JournalOutcome.Failed });
        Assert.Equal((change.Id, "Invoke-OpsQuery", "database/main", "15"), (entries[0].Id, entries[0].Action, entries[0].Target, entries[0].Data["rows"]));
    }

    [Fact]
    public async Task A_change_of_more_rows_than_expected_is_undone()
    {
        await CreateAsync();
        Assert.Contains("allows 9 rows", Refused("Invoke-OpsQuery main 'update orders set total = 0' -Write -MaxRows 9 -Force").Message);
        Assert.Equal("QueryTooManyRows", Refused("Invoke-OpsQuery main 'delete from orders where id = 1' -Write -MaxRows 1 -Force").ErrorId);
        Assert.Equal("QueryTooManyRows", Refused("Invoke-OpsQuery main 'with gone as (delete from orders returning id) select 1' -Write -MaxRows 1 -Force").ErrorId);
        Assert.Equal("QueryRowsUncounted", Refused("Invoke-OpsQuery main 'truncate lines' -Write -MaxRows 1 -Force").ErrorId);
        Assert.Equal((10L, 40L, 82.5m), (await CountAsync(), await CountAsync("lines"), await postgres.ScalarAsync<decimal>(_database, "SELECT sum(total) FROM orders")));
        Assert.Equal([10L], Run("(Invoke-OpsQuery main 'update orders set total = @t' -Write -MaxRows 10 -Confirm:$false -Parameter @{ t = 1.5 }).Rows").Objects);
    }

    [Theory]
    [InlineData("commit")]
    [InlineData("rollback")]
    [InlineData("/* x */ begin")]
    [InlineData("copy orders to program 'true'")]
    public async Task What_would_end_the_transaction_is_refused(string sql)
    {
        await CreateAsync();
        Assert.Equal("QueryNotAllowed", Refused($"Invoke-OpsQuery main \"{sql}\" -Write -Force").ErrorId);
    }

    [Fact]
    public async Task WhatIf_runs_nothing_and_tells_what_the_server_expects()
    {
        await CreateAsync();
        await postgres.ExecuteAsync(_database, "ANALYZE");
        PwshRun looked = Run("Invoke-OpsQuery main 'delete from orders where id < @id' -Parameter @{ id = 4 } -Write -WhatIf; Invoke-OpsQuery main 'drop table lines' -Write -WhatIf");
        Assert.Empty(looked.Errors);
        Assert.Contains("Delete orders: about ", looked.WhatIfs[0]);
        Assert.Contains("Run and commit DROP", looked.WhatIfs[1]);
        Assert.Equal("QueryFailed", Refused("Invoke-OpsQuery main 'delete from nowhere' -Write -WhatIf").ErrorId);
        Assert.Equal((10L, 40L), (await CountAsync(), await CountAsync("lines")));
        Assert.Empty(Run("Get-OpsChange").Objects);
    }

    [Fact]
    public async Task The_journal_holds_neither_text_nor_values_and_what_is_given_back_comes_after_the_commit()
    {
        await CreateAsync();
        PwshRun made = Run($"Invoke-OpsQuery main \"insert into orders values (11, '{Secret}', @t) returning id, status\" -Write -Force -Parameter @{{ t = '12345.67' }}");
        QueryChange change = Assert.IsType<QueryChange>(Assert.Single(made.Objects));
        PSObject given = Assert.IsType<PSObject>(Assert.Single(change.Returned));
        Assert.Equal((11, Secret), (given.Properties["id"].Value, given.Properties["status"].Value));
        Assert.Equal(new TableEffect("public", "orders", 1, 0, 0), Assert.Single(change.Tables));
        // A failure's message holds the value; what the person is told, the journal is not.
        Assert.Contains(Secret, Refused($"Invoke-OpsQuery main \"update orders set id = '{Secret}'\" -Write -Force").Message);
        Assert.Contains("\"INSERT\"", Journal);
        Assert.DoesNotContain(Secret, Journal);
        Assert.DoesNotContain("12345", Journal);
    }
}
