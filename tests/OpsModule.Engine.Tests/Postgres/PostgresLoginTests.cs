using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Postgres;

/// <summary>Who gets to see a password, and who stands between.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresLoginTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData(null)]
    [InlineData("disable")]
    [InlineData("prefer")]
    public async Task Nobody_gets_the_password_in_clear_by_asking_for_it(string? mode)
    {
        await using var thief = new FalseServer(authentication: 3);
        PostgresServer server = PostgresServer.Direct(Settings(thief.Port) with { SslMode = mode });
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => server.ConnectAsync(default));
        Assert.Equal(("CredentialsInClear", OpsErrorCategory.PermissionDenied), (refused.ErrorId, refused.Category));
        Assert.Contains("verify-full", refused.RecommendedAction);
        OpsException again = await Assert.ThrowsAsync<OpsException>(async () => await server.ConnectForQueriesAsync(default));
        Assert.Equal("CredentialsInClear", again.ErrorId);
        Assert.DoesNotContain(thief.Heard, h => h.Contains("TopSecret-99", StringComparison.Ordinal));
        Assert.Equal("!password", server.Tool("pg_dump", []).Environment["PGREQUIREAUTH"]);
    }

    [Fact]
    public async Task A_pooler_is_told_from_the_server_whether_it_takes_options_or_leaves_them_out()
    {
        await using var pooler = new FalseServer(authentication: 0);
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => PostgresServer.Direct(Settings(pooler.Port)).ConnectAsync(default));
        Assert.Equal("PoolerBetween", refused.ErrorId);
        Assert.Contains("host and port of PostgreSQL itself", refused.RecommendedAction);
    }

    [Fact]
    public async Task A_login_without_a_password_asks_for_one()
    {
        DatabaseSettings settings = await postgres.CreateDatabaseAsync();
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => PostgresServer.Direct(settings with { Password = null }).ConnectAsync(default));
        Assert.Equal("DatabaseLoginRefused", refused.ErrorId);
        Assert.Contains($"databases.{settings.Name}.password", refused.RecommendedAction);
    }

    private static DatabaseSettings Settings(int port) =>
        new() { Name = "main", Host = "127.0.0.1", Port = port, Database = "shop", User = "ops", Password = new SecretReference("TopSecret-99", "/") };

    /// <summary>Speaks no TLS; asks for a password in clear (3), or lets everybody in (0) and then complains of options as PgBouncer does.</summary>
    private sealed class FalseServer(int authentication) : LoopbackServer
    {
        public ConcurrentQueue<string> Heard { get; } = new();

        protected override async Task ServeAsync(TcpClient client)
        {
            NetworkStream stream = client.GetStream();
            byte[] buffer = new byte[8192];
            while (true)
            {
                int read = await stream.ReadAsync(buffer, Stopped);
                if (read == 0) return;
                string heard = Encoding.Latin1.GetString(buffer, 0, read);
                Heard.Enqueue(heard);
                if (read == 8) { await stream.WriteAsync("N"u8.ToArray(), Stopped); continue; }
                if (authentication == 0)
                {
                    await stream.WriteAsync(Message('E', "SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: options\0\0"u8.ToArray()), Stopped);
                    return;
                }
                byte[] asked = new byte[4];
                BinaryPrimitives.WriteInt32BigEndian(asked, authentication);
                await stream.WriteAsync(Message('R', asked), Stopped);
            }
        }

        private static byte[] Message(char kind, byte[] body)
        {
            byte[] message = new byte[5 + body.Length];
            message[0] = (byte)kind;
            BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), 4 + body.Length);
            body.CopyTo(message, 5);
            return message;
        }
    }
}
