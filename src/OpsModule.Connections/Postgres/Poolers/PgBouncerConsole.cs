using System.Globalization;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Connections.Postgres.Poolers;

/// <summary>
/// PgBouncer's console, asked through psql: it knows only the simple protocol, which Npgsql does not speak. The password is in the
/// environment of psql alone.
/// </summary>
/// <param name="host">Where PgBouncer listens.</param>
/// <param name="port">At which port.</param>
/// <param name="user">One of its <c>admin_users</c>; to look, one of its <c>stats_users</c> is enough.</param>
/// <param name="password">That user's password; null for none.</param>
public sealed class PgBouncerConsole(string host, int port, string user, string? password)
{
    private const char Between = '\u001f';

    /// <summary>Where it is, in words.</summary>
    public string Words => string.Create(CultureInfo.InvariantCulture, $"PgBouncer at {host}:{port}");

    /// <summary>Where it listens.</summary>
    public string Host => host;

    /// <summary>At which port.</summary>
    public int Port => port;

    /// <summary>Has it read its configuration and its list of users anew.</summary>
    /// <exception cref="OpsException"><c>ProgramFailed</c>, <c>ProgramMissing</c>.</exception>
    public Task ReloadAsync(ChangeScope scope, CancellationToken cancellationToken) => TellAsync(scope, "RELOAD", cancellationToken);

    /// <summary>Has it close each connection to servers as soon as no transaction is on it, so that the next one logs in anew.</summary>
    /// <inheritdoc cref="ReloadAsync" path="/exception"/>
    public Task ReconnectAsync(ChangeScope scope, CancellationToken cancellationToken) => TellAsync(scope, "RECONNECT", cancellationToken);

    /// <summary>The names under which clients reach a server's database; empty when it serves none of that name.</summary>
    /// <inheritdoc cref="ReloadAsync" path="/exception"/>
    public async Task<IReadOnlyList<string>> FindDatabasesAsync(string database, CancellationToken cancellationToken) =>
        [.. (await AskAsync("SHOW DATABASES", cancellationToken).ConfigureAwait(false))
            .Where(row => row.GetValueOrDefault("database") == database && row["name"] != "pgbouncer").Select(row => row["name"])];

    /// <summary>A setting such as <c>auth_type</c>; null for one that it does not know.</summary>
    /// <inheritdoc cref="ReloadAsync" path="/exception"/>
    public async Task<string?> FindSettingAsync(string name, CancellationToken cancellationToken) =>
        (await AskAsync("SHOW CONFIG", cancellationToken).ConfigureAwait(false)).FirstOrDefault(row =>
            row.GetValueOrDefault("key") == name)?.GetValueOrDefault("value");

    /// <summary>The names of its databases at which it logs in to the server as one of these, whoever the client is.</summary>
    /// <inheritdoc cref="ReloadAsync" path="/exception"/>
    public async Task<IReadOnlyList<string>> FindForcedAsync(IReadOnlyCollection<string> logins, CancellationToken cancellationToken) =>
        [.. (await AskAsync("SHOW DATABASES", cancellationToken).ConfigureAwait(false))
            .Where(row => row["name"] != "pgbouncer" && logins.Contains(row.GetValueOrDefault("force_user", "")))
            .Select(row => row["name"])];

    /// <summary>The server processes of its connections as a login. Who uses them is among its clients.</summary>
    /// <inheritdoc cref="ReloadAsync" path="/exception"/>
    public async Task<IReadOnlyList<int>> FindServersAsync(string login, CancellationToken cancellationToken) =>
        [.. (await AskAsync("SHOW SERVERS", cancellationToken).ConfigureAwait(false))
            .Where(row => row.GetValueOrDefault("user") == login)
            .Select(row => int.TryParse(row.GetValueOrDefault("remote_pid"), CultureInfo.InvariantCulture, out int pid) ? pid : 0)
            .Where(pid => pid > 0)];

    /// <summary>
    /// From where clients have logged in to it as a login, one by one: also those for which it holds no connection to a server now.
    /// </summary>
    /// <inheritdoc cref="ReloadAsync" path="/exception"/>
    public async Task<IReadOnlyList<string>> FindClientsAsync(string login, CancellationToken cancellationToken) =>
        [.. (await AskAsync("SHOW CLIENTS", cancellationToken).ConfigureAwait(false))
            .Where(row => row.GetValueOrDefault("user") == login).Select(row => row.GetValueOrDefault("addr", ""))];

    private async Task TellAsync(ChangeScope scope, string command, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(scope);
        await RunAsync(command, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<Dictionary<string, string>>> AskAsync(string command, CancellationToken cancellationToken)
    {
        string[] lines = (await RunAsync(command, cancellationToken).ConfigureAwait(false)).Split('\n',
            StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0) return [];
        string[] names = lines[0].Split(Between);
        return [.. lines[1..].Select(line => line.Split(Between)).Where(values => values.Length == names.Length)
            .Select(values => names.Zip(values).GroupBy(p => p.First).ToDictionary(g => g.Key, g => g.First().Second))];
    }

    private Task<string> RunAsync(string command, CancellationToken cancellationToken) => ProgramRunner.RunAsync(
        new ProgramCall(PostgresTools.Locate("psql", 0), "-X", "-q", "-A", "-P", "footer=off", "-F", Between.ToString(), "-v",
            "ON_ERROR_STOP=1", "-c", command + ";")
        {
            StartsEmpty = true,
            Environment = new Dictionary<string, string?>
            {
                ["PGHOST"] = host, ["PGPORT"] = port.ToString(CultureInfo.InvariantCulture), ["PGUSER"] = user, ["PGPASSWORD"] = password,
                ["PGDATABASE"] = "pgbouncer", ["PGCONNECT_TIMEOUT"] = "15", ["PGAPPNAME"] = "OpsModule",
            },
            Secrets = password is { Length: > 0 } secret ? [secret] : [],
        }, null, cancellationToken);
}
