using System.Diagnostics;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>A backup brings code of others along; a drill runs it and must not be harmed by it.</summary>
[Collection(PostgresRestores.Name)]
public sealed class DrillSafetyTests(PostgresFixture postgres)
{
    private const string SecretName = "OPS_TEST_DRILL_SECRET", Secret = "s3cret-of-the-operator";

    [Fact]
    public async Task Code_that_a_role_planted_in_its_table_gets_neither_programs_nor_files_nor_other_roles()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        string role = "planter_" + Guid.NewGuid().ToString("N")[..8], made = Path.Combine("/tmp", "ops-planted-" + Guid.NewGuid().ToString("N"));
        await lab.ExecuteAsync($$"""
            CREATE ROLE {{role}} NOLOGIN; GRANT CREATE, USAGE ON SCHEMA tenant_demo TO {{role}}; SET ROLE {{role}};
            CREATE TABLE tenant_demo.found (id int, what text);
            CREATE FUNCTION tenant_demo.attempt(sql text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE got text; BEGIN
              EXECUTE sql INTO got; RETURN 'got ' || coalesce(got, 'it'); EXCEPTION WHEN OTHERS THEN RETURN SQLERRM; END $$;
            CREATE FUNCTION tenant_demo.plant() RETURNS text LANGUAGE plpgsql AS $$ DECLARE got text := ''; su text; BEGIN
              SELECT rolname INTO su FROM pg_roles WHERE oid = 10;
              got := got || tenant_demo.attempt('COPY (SELECT 1) TO PROGRAM ''(id; env) > {{made}}''');
              got := got || tenant_demo.attempt('COPY (SELECT 1) TO ''{{made}}''');
              got := got || tenant_demo.attempt('SELECT pg_read_file(''/proc/self/environ'')');
              IF session_user <> su THEN
                got := got || tenant_demo.attempt('SELECT set_config(''role'', ''' || su || ''', false)') || tenant_demo.attempt('SELECT set_config(''session_authorization'', ''' || su || ''', false)');
                got := got || tenant_demo.attempt('ALTER ROLE {{role}} SUPERUSER');
                RETURN 'as ' || session_user || (SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = session_user) || ': ' || got;
              END IF;
              RETURN 'nothing'; END $$;
            CREATE FUNCTION tenant_demo.f(id int) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
              IF current_setting('server_version_num')::int > 0 THEN RETURN tenant_demo.plant(); END IF; RETURN ''; END $$;
            INSERT INTO tenant_demo.found VALUES (1, '');
            CREATE VIEW tenant_demo.seen AS SELECT tenant_demo.f(1) AS what;
            CREATE MATERIALIZED VIEW tenant_demo.kept AS SELECT tenant_demo.f(1) AS what;
            CREATE INDEX found_f ON tenant_demo.found (tenant_demo.f(id));
            """);
        File.Delete(made);
        Environment.SetEnvironmentVariable(SecretName, Secret);
        _ = new SecretReference("env:" + SecretName, "/");
        try
        {
            foreach (string? tenant in new[] { null, RecoveryLab.Demo })
            {
                BackupRecord backup = await lab.BackUpAsync(tenant);
                File.Delete(made);
                string schema = tenant is null ? "tenant_demo" : "{schema}";
                DrillResult result = await new RecoveryDrill(With(lab, $"SELECT what NOT LIKE '%got %' AND what LIKE 'as ops_restore_%false: %permission denied%' FROM {schema}.kept",
                    $"SELECT what NOT LIKE '%got %' AND what LIKE 'as ops_restore_%' FROM {schema}.seen", $"SELECT {schema}.f(1) LIKE '%got %' IS FALSE",
                    $"SELECT count(*) = 1 FROM pg_roles WHERE rolsuper AND '{schema}' <> ''")).RunAsync(backup, default);
                Assert.True(result.Passed, string.Join("; ", result.Failures));
                Assert.False(File.Exists(made));
                if (Environment.UserName == "root") Assert.DoesNotContain("DrillNotIsolated", string.Join(' ', result.Notes));
                Assert.Contains("sandbox", result.RanAs);
            }
        }
        finally { Environment.SetEnvironmentVariable(SecretName, null); }
    }

    [Fact]
    public async Task The_server_of_a_drill_sees_no_variable_no_file_no_process_and_no_network_of_this_machine()
    {
        using var lab = new TempFolder();
        string readable = Path.Combine("/tmp", "ops-readable-" + Guid.NewGuid().ToString("N"));
        await File.WriteAllTextAsync(readable, Secret);
        Environment.SetEnvironmentVariable("SOME_APPLICATION_TOKEN", Secret);
        DrillFolder folder = DrillFolder.Create(lab["drills"], DrillAccount.Choose(unnamed: true));
        try
        {
            DrillSandbox sandbox = await DrillSandbox.PrepareAsync(folder, "/usr/lib/postgresql/15/bin", default);
            Assert.True(sandbox.Fault is null, sandbox.Fault);
            string said = await ProgramRunner.RunAsync(sandbox.Call("/bin/sh", "-c",
                "id -u; env; cat $0 2>&1; touch /w/mine /tmp/mine; ls -d /w/* /home /root /run /var/run /etc/shadow 2>/dev/null; ls /proc | grep -c '^[0-9]'; grep -c : /proc/net/dev; grep NoNewPrivs: /proc/self/status; touch /usr/x /x 2>&1; cat /proc/1/environ", readable), null, default);
            Assert.DoesNotContain(Secret, said);
            Assert.DoesNotContain("touch: cannot touch '/w/mine'", said);
            string[] lines = said.Split('\n');
            Assert.False(Environment.UserName == "root" && lines[0] is "0" or "100" or "101");
            Assert.Contains("NoNewPrivs:\t1", lines);
            Assert.Contains("/w/mine", lines);
            Assert.DoesNotContain(lines, l => l is "/home" or "/root" or "/run" or "/var/run" or "/etc/shadow");
            Assert.True(int.Parse(lines[Array.IndexOf(lines, "/w/mine") + 1]) < 6);
            Assert.Equal("1", lines[Array.IndexOf(lines, "/w/mine") + 2]);
            Assert.True(File.Exists(Path.Combine(folder.Work, "mine")));
        }
        finally
        {
            folder.Delete();
            Environment.SetEnvironmentVariable("SOME_APPLICATION_TOKEN", null);
            File.Delete(readable);
        }
        Assert.Empty(Directory.GetFileSystemEntries(lab["drills"]));
    }

    [Fact]
    public async Task What_only_a_superuser_may_make_is_told_and_does_not_fail_the_drill()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        string suffix = Guid.NewGuid().ToString("N")[..8], place = Path.Combine(postgres.Folder, "space_" + suffix);
        Directory.CreateDirectory(place);
        await ProgramRunner.RunAsync(new ProgramCall("chown", "--reference=" + Path.Combine(postgres.Folder, "data"), place), null, default);
        await lab.ExecuteAsync($"CREATE TABLESPACE space_{suffix} LOCATION '{place}'");
        await lab.ExecuteAsync($$"""
            CREATE SCHEMA ext; CREATE EXTENSION hstore SCHEMA ext; CREATE EXTENSION postgres_fdw; CREATE ROLE remote_{{suffix}};
            COMMENT ON EXTENSION hstore IS 'kept in ext';
            CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'nowhere'); CREATE USER MAPPING FOR remote_{{suffix}} SERVER elsewhere;
            CREATE FOREIGN TABLE far (i int) SERVER elsewhere;
            CREATE TABLE tenant_demo.settings (i int PRIMARY KEY USING INDEX TABLESPACE space_{{suffix}}, h ext.hstore) TABLESPACE space_{{suffix}};
            INSERT INTO tenant_demo.settings VALUES (1, 'a=>1');
            CREATE ACCESS METHOD heap_{{suffix}} TYPE TABLE HANDLER heap_tableam_handler;
            CREATE TABLE tenant_demo.other (i int) USING heap_{{suffix}}; INSERT INTO tenant_demo.other VALUES (7);
            CREATE FUNCTION public.audit() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
            CREATE EVENT TRIGGER audit_{{suffix}} ON ddl_command_end EXECUTE FUNCTION public.audit();
            CREATE PUBLICATION everything_{{suffix}} FOR ALL TABLES;
            CREATE FUNCTION public.c_sum(internal, internal) RETURNS bool LANGUAGE internal AS 'booleq';
            CREATE OPERATOR CLASS public.own_ops FOR TYPE int4 USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int4, int4);
            CREATE INDEX other_own ON tenant_demo.other (i public.own_ops);
            ALTER DEFAULT PRIVILEGES FOR ROLE remote_{{suffix}} GRANT SELECT ON TABLES TO PUBLIC;
            GRANT USAGE ON SCHEMA tenant_demo TO remote_{{suffix}}; GRANT SELECT ON tenant_demo.other TO remote_{{suffix}} WITH GRANT OPTION; SET ROLE remote_{{suffix}}; GRANT SELECT ON tenant_demo.other TO pg_read_server_files; RESET ROLE;
            ALTER DATABASE {{lab.Database}} SET search_path = public, ext; ALTER DATABASE {{lab.Database}} CONNECTION LIMIT 1; ALTER ROLE remote_{{suffix}} IN DATABASE {{lab.Database}} SET work_mem = '8MB';
            """);
        BackupRecord full = await lab.BackUpAsync(null), tenant = await lab.BackUpAsync();
        DrillResult result = await new RecoveryDrill(With(lab, "SELECT NOT pg_has_role(current_user, 'pg_read_server_files', 'MEMBER')", "SELECT current_setting('search_path') = 'public, ext'")).RunAsync(full, default);
        Assert.True(result.Passed, string.Join("; ", result.Failures));
        Assert.Equal(full.Tables.Count, result.Tables);
        string notes = string.Join('\n', result.Notes);
        foreach (string told in (string[])[$"space_{suffix}", $"table access methods: heap_{suffix}", $"EVENT TRIGGER audit_{suffix}", $"PUBLICATION everything_{suffix}", "FUNCTION public.c_sum",
                     "OPERATOR CLASS public.own_ops", $"ACCESS METHOD heap_{suffix}", "INDEX tenant_demo.other_own"]) Assert.Contains(told, notes);
        Assert.DoesNotContain("EXTENSION hstore", notes);
        Assert.DoesNotContain("SCHEMA ext", notes);
        Assert.DoesNotContain("far", notes);

        result = await new RecoveryDrill(lab.Context).RunAsync(tenant, default);
        // hstore's own schema is not in the tenant's backup.
        Assert.Equal(["tenant_demo.settings"], result.Failures.Select(f => f.Contains("tenant_demo.settings", StringComparison.Ordinal) ? "tenant_demo.settings" : f).Distinct());
        Assert.Contains(result.Notes, n => n.Contains($"space_{suffix}"));
        Assert.Contains(result.Notes, n => n.Contains($"heap_{suffix}"));
        await lab.ExecuteAsync($"DROP EVENT TRIGGER audit_{suffix}; DROP TABLE tenant_demo.settings");
    }

    [Fact]
    public async Task A_missing_function_still_fails_a_drill_of_a_whole_database()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        await lab.ExecuteAsync("""
            CREATE FUNCTION public.helper(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
            CREATE FUNCTION public.careless(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN helper(i); END $$;
            CREATE TABLE public.numbers (i int); INSERT INTO public.numbers VALUES (1); CREATE INDEX ON public.numbers (public.careless(i));
            """);
        DrillResult result = await new RecoveryDrill(lab.Context).RunAsync(await lab.BackUpAsync(null), default);
        Assert.Contains("function helper(integer) does not exist", Assert.Single(result.Failures));
    }

    [Fact]
    public async Task A_state_folder_too_deep_for_a_socket_will_do()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync();
        string deep = Path.Combine(lab.Lab.Folder, new string('a', 100), new string('b', 100));
        OpsContext context = lab.Context with { Environment = lab.Context.Environment with { StateDirectory = deep } };
        DrillResult result = await new RecoveryDrill(context).RunAsync(backup, default);
        Assert.True(result.Passed, string.Join("; ", result.Failures));
        Assert.Contains(deep, result.Where);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(deep, "drills")));
    }

    [Fact]
    public async Task A_drill_that_was_killed_is_cleared_away_by_the_next_one_with_its_server()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync();
        string drills = Path.Combine(lab.Context.Environment.StateDirectory, "drills");
        using Process killed = Probe.Start("drill", "never", lab.Lab, backup.Id);
        int[] servers = [];
        for (int i = 0; i < 1200 && !killed.HasExited; i++)
        {
            await Task.Delay(100);
            if (Directory.Exists(drills) && (servers = ProcessesWith(drills)).Length > 0 && Directory.GetFiles(drills, ".s.PGSQL.5432", SearchOption.AllDirectories).Length > 0) break;
        }
        Assert.False(killed.HasExited);
        killed.Kill();
        await killed.WaitForExitAsync();
        Assert.NotEmpty(servers);
        DrillResult result = await new RecoveryDrill(lab.Context).RunAsync(backup, default);
        Assert.True(result.Passed, string.Join("; ", result.Failures));
        Assert.Empty(Directory.GetFileSystemEntries(drills));
        Assert.Empty(ProcessesWith(drills));
    }

    [Fact]
    public async Task Another_user_than_root_has_a_sandbox_or_is_told_that_there_is_none()
    {
        if (Environment.UserName != "root") return;
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync(null);
        await ProgramRunner.RunAsync(new ProgramCall("chown", "-R", "65534:65534", lab.Lab.Folder), null, default);
        string said = await ReadAsync(Probe.StartBy(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"], "told-drill", "never", lab.Lab, backup.Id));
        Assert.Contains("Passed: True", said);
        Assert.Contains("(uid 65534), who runs the command", said);
        Assert.True(said.Contains("in a sandbox", StringComparison.Ordinal) ^ said.Contains("DrillNotIsolated", StringComparison.Ordinal), said);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(lab.Context.Environment.StateDirectory, "drills")));
    }

    [Fact]
    public async Task Root_without_the_right_to_make_a_sandbox_drills_all_the_same_and_says_so()
    {
        if (Environment.UserName != "root") return;
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync(null);
        string said = await ReadAsync(Probe.StartBy(["setpriv", "--inh-caps=-sys_admin", "--bounding-set=-sys_admin"], "told-drill", "never", lab.Lab, backup.Id));
        Assert.Contains("Passed: True", said);
        Assert.Contains("without a sandbox", said);
        Assert.Contains("DrillNotIsolated", said);
        Assert.DoesNotContain("RanAs: postgres", said);
        string folder = said.Split('\n').Single(l => l.StartsWith("Where: ", StringComparison.Ordinal)).Split('(', ')')[1];
        Assert.StartsWith(DrillFolder.Shared + "/", folder);
        Assert.False(Directory.Exists(folder) || File.Exists(folder + ".owner"));
    }

    private static async Task<string> ReadAsync(Process process)
    {
        using Process running = process;
        Task<string> error = running.StandardError.ReadToEndAsync();
        string output = await running.StandardOutput.ReadToEndAsync();
        await running.WaitForExitAsync();
        return running.ExitCode == 0 ? output : throw new InvalidOperationException(await error);
    }

    private static int[] ProcessesWith(string argument) => [.. Process.GetProcesses().Select(p => p.Id).Where(id =>
    {
        try { return File.ReadAllText($"/proc/{id}/cmdline").Contains(argument, StringComparison.Ordinal) && File.ReadAllText($"/proc/{id}/comm").Trim() is "unshare" or "postgres"; }
        catch (IOException) { return false; }
    })];

    private static OpsContext With(RecoveryLab lab, params string[] queries) => lab.Context with
    {
        Environment = lab.Context.Environment with { Drill = new DrillSettings { Queries = [.. queries.Select((q, i) => new DrillQuery("query " + i, q))] } },
    };
}
