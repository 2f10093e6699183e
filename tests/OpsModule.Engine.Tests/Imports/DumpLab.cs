using System.Diagnostics;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Imports;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Imports;

/// <summary>A database, dumps of it as the real pg_dump writes them, and an environment to import them into.</summary>
internal sealed class DumpLab : IDisposable
{
    /// <summary>What dumps stumble over: owners, grants, an extension, a partition, an enum, a large object, a function written as SQL, odd names.</summary>
    public const string Sample = """"
        DO $$ BEGIN CREATE ROLE ops_import_app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        CREATE EXTENSION pg_trgm;
        CREATE TYPE mood AS ENUM ('glad', 'so so');
        CREATE TABLE plans (id int PRIMARY KEY, name text, m mood DEFAULT 'glad');
        INSERT INTO plans SELECT i, E'plan\t; \\ ''' || i FROM generate_series(1, 500) i;
        ALTER TABLE plans OWNER TO ops_import_app;
        GRANT SELECT ON plans TO ops_import_app;
        CREATE INDEX plans_trgm ON plans USING gin (name gin_trgm_ops);
        CREATE TABLE parted (id int) PARTITION BY RANGE (id);
        CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100);
        INSERT INTO parted SELECT generate_series(1, 50);
        CREATE FUNCTION twice(x int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN x > 0 THEN x * 2 ELSE 0 END; END;
        CREATE FUNCTION odd() RETURNS text LANGUAGE plpgsql AS $body$ BEGIN RETURN '; \! $$ ' || E'\''; END $body$;
        CREATE VIEW shown AS SELECT id, twice(id) AS two FROM plans;
        CREATE TABLE "Odd ""table""; --" ("Odd col" text);
        INSERT INTO "Odd ""table""; --" VALUES ('ü'), (E'\\.'), (NULL);
        CREATE TABLE empty (x int);
        SELECT lo_from_bytea(4711, 'large');
        CREATE SCHEMA tenant_demo;
        CREATE TABLE tenant_demo.orders (id bigserial PRIMARY KEY, note text);
        INSERT INTO tenant_demo.orders (note) SELECT 'note ' || i FROM generate_series(1, 300) i;
        """";

    private readonly PostgresFixture _postgres;

    private DumpLab(PostgresFixture postgres, DatabaseSettings database)
    {
        _postgres = postgres;
        Lab = new BackupLab(database, "local", "other");
        Database = database.Database;
    }

    public BackupLab Lab { get; }

    public string Database { get; }

    public static async Task<DumpLab> CreateAsync(PostgresFixture postgres, string sample = Sample)
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync("tenant_{tenant}");
        var lab = new DumpLab(postgres, database);
        // Not by Npgsql, which cuts a function whose body is SQL at its semicolons.
        await File.WriteAllTextAsync(lab.PathOf("sample.sql"), sample);
        await lab.RunAsync(PostgresTools.Locate("psql", 0), ["-X", "-q", "-o", "/dev/null", "-v", "ON_ERROR_STOP=1", "-f", lab.PathOf("sample.sql"), database.Database]);
        return lab;
    }

    public string PathOf(string name) => Path.Combine(Lab.Folder, name);

    /// <summary>Dumps the database with the real program.</summary>
    public async Task<string> DumpAsync(string name, params string[] arguments)
    {
        string path = PathOf(name);
        await RunAsync(PostgresTools.Locate("pg_dump", 0), ["-f", path, .. arguments, Database]);
        return path;
    }

    /// <summary>Packs a file with a program and returns what came of it.</summary>
    public async Task<string> PackAsync(string path, string program, string suffix)
    {
        await RunAsync(program, ["-k", "-f", path]);
        return path + suffix;
    }

    public Task<ChangePlan> PlanAsync(string path, Func<ImportRequest, ImportRequest>? request = null) =>
        new ImportPlanner(Lab.Context).PlanAsync((request ?? (r => r))(new ImportRequest(path) { Stores = ["local"] }), default);

    public async Task<BackupRecord> ImportAsync(string path, Func<ImportRequest, ImportRequest>? request = null) =>
        Made(await new ChangeRunner(Lab.Context).RunAsync(await PlanAsync(path, request), default))[0];

    public static IReadOnlyList<BackupRecord> Made(ChangeResult? result) => (IReadOnlyList<BackupRecord>)result!.Value!;

    /// <summary>Imports what cannot be: nothing of it may be in any store.</summary>
    public async Task<OpsException> RefusedAsync(string path, Func<ImportRequest, ImportRequest>? request = null)
    {
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => ImportAsync(path, request));
        Assert.Empty(await Lab.ListAsync());
        Assert.Empty(Directory.GetFiles(PathOf("local"), "*", SearchOption.AllDirectories));
        Assert.False(Directory.Exists(PathOf(".ops/drills")) && Directory.GetDirectories(PathOf(".ops/drills")).Length > 0);
        return error;
    }

    /// <summary>A script with the frame that pg_dump puts around it.</summary>
    public string Script(string name, string body)
    {
        File.WriteAllText(PathOf(name), $"--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 15.1\n-- Dumped by pg_dump version 15.1\n\n"
            + $"SET client_encoding = 'UTF8';\n{body}\n--\n-- PostgreSQL database dump complete\n--\n\n");
        return PathOf(name);
    }

    private async Task RunAsync(string program, string[] arguments)
    {
        var info = new ProcessStartInfo(program, arguments) { RedirectStandardError = true };
        info.Environment["PGHOST"] = "127.0.0.1";
        info.Environment["PGPORT"] = _postgres.Port.ToString();
        info.Environment["PGUSER"] = "postgres";
        info.Environment["PGPASSWORD"] = PostgresFixture.Password;
        using Process process = Process.Start(info)!;
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, error);
    }

    public void Dispose() => Lab.Dispose();
}
