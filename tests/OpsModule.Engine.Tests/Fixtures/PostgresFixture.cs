using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>
/// Every test class that needs PostgreSQL joins one of these collections; the classes of a collection share one server, make their own databases,
/// and run one after another.
/// </summary>
[CollectionDefinition(Name)]
public sealed class PostgresCollection : ICollectionFixture<PostgresFixture>
{
    public const string Name = "PostgreSQL";
}

/// <summary>Restores of whole databases, and what may go wrong with them.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresRestores : ICollectionFixture<PostgresFixture>
{
    public const string Name = "PostgreSQL of restores";
}

/// <summary>Restores of tenants.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresTenants : ICollectionFixture<PostgresFixture>
{
    public const string Name = "PostgreSQL of tenants";
}

/// <summary>A throwaway PostgreSQL cluster on a free loopback port, run as the user postgres when the tests run as root.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    public const string Password = "fixture-secret-7Hq";

    private Process? _server;

    public string Folder { get; init; } = Directory.CreateTempSubdirectory("ops-pg-").FullName;

    public int Port { get; private set; }

    /// <summary>Settings of the server, as <c>name=value</c>; given last, they win.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    public int ServerProcessId => _server!.Id;

    public async Task InitializeAsync()
    {
        Port = FreePorts.Take();
        string data = Path.Combine(Folder, "data"), passwordFile = Path.Combine(Folder, "pw");
        await File.WriteAllTextAsync(passwordFile, Password);
        if (IsRoot) await RunAsync("chown", "-R", "postgres", Folder);
        await RunAsPostgresAsync(PostgresTools.Locate("initdb", 0), "-D", data, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", passwordFile, "-E", "UTF8", "--locale=C.UTF-8");
        await StartAsync();
    }

    /// <summary>Another server on a port of its own that follows this one, until it is disposed.</summary>
    public async Task<PostgresFixture> StartStandbyAsync(params string[] options)
    {
        var standby = new PostgresFixture { Port = FreePorts.Take() };
        if (IsRoot) await RunAsync("chown", "-R", "postgres", standby.Folder);
        await RunAsPostgresAsync([PostgresTools.Locate("pg_basebackup", 0), "-D", Path.Combine(standby.Folder, "data"), "-R", "-X", "stream", "-c", "fast",
            "-d", $"host=127.0.0.1 port={Port} user=postgres password={Password}", .. options]);
        await standby.StartAsync();
        return standby;
    }

    /// <summary>Starts the server; after a test has killed it, too.</summary>
    public async Task StartAsync()
    {
        string[] command = AsPostgres([PostgresTools.Locate("postgres", 0), "-D", Path.Combine(Folder, "data"), "-p", Port.ToString(), "-k", Folder,
            "-c", "listen_addresses=127.0.0.1", "-c", "shared_buffers=128MB", "-c", "max_connections=200", "-c", "fsync=off",
            // Hundreds of databases come and go: to visit each in turn took a sixth of what these servers computed.
            "-c", "autovacuum_naptime=1h", .. Settings.SelectMany(s => new[] { "-c", s })]);
        var info = new ProcessStartInfo(command[0]) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in command[1..]) info.ArgumentList.Add(argument);
        _server = Process.Start(info)!;
        _server.ErrorDataReceived += (_, _) => { };
        _server.OutputDataReceived += (_, _) => { };
        _server.BeginErrorReadLine();
        _server.BeginOutputReadLine();
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await using NpgsqlConnection connection = await OpenAsync("postgres");
                return;
            }
            catch (NpgsqlException) when (attempt < 300 && !_server.HasExited)
            {
                await Task.Delay(100);
            }
        }
    }

    /// <summary>Ends the server and all its sessions at once, in the middle of whatever they do; it recovers when it is started again.</summary>
    public async Task CrashAsync()
    {
        kill(_server!.Id, 3); // SIGQUIT: immediate shutdown
        await _server.WaitForExitAsync();
    }

    /// <summary>Kills the server at once, as a power cut would.</summary>
    public async Task KillAsync()
    {
        // -9 to the postmaster: its children notice and end by themselves.
        _server!.Kill();
        await _server.WaitForExitAsync();
        await Task.Delay(500);
    }

    public async Task DisposeAsync()
    {
        if (_server is { HasExited: false })
        {
            kill(_server.Id, 2); // SIGINT: fast shutdown
            await _server.WaitForExitAsync();
        }
        try { Directory.Delete(Folder, recursive: true); }
        catch (IOException) { }
    }

    /// <summary>A new, empty database; returns settings to reach it.</summary>
    public async Task<DatabaseSettings> CreateDatabaseAsync(string? tenantSchema = null)
    {
        string name = "t" + Guid.NewGuid().ToString("N")[..12];
        await ExecuteAsync("postgres", $"CREATE DATABASE {name}");
        return new DatabaseSettings
        {
            Name = "main",
            Host = "127.0.0.1",
            Port = Port,
            Database = name,
            User = "postgres",
            Password = new SecretReference(Password, "/"),
            TenantSchema = tenantSchema,
        };
    }

    public async Task<NpgsqlConnection> OpenAsync(string database)
    {
        var connection = new NpgsqlConnection($"Host=127.0.0.1;Port={Port};Username=postgres;Password={Password};Database={database};Pooling=false;Timeout=10;Command Timeout=120");
        await connection.OpenAsync();
        return connection;
    }

    public async Task ExecuteAsync(string database, string sql)
    {
        await using NpgsqlConnection connection = await OpenAsync(database);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<T> ScalarAsync<T>(string database, string sql)
    {
        await using NpgsqlConnection connection = await OpenAsync(database);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private static bool IsRoot => Environment.UserName == "root";

    private static string[] AsPostgres(params string[] command) =>
        IsRoot ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", .. command] : command;

    private static Task RunAsPostgresAsync(params string[] command) => RunAsync(AsPostgres(command));

    private static async Task RunAsync(params string[] command)
    {
        var info = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in command[1..]) info.ArgumentList.Add(argument);
        using Process process = Process.Start(info)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{command[0]} failed: {await output}{await error}");
    }

    [DllImport("libc")]
    private static extern int kill(int pid, int signal);
}
