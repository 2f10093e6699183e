using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Npgsql;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Vaults;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Connections.Postgres;

/// <summary>One PostgreSQL database: how to connect, and how to run the server's own tools where it lives.</summary>
public sealed partial class PostgresServer
{
    private static readonly string[] ForeignVariables =
        ["PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE", "PGTARGETSESSIONATTRS", "PGLOADBALANCEHOSTS", "PGCLIENTENCODING", "PGDATESTYLE"];

    // They hold nothing open: connections are not pooled.
    private readonly ConcurrentDictionary<(string Database, string? Options), NpgsqlDataSource> _sources = new();
    private readonly ServerPlace? _place;
    private readonly string _host;
    private readonly int _port;
    private string? _password;
    private int _serverMajor;
    private bool _watchesClient;

    private PostgresServer(PostgresOptions settings, string host, int port, ServerPlace? place)
    {
        Settings = settings;
        _host = host;
        _port = port;
        _place = place;
    }

    /// <summary>The settings it was made from.</summary>
    public PostgresOptions Settings { get; }

    /// <summary>The address it is reached at from here; the folder of a Unix socket begins with a slash.</summary>
    public string Host => _host;

    /// <summary>The port it is reached at from here.</summary>
    public int Port => _port;

    /// <summary>What its sessions are called in pg_stat_activity.</summary>
    public string ApplicationName { get; private init; } = "OpsModule";

    /// <summary>The container, pod or other instance that the server runs in, or null when it is reached by host and port alone.</summary>
    public string? ContainerId => _place?.Id;

    /// <summary>A server reached directly, for example a drill's temporary cluster.</summary>
    public static PostgresServer Direct(PostgresOptions settings) => new(settings, settings.Host ?? "127.0.0.1", settings.Port, null);

    /// <summary>A server that a platform runs: a service of the environment, or a drill's container.</summary>
    public static PostgresServer Inside(ServerPlace place, PostgresOptions settings) => new(settings, place.Host, place.Port, place);

    /// <summary>The same server with sessions of another name, so that they can be told from all others.</summary>
    public PostgresServer Named(string applicationName) => With(Settings, applicationName);

    /// <summary>The same server as restores log in to it: as <see cref="PostgresOptions.RestoreUser"/> where there is one.</summary>
    public PostgresServer ForRestoring() => Settings.RestoreUser is not { } login ? this
        : With(Settings with { User = login.User, Password = login.Password }, ApplicationName);

    /// <summary>The same server, logged in to with another password.</summary>
    public PostgresServer WithPassword(SecretReference? password) => With(Settings with { Password = password }, ApplicationName);

    /// <summary>Another database of the same server.</summary>
    public PostgresServer InDatabase(string database) => With(Settings with { Database = database }, ApplicationName);

    /// <summary>
    /// The same server otherwise; what is known of it stays known, and a password that was read where it is the same one.
    /// </summary>
    private PostgresServer With(PostgresOptions settings, string applicationName) => new(settings, _host, _port, _place)
    {
        ApplicationName = applicationName,
        _password = ReferenceEquals(settings.Password, Settings.Password) ? _password : null,
        _serverMajor = _serverMajor,
        _watchesClient = _watchesClient,
    };

    /// <summary>
    /// Opens a connection (unpooled), to the database itself or another one of the same server. Its search_path is pg_catalog alone,
    /// whatever the database or the role says: names of anything else are to be qualified.
    /// </summary>
    /// <exception cref="OpsException"><c>DatabaseUnreachable</c>, <c>DatabaseLoginRefused</c>, <c>DatabaseMissing</c>, <c>PoolerBetween</c>, <c>CredentialsInClear</c>.</exception>
    public async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken, string? database = null) =>
        (await OpenAsync(database, SessionStart.Options, cancellationToken).ConfigureAwait(false)).Connection;

    /// <summary>The same, for a session in which statements of the environment file are run: it tells the search_path that they were written for.</summary>
    /// <exception cref="OpsException">As <see cref="ConnectAsync"/>.</exception>
    public async Task<PostgresSession> ConnectForQueriesAsync(CancellationToken cancellationToken, string? database = null) =>
        await OpenAsync(database, null, cancellationToken).ConfigureAwait(false);

    private async Task<PostgresSession> OpenAsync(string? database, string? options, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = Source(database ?? Settings.Database, options).CreateConnection();
        Task<PostgresSession> opening = BeginAsync(connection, cancellationToken);
        try
        {
            // Npgsql does not look at the token while a server that accepted says nothing; nobody should wait for that after Ctrl+C.
            return await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _ = opening.ContinueWith(ended => { _ = ended.Exception; connection.Dispose(); }, TaskScheduler.Default);
            throw;
        }
        catch (Exception e)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            if (e is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException)
                throw PostgresErrors.Connecting(e, Settings, database ?? Settings.Database, $"{_host}:{_port}");
            throw;
        }
    }

    private async Task<PostgresSession> BeginAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        (string ownPath, bool pooled) = await SessionStart.ApplyAsync(connection, cancellationToken).ConfigureAwait(false);
        if (pooled) throw PostgresErrors.Pooled(Settings, $"{_host}:{_port}");
        _serverMajor = connection.PostgreSqlVersion.Major;
        if (_serverMajor >= 14) _watchesClient = await SessionStart.StayAsync(connection, cancellationToken).ConfigureAwait(false);
        return new PostgresSession(connection, ownPath);
    }

    /// <summary>
    /// A call of pg_dump, pg_restore or psql where the server lives (locally, or inside the service's container), with PGHOST, PGPORT,
    /// PGUSER, PGPASSWORD, PGTZ=UTC and PGDATABASE in its environment, and without what else libpq would take from ours: a forgotten
    /// PGSERVICE or PGHOSTADDR must not send a tool to another server. Local tools are of the server's major version where it is known.
    /// </summary>
    /// <param name="program">For example <c>pg_dump</c>.</param>
    /// <param name="arguments">Its arguments; never a secret.</param>
    /// <param name="database">Another database of the same server.</param>
    /// <param name="settings">Server settings of its sessions, as <c>-c name=value</c>.</param>
    public ProgramCall Tool(string program, IReadOnlyList<string> arguments, string? database = null, string settings = "")
    {
        string password = Password();
        settings = string.Join(' ', new[] { SessionStart.Options, settings, _watchesClient ? SessionStart.WatchClient : "" }.Where(s => s.Length > 0));
        var environment = new Dictionary<string, string?>
        {
            ["PGHOST"] = _place is null ? _host : "127.0.0.1",
            ["PGPORT"] = (_place is null ? _port : Settings.Port).ToString(),
            ["PGUSER"] = Settings.User,
            ["PGPASSWORD"] = password.Length == 0 ? null : password,
            ["PGDATABASE"] = database ?? Settings.Database,
            ["PGSSLMODE"] = _place is null ? Tls.Mode : Tls.ModeInside,
            ["PGTZ"] = "UTC",
            ["PGAPPNAME"] = ApplicationName,
            ["PGOPTIONS"] = settings,
            ["LC_MESSAGES"] = "C",
        };
        foreach (string foreign in ForeignVariables) environment[foreign] = null;
        if (_place is null) (environment["PGSSLROOTCERT"], environment["PGREQUIREAUTH"]) = (Tls.Authorities, Tls.RequiredByLibpq);
        string[] secrets = password.Length == 0 ? [] : [password];
        if (_place is null)
            return new ProgramCall(PostgresTools.Locate(program, _serverMajor), arguments) { Environment = environment, Secrets = secrets };
        return _place.ProgramIn(new ProgramCall(program, arguments) { Environment = environment, Secrets = secrets });
    }

    /// <summary>The version of a tool such as pg_dump where the server lives.</summary>
    public async Task<Version> ToolVersionAsync(string program, CancellationToken cancellationToken)
    {
        string text = await ProgramRunner.RunAsync(Tool(program, ["--version"]), null, cancellationToken).ConfigureAwait(false);
        Match match = VersionNumber().Match(text);
        return match.Success
            ? new Version(int.Parse(match.Groups[1].ValueSpan), match.Groups[2].Success ? int.Parse(match.Groups[2].ValueSpan) : 0)
            : throw new OpsException("ProgramFailed", OpsErrorCategory.InvalidData, $"{program} --version printed '{text.Trim()}', not a version.",
                $"Check that {program} is PostgreSQL's.", program);
    }

    private string Password() => _password ??= Settings.Password?.Resolve() ?? "";

    private NpgsqlDataSource Source(string database, string? options) => _sources.GetOrAdd((database, options), key =>
    {
        var builder = new NpgsqlDataSourceBuilder(ConnectionString(key.Database, key.Options));
        // Else Npgsql would ask for the database's types before anything of ours, with whatever operators its search_path finds first.
        builder.ConfigureTypeLoading(loading => loading.EnableTypeLoading(false));
        return builder.Build();
    });

    private PostgresTls Tls => PostgresTls.Of(Settings, _host);

    private string ConnectionString(string database, string? options)
    {
        NpgsqlConnectionStringBuilder builder = StringFor(Settings.User, Password());
        (builder.Database, builder.Options) = (database, options);
        return builder.ConnectionString;
    }

    /// <summary>How another login connects to the database, without a pool. It holds the password.</summary>
    internal NpgsqlConnectionStringBuilder StringFor(string user, string password)
    {
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = _host,
            Port = _port,
            Database = Settings.Database,
            Username = user,
            Password = password,
            ApplicationName = ApplicationName,
            Pooling = false,
            Timeout = 15,
            CommandTimeout = 0,
            Timezone = "UTC",
            IncludeErrorDetail = false,
        };
        // A control connection is silent for hours beside a long restore; firewalls forget silent connections. Unix sockets refuse the option.
        if (!_host.StartsWith('/')) (builder.TcpKeepAlive, builder.TcpKeepAliveTime, builder.TcpKeepAliveInterval) = (true, 30, 10);
        Tls.Apply(builder);
        return builder;
    }

    [GeneratedRegex(@"(\d+)(?:\.(\d+))?")]
    private static partial Regex VersionNumber();
}
