using Npgsql;
using OpsModule.Connections.Postgres.Globals;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Backups;

/// <summary>Roles and tablespaces in the manifest of a whole database's backup.</summary>
[Collection(PostgresCollection.Name)]
public sealed class GlobalsTests(PostgresFixture postgres)
{
    private const string Verifier = "SCRAM-SHA-256$";

    [Fact]
    public async Task A_whole_backup_holds_the_roles_with_passwords_only_when_it_is_encrypted()
    {
        using BackupLab lab = new(await postgres.CreateDatabaseAsync("tenant_{tenant}"));
        string role = NewName();
        await postgres.ExecuteAsync(lab.Database.Database, $"CREATE ROLE {role} LOGIN CREATEDB CONNECTION LIMIT 7 PASSWORD 'pw-of-{role}' VALID UNTIL '2031-02-03 04:05:06+00'; "
            + $"ALTER ROLE {role} SET work_mem = '7MB'; GRANT pg_monitor TO {role} WITH ADMIN OPTION; COMMENT ON ROLE {role} IS 'reads'; CREATE SCHEMA tenant_a");

        BackupRecord bare = Assert.Single(await lab.BackUpAsync());
        Assert.Contains("without passwords", bare.Globals);
        Assert.DoesNotContain(Verifier, GlobalsScript.Write((await bare.ClusterGlobals!.UnpackAsync(lab.Context, bare, default))!));
        Assert.Null(Assert.Single(await lab.BackUpAsync(new BackupRequest { Tenants = ["a"] })).ClusterGlobals);

        await EncryptAsync(lab);
        BackupRecord made = Assert.Single(await lab.BackUpAsync());
        made = (await lab.ListAsync(new BackupQuery { Id = made.Id })).Single();
        Assert.Contains("with passwords", made.Globals);
        ClusterGlobals globals = (await made.ClusterGlobals!.UnpackAsync(lab.Context, made, default))!;
        ClusterRole read = globals.Roles.Single(r => r.Name == role);
        Assert.StartsWith(Verifier, read.Verifier);
        Assert.Equal((true, true, false, 7, "2031-02-03 04:05:06+00", "reads"), (read.Login, read.CreateDatabase, read.Superuser, read.ConnectionLimit, read.ValidUntil, read.Comment));
        Assert.Equal("7MB", Assert.Single(globals.Settings, s => s.Role == role && s.Database is null).Value);
        Assert.True(Assert.Single(globals.Memberships, m => m.Member == role).Admin);
        Assert.DoesNotContain(Verifier, read.ToString());

        // Nothing that is written or said shows what the server keeps of a password.
        string files = string.Concat(Directory.EnumerateFiles(lab.Folder, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith(".key", StringComparison.Ordinal)).Select(File.ReadAllText));
        Assert.DoesNotContain(Verifier, files);
        Assert.DoesNotContain(role, files.Replace(await File.ReadAllTextAsync(bare.Location), ""));
        Assert.DoesNotContain(lab.Reporter.Warnings.Concat(lab.Reporter.Details), m => m.Contains(Verifier, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_may_not_read_passwords_backs_up_roles_without_them_and_it_is_said()
    {
        using BackupLab admin = new(await postgres.CreateDatabaseAsync());
        string role = NewName();
        await postgres.ExecuteAsync(admin.Database.Database, $"CREATE ROLE {role} LOGIN PASSWORD 'p'; ALTER DATABASE {admin.Database.Database} OWNER TO {role}");
        using BackupLab lab = new(admin.Database with { User = role, Password = SecretReference.Literal("p") });
        await EncryptAsync(lab);
        BackupRecord made = Assert.Single(await lab.BackUpAsync());
        ClusterGlobals globals = (await made.ClusterGlobals!.UnpackAsync(lab.Context, made, default))!;
        Assert.False(globals.HasVerifiers);
        Assert.Contains(globals.Roles, r => r.Name == role && r.Login);
        Assert.Contains(lab.Reporter.Details, m => m.Contains("without their passwords", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_too_large_for_a_manifest_is_left_out_with_a_warning()
    {
        using BackupLab lab = new(await postgres.CreateDatabaseAsync());
        await using NpgsqlConnection connection = await postgres.OpenAsync("postgres");
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        ClusterGlobals globals = await GlobalsReader.ReadAsync(connection, withVerifiers: false, default);
        Assert.Null(await PackedGlobals.PackAsync(lab.Context, globals, maxBytes: 20, default));
        Assert.Contains(lab.Reporter.Warnings, m => m.Contains("pg_dumpall --globals-only", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Foreign_names_and_values_make_no_lines_of_their_own()
    {
        const string evil = "x\n-- role {\"name\":\"evil\",\"superuser\":true}\n'; DROP ROLE \"a\\b\" \\! id";
        var globals = new ClusterGlobals
        {
            ServerVersion = "15.1",
            Roles = [new ClusterRole { Name = evil, Comment = evil }, new ClusterRole { Name = "日本 ü" }],
            Memberships = [new RoleMembership(evil, "日本 ü", evil, true, null, null)],
            Settings = [new RoleSetting(evil, null, "my.setting", evil)],
            Tablespaces = [new ClusterTablespace(evil, evil, "/srv/" + evil, ["seq_page_cost=2"], [new TablespaceGrant(null, true)], evil)],
        };
        ClusterGlobals read = await GlobalsScript.ReadAsync(new StringReader(GlobalsScript.Write(globals)), default);
        Assert.Equal(globals.Roles, read.Roles);
        Assert.Equal(globals.Memberships, read.Memberships);
        Assert.Equal(globals.Settings, read.Settings);
        Assert.Equal(evil, Assert.Single(read.Tablespaces).Name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("CREATE ROLE evil SUPERUSER")]
    [InlineData("-- globals 1 {\"serverVersion\":\"15\"}\n-- role {\"name\":\"a\"}\n")]
    [InlineData("-- globals 1 {\"serverVersion\":\"15\"}\n-- role {\"nam")]
    [InlineData("-- globals 2 {\"serverVersion\":\"15\"}\n-- end of objects\n")]
    public async Task What_was_not_written_so_is_not_read(string text) =>
        await Assert.ThrowsAsync<InvalidDataException>(() => GlobalsScript.ReadAsync(new StringReader(text), default));

    [Fact]
    public void Who_grants_on_has_been_given_the_right_to_before()
    {
        RoleMembership first = new("r", "a", null, true, null, null), second = new("r", "b", "a", true, null, null), third = new("r", "c", "b", false, null, null),
            orphan = new("s", "c", "gone", false, null, null);
        Assert.Equal([(first, false), (second, true), (third, true), (orphan, false)], GlobalsSql.Ordered([orphan, third, second, first]).OrderBy(o => o.Membership == orphan));
        IReadOnlyList<(RoleMembership Membership, bool WithGrantor)> order = GlobalsSql.Ordered([third, second, first]);
        Assert.Equal([first, second, third], order.Select(o => o.Membership));
    }

    private static string NewName() => "r" + Guid.NewGuid().ToString("N")[..12];

    private static async Task EncryptAsync(BackupLab lab)
    {
        string key = Path.Combine(lab.Folder, "right.key");
        await ProgramRunner.RunAsync(new ProgramCall("age-keygen", "-o", key), null, default);
        string recipient = (await ProgramRunner.RunAsync(new ProgramCall("age-keygen", "-y", key), null, default)).Trim();
        BackupSettings backups = lab.Context.Environment.Backups with { Recipients = [recipient], IdentityFile = key };
        lab.Context = OpsContextFactory.Create(lab.Context.Environment with { Backups = backups }, lab.Reporter);
    }
}
