using System.Diagnostics;
using System.Runtime.CompilerServices;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Redis;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Retention;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Outlets.Alerts;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Areas.Health;

/// <summary>Tries whether what an environment names can be reached from here. Nothing is changed.</summary>
public sealed class EnvironmentProbe(OpsContext context, EnvironmentLoad load)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private OpsEnvironment Environment => context.Environment;

    /// <summary>One finding for each database, cache, store, health URL, and receiver of alerts or metrics. All are tried at once; one that hangs delays no other.</summary>
    public async IAsyncEnumerable<EnvironmentFinding> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var attempts = new List<Task<EnvironmentFinding>>();
        var gate = new ConnectionGate(Patience);
        foreach (DatabaseSettings database in Environment.Databases.Values) attempts.Add(TryInTurnAsync(new DatabaseLane(context, database, gate), database, cancellationToken));
        foreach (DatabaseSettings database in Environment.Databases.Values.Where(d => d.RestoreUser is not null))
            Try($"databases.{database.Name}.restoreUser", token => LogInAsync(database, token));
        foreach (CacheSettings cache in Environment.Caches.Values) Try($"caches.{cache.Name}", token => ConnectAsync(cache, token));
        foreach (StoreSettings store in Environment.Backups.Stores.Values) Try($"backups.stores.{store.Name}", token => ListAsync(store, token));
        foreach (ServiceSettings service in Environment.Services.Values.Where(s => s.Health is not null))
            Try($"services.{service.Name}.health", token => AskAsync(service, token));
        if (Environment.Prometheus is { } prometheus) Try("prometheus", token => AskAsync(prometheus, token));
        foreach (ReceiverSettings receiver in Environment.Alerts.Receivers.Values) Try($"alerts.receivers.{receiver.Name}", token => ReceiverProbe.TryAsync(receiver, token));
        if (Environment.Metrics.TextfileFolder is { } folder) Try("metrics.textfile", _ => Task.Run(() => ReceiverProbe.TryFolder(folder)));
        foreach ((MetricEndpoint? endpoint, string name) in new[] { (Environment.Metrics.Pushgateway, "pushgateway"), (Environment.Metrics.Http, "http") })
            if (endpoint is not null) Try("metrics." + name, token => ReceiverProbe.TryAsync(endpoint, name, token));
        foreach (Task<EnvironmentFinding> attempt in attempts) yield return await attempt.ConfigureAwait(false);
        foreach (StoreSettings store in Environment.Backups.Stores.Values.Where(s => s.Bucket is not null))
            foreach (EnvironmentFinding finding in await FindRulesAsync(store, cancellationToken).ConfigureAwait(false)) yield return finding;

        void Try(string path, Func<CancellationToken, Task<string>> attempt) => attempts.Add(TryAsync(path, attempt, cancellationToken));
    }

    /// <summary>Databases come a few at a time, and the patience with each begins with its turn.</summary>
    private async Task<EnvironmentFinding> TryInTurnAsync(DatabaseLane lane, DatabaseSettings database, CancellationToken cancellationToken)
    {
        await using (lane)
        {
            await lane.EnterAsync(cancellationToken).ConfigureAwait(false);
            return await TryAsync($"databases.{database.Name}", async token =>
            {
                PostgresSession session = await lane.OpenAsync(token).ConfigureAwait(false);
                return $"PostgreSQL {session.Connection.PostgreSqlVersion} lets {database.User} into {database.Database}";
            }, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<string> LogInAsync(DatabaseSettings database, CancellationToken cancellationToken)
    {
        PostgresServer server = await DatabaseServers.ResolveAsync(context, database.Name, cancellationToken).ConfigureAwait(false);
        LoadingRole role = await LoadingRole.LookAsync(server, null, cancellationToken).ConfigureAwait(false);
        return role.IsSuper ? throw new OpsException("RestoreUserTooPowerful", OpsErrorCategory.InvalidArgument,
                $"{role.Words}, would load rows: it protects from nothing.", "Name a role that is no superuser and cannot become one.", database.Name)
            : $"{role.Name} may log in, and is no superuser";
    }

    private async Task<string> ConnectAsync(CacheSettings cache, CancellationToken cancellationToken)
    {
        RedisServer server = await CacheServers.ResolveAsync(context, cache.Name, cancellationToken).ConfigureAwait(false);
        using RedisConnection connection = await server.ConnectAsync(cancellationToken).ConfigureAwait(false);
        return $"Redis at {server.Host}:{server.Port} lets {cache.User ?? "us"} in";
    }

    private async Task<string> ListAsync(StoreSettings store, CancellationToken cancellationToken)
    {
        string state = store.Path is { } folder ? CheckFolder(store, folder) : "";
        await foreach (StoredObject _ in context.OpenStore(store.Name).ListAsync("", cancellationToken).ConfigureAwait(false))
            return "it can be read and holds backups" + state;
        return (Directory.Exists(store.Path) || store.Path is null ? "it can be read and is empty" : "it is not there yet") + state;
    }

    /// <summary>What the bucket does by itself, against what the file asks for. A bucket that cannot be reached was told before.</summary>
    private async Task<IReadOnlyList<EnvironmentFinding>> FindRulesAsync(StoreSettings store, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            StoreRules? rules = await context.OpenStore(store.Name).ReadRulesAsync(patience.Token).ConfigureAwait(false);
            return rules is null ? [] : [.. StoreRuleFindings.Of(Environment.Backups, store, rules).Select(f => Finding(FindingSeverity.Warning, f.Code, $"backups.stores.{store.Name}", f.Message))];
        }
        catch (Exception e) when (e is OpsException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested)) { return []; }
    }

    /// <summary>A store that can be read but not written to is found out here, and not by the nightly backup.</summary>
    private static string CheckFolder(StoreSettings store, string folder)
    {
        string existing = FolderAccess.NearestExisting(folder);
        if (!Directory.Exists(existing))
            throw new OpsException("StoreUnavailable", OpsErrorCategory.ResourceUnavailable, $"{existing} is a file; the store's folder is to be {folder}.",
                "Move the file away, or correct the store's path.", store.Name);
        if (!FolderAccess.CanWrite(existing))
            throw new OpsException("StoreReadOnly", OpsErrorCategory.PermissionDenied, $"This user ({System.Environment.UserName}) may not write to {existing}.",
                "Give it write permission, or correct the store's path.", store.Name);
        string free = $"{new DriveInfo(existing).AvailableFreeSpace / (1024.0 * 1024 * 1024):0.0} GiB free";
        return existing == folder ? $", {free}" : $"; the first backup makes the folder {folder}, {free}";
    }

    /// <summary>With what it must answer, and with its secrets, as Test-OpsHealth asks.</summary>
    private static async Task<string> AskAsync(ServiceSettings service, CancellationToken cancellationToken)
    {
        EndpointSettings endpoint = EndpointCheck.EndpointOf(service);
        using var client = new EndpointClient(endpoint);
        EndpointAnswer answer = await client.AskAsync(cancellationToken).ConfigureAwait(false);
        return EndpointCheck.Judge(endpoint, answer, out _) is not { } wrong ? $"it answers {answer.Status}"
            : throw new OpsException("HealthBad", OpsErrorCategory.ResourceUnavailable, wrong, "Look at the service's log, or correct what the environment file expects of it.", service.Name);
    }

    private static async Task<string> AskAsync(EndpointSettings prometheus, CancellationToken cancellationToken)
    {
        await PrometheusQuery.RunAsync(prometheus, "vector(1)", null, cancellationToken).ConfigureAwait(false);
        return "Prometheus answers a query";
    }

    private async Task<EnvironmentFinding> TryAsync(string path, Func<CancellationToken, Task<string>> attempt, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        var watch = Stopwatch.StartNew();
        try
        {
            string found = await attempt(patience.Token).ConfigureAwait(false);
            return Finding(FindingSeverity.Information, "Reachable", path, $"{path}: {found} ({watch.ElapsedMilliseconds} ms).");
        }
        catch (OpsException e)
        {
            return Finding(FindingSeverity.Error, e.ErrorId, path, $"{path}: {e.Message} {e.RecommendedAction}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Finding(FindingSeverity.Error, "TimedOut", path, $"{path} gave no answer in {Patience.TotalSeconds:0} seconds. Is the address right, and does a firewall let it through?");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // A target that fails in a way nobody foresaw must not hide what the others say.
            return Finding(FindingSeverity.Error, "Unreachable", path, $"{path} could not be tried: {e.GetType().Name}: {e.Message}");
        }
    }

    private EnvironmentFinding Finding(FindingSeverity severity, string code, string path, string message)
    {
        YamlItem? at = load.Places.GetValueOrDefault(path);
        return new EnvironmentFinding
        {
            Severity = severity,
            Code = code,
            Message = message,
            File = Environment.File,
            Line = at?.Line ?? 0,
            Column = at?.Column ?? 0,
            Path = path,
        };
    }
}
