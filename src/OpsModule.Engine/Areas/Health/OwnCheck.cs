using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Redis;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Network;

namespace OpsModule.Engine.Areas.Health;

/// <summary>A check that the environment file declares: a query, a Redis command, an HTTP answer, a port, a name, a certificate, a query of Prometheus, the alerts of an Alertmanager, a program in a service or lines of logs.</summary>
internal static class OwnCheck
{
    public static HealthCheck Of(OpsContext context, CheckSettings own, HealthRequest request, IReadOnlyDictionary<string, DatabaseLane> lanes) => new(own.Name, Target(context.Environment, own), own.Kind switch
    {
        CheckKind.Sql => (report, token) => AskDatabaseAsync(LaneOf(own, lanes), context, own, report, token),
        CheckKind.Redis => (report, token) => AskCacheAsync(context, own, report, token),
        CheckKind.Http => (report, token) => AskEndpointAsync(own, report, token),
        CheckKind.Tcp => (report, token) => ConnectAsync(own, report, token),
        CheckKind.Dns => (report, token) => ResolveAsync(own, report, token),
        CheckKind.Prometheus => (report, token) => PrometheusCheck.RunAsync(own, report, token),
        CheckKind.Alertmanager => (report, token) => AlertmanagerCheck.RunAsync(own, report, token),
        CheckKind.Command => (report, token) => CommandCheck.RunAsync(context, own, report, token),
        CheckKind.Log => (report, token) => LogCheck.RunAsync(context, own, report, token),
        _ => (report, token) => CertificateCheck.RunAsync(own, report, token),
    })
    {
        Services = own.Service is { } service ? [service] : [],
        Lane = own.Kind == CheckKind.Sql ? LaneOf(own, lanes) : null,
        Timeout = own.Timeout ?? request.Timeout,
    };

    private static string Target(OpsEnvironment environment, CheckSettings own) => own.Kind switch
    {
        CheckKind.Sql => own.Source ?? environment.Databases.Keys.FirstOrDefault() ?? "",
        CheckKind.Redis => own.Source ?? environment.Caches.Keys.FirstOrDefault() ?? "",
        CheckKind.Http or CheckKind.Alertmanager => new Uri(own.Subject).Authority,
        CheckKind.Prometheus => new Uri(own.Endpoint!.Url).Authority,
        CheckKind.Command => own.Service!,
        CheckKind.Log => own.Service ?? "all logs",
        _ => own.Subject,
    };

    private static DatabaseLane? LaneOf(CheckSettings own, IReadOnlyDictionary<string, DatabaseLane> lanes) =>
        own.Source is { } name ? lanes.GetValueOrDefault(name) : lanes.Count == 1 ? lanes.Values.First() : null;

    private static async Task AskDatabaseAsync(DatabaseLane? lane, OpsContext context, CheckSettings own, HealthReport report, CancellationToken cancellationToken)
    {
        // Where there is none, this says so.
        if (lane is null) DatabaseServers.FindSettings(context.Environment, own.Source);
        PostgresSession session = await lane!.OpenAsync(cancellationToken).ConfigureAwait(false);
        report.Waiting = "let us in, and did not finish the query";
        long start = Stopwatch.GetTimestamp();
        string whose = $"The query of checks.{own.Name}";
        try { Judge(own, report, Text(await session.AskAsync(own.Subject, whose, cancellationToken).ConfigureAwait(false)), Stopwatch.GetElapsedTime(start)); }
        catch (PostgresException e) { throw PostgresErrors.Statement(e, whose, own.Name); }
    }

    private static async Task AskCacheAsync(OpsContext context, CheckSettings own, HealthReport report, CancellationToken cancellationToken)
    {
        RedisServer server = await CacheServers.ResolveAsync(context, own.Source, cancellationToken).ConfigureAwait(false);
        using RedisConnection connection = await server.ConnectAsync(cancellationToken).ConfigureAwait(false);
        long start = Stopwatch.GetTimestamp();
        string[] command = own.Subject.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        await ReadingCommands.CheckAsync(connection, command, $"checks.{own.Name}", cancellationToken).ConfigureAwait(false);
        RedisReply reply = await connection.CallAsync(command, cancellationToken).ConfigureAwait(false);
        if (reply is RedisError error) throw connection.Refused(command[0], error);
        Judge(own, report, reply is RedisText { Value: null } ? null : reply.Text, Stopwatch.GetElapsedTime(start));
    }

    private static async Task AskEndpointAsync(CheckSettings own, HealthReport report, CancellationToken cancellationToken)
    {
        EndpointSettings endpoint = own.Endpoint!;
        bool figure = endpoint.Json is not null && (own.Levels.Warning ?? own.Levels.Critical) is not null;
        using var client = new EndpointClient(endpoint, report.Await);
        EndpointAnswer answer = await client.AskAsync(cancellationToken).ConfigureAwait(false);
        string? wrong = EndpointCheck.Judge(endpoint, answer, out string? value);
        if (wrong is not null && !(figure && value is not null && endpoint.Expect is null))
            report.Said(HealthStatus.Unhealthy, wrong, own.Remedy ?? "Look at the service's log, or correct what the environment file expects of it.", answer.Took, value);
        else if (figure) Judge(own, report, value, answer.Took);
        // Without a JSON path its levels are those of the time it took.
        else if ((own.Levels.Warning ?? own.Levels.Critical) is not null)
            report.Measured(own.Name, Limits.Of(own.Levels, FigureUnit.Duration), answer.Took.TotalSeconds, $"{endpoint.Url} answers {answer.Status}.", own.Remedy ?? "Find out why it is slow.", answer.Took);
        else report.Said(HealthStatus.Healthy, $"{endpoint.Url} answers {(value is null ? $"{answer.Status}" : Show(value))}.", latency: answer.Took, value: value ?? answer.Status.ToString(CultureInfo.InvariantCulture));
    }

    private static async Task ConnectAsync(CheckSettings own, HealthReport report, CancellationToken cancellationToken)
    {
        (string host, int port) = Address.Parse(own.Subject);
        using var client = new TcpClient();
        long start = Stopwatch.GetTimestamp();
        try
        {
            await client.ConnectAsync(host, port, cancellationToken).ConfigureAwait(false);
            report.Said(HealthStatus.Healthy, $"{own.Subject} takes connections.", latency: Stopwatch.GetElapsedTime(start));
        }
        catch (SocketException e)
        {
            report.Said(HealthStatus.Unhealthy, $"{own.Subject} takes no connection: {SocketWords.Of(e)}.", own.Remedy ?? "Start what listens there, or correct the address.", Stopwatch.GetElapsedTime(start));
        }
    }

    private static async Task ResolveAsync(CheckSettings own, HealthReport report, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            string[] found = [.. (await Dns.GetHostAddressesAsync(own.Subject, cancellationToken).ConfigureAwait(false)).Select(a => a.ToString()).Distinct()];
            string all = string.Join(", ", found);
            bool well = own.Expect is { } expected ? found.Contains(expected, StringComparer.OrdinalIgnoreCase) : found.Length > 0;
            report.Said(well ? HealthStatus.Healthy : HealthStatus.Unhealthy, well ? $"{own.Subject} is {all}." : $"{own.Subject} is {all}, and not {own.Expect}.",
                own.Remedy ?? "Correct the record, or what is expected of it.", Stopwatch.GetElapsedTime(start), all);
        }
        catch (SocketException)
        {
            report.Said(HealthStatus.Unhealthy, $"{own.Subject} has no address.", own.Remedy ?? "Add the record, or mend the DNS of this machine.", Stopwatch.GetElapsedTime(start));
        }
    }

    /// <summary>Holds a value against what is expected, or against the levels, or only asks that there is one that is not false.</summary>
    /// <param name="own">The check.</param>
    /// <param name="report">Takes the verdict.</param>
    /// <param name="value">The value; null when there is none.</param>
    /// <param name="took">How long the answer took.</param>
    /// <param name="whose">What it is the value of, to stand behind it in the message.</param>
    public static void Judge(CheckSettings own, HealthReport report, string? value, TimeSpan took, string whose = "")
    {
        string remedy = own.Remedy ?? "See what the check looks at in the environment file.";
        if (value is null) report.Said(HealthStatus.Unhealthy, "There is no value.", remedy, took);
        else if (own.Expect is { } expected)
            report.Said(value == expected ? HealthStatus.Healthy : HealthStatus.Unhealthy, value == expected ? $"It is {Show(value)}{whose}." : $"It is {Show(value)}{whose}, not {Show(expected)}.", remedy, took, value);
        else if ((own.Levels.Warning ?? own.Levels.Critical) is null)
            report.Said(value is "false" or "0" ? HealthStatus.Unhealthy : HealthStatus.Healthy, $"It is {Show(value)}{whose}.", remedy, took, value);
        else if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
            report.Said(HealthStatus.Unknown, $"It is {Show(value)}{whose}, which is no number to hold against levels.", "Correct the check in the environment file.", took, value);
        else report.Measured(own.Name, Limits.Of(own.Levels), number, $"It is {LevelText.Show(number, Limits.Of(own.Levels).Unit)}{whose}.", remedy, took);
    }

    private static string Show(string value) => value.Length <= 80 ? $"'{value}'" : $"'{value[..80]}...'";

    private static string? Text(object? value) => value switch
    {
        null or DBNull => null,
        bool flag => flag ? "true" : "false",
        TimeSpan span => span.TotalSeconds.ToString(CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };
}
