using OpsModule.Connections.Postgres;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>Names in databases that are not in UTF-8.</summary>
[Collection(PostgresTenants.Name)]
public sealed class NameEncodingTests(PostgresFixture postgres)
{
    // In LATIN1 the second name's bytes are those of é in UTF-8.
    [Theory]
    [InlineData("LATIN1", "né", "tablÃ©")]
    [InlineData("WIN1251", "таблица", "Ярлык")]
    [InlineData("EUC_JP", "日本", "語")]
    [InlineData("SQL_ASCII", "né", "日本")]
    public async Task Names_are_read_in_the_encoding_of_their_database(string encoding, string first, string second)
    {
        using BackupLab lab = new(await CreateAsync(encoding));
        string db = lab.Database.Database;
        await postgres.ExecuteAsync(db, $"CREATE TABLE public.\"{first}\" (\"{second}\" text, id serial); INSERT INTO public.\"{first}\" VALUES ('x'); CREATE TABLE public.\"{second}\" (i int); INSERT INTO public.\"{second}\" VALUES (1), (2)");
        BackupRecord backup = (await lab.BackUpAsync()).Single();
        Assert.Contains(backup.Tables, t => t.Table == first);
        Assert.Contains(backup.Tables, t => t.Table == second);
        await postgres.ExecuteAsync(db, $"DELETE FROM public.\"{second}\"");
        await RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = backup }, default);
        Assert.Equal(2L, await postgres.ScalarAsync<long>(db, $"SELECT count(*) FROM public.\"{second}\""));
        Assert.Equal("x", await postgres.ScalarAsync<string>(db, $"SELECT \"{second}\" FROM public.\"{first}\""));
    }

    [Fact]
    public async Task A_name_that_cannot_be_said_again_is_refused_when_the_backup_is_made()
    {
        using BackupLab lab = new(await CreateAsync("SQL_ASCII"));
        await postgres.ExecuteAsync(lab.Database.Database, "DO $$ BEGIN EXECUTE 'CREATE TABLE public.\"n' || convert_from('\\xe9'::bytea, 'SQL_ASCII') || '\" (i int)'; END $$");
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => lab.BackUpAsync());
        Assert.Equal("NamesNotReadable", error.ErrorId);
        Assert.Contains("TABLE DATA n", error.Message);
        Assert.Empty(await lab.ListAsync());
    }

    private async Task<DatabaseSettings> CreateAsync(string encoding)
    {
        string name = "t" + Guid.NewGuid().ToString("N")[..12];
        await postgres.ExecuteAsync("postgres", $"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'");
        return new DatabaseSettings { Name = "main", Host = "127.0.0.1", Port = postgres.Port, Database = name, User = "postgres", Password = new SecretReference(PostgresFixture.Password, "/") };
    }
}
