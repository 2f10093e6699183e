using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Queries;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Databases;

/// <summary>
/// Runs statements that somebody writes: queries in sessions that only read, and changes that tell what they did before it counts.
/// </summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class DatabaseQuery(OpsContext context)
{
    /// <summary>The cmdlet's name in the journal.</summary>
    public const string Action = "Invoke-OpsQuery";

    /// <summary>Runs a query and hands its rows over, each as it comes.</summary>
    /// <param name="request">What to ask.</param>
    /// <param name="emit">Takes each row.</param>
    /// <param name="cancellationToken">Ends the query on the server, too.</param>
    /// <returns>How many rows there were.</returns>
    /// <exception cref="OpsException">The members of <see cref="QueryErrors"/>, <c>TenantMissing</c>, and what connecting
    /// throws.</exception>
    public async Task<long> ReadAsync(QueryRequest request, Action<QueryRow> emit, CancellationToken cancellationToken)
    {
        (DatabaseSettings database, request) = await FindAsync(request, cancellationToken).ConfigureAwait(false);
        QueryStatement statement = QueryStatement.Of(request, Target(database, request), writes: false);
        await using QuerySession session = await OpenAsync(database, request, statement, writes: false, cancellationToken)
            .ConfigureAwait(false);
        long rows = 0;
        try
        {
            await using StatementResult result = await session.RunAsync(request.Text, statement.Parameters, cancellationToken)
                .ConfigureAwait(false);
            IReadOnlyList<string> names = NamesOf(result);
            for (; await result.ReadAsync(cancellationToken).ConfigureAwait(false) is { } values; rows++) emit(new QueryRow(names, values));
        }
        catch (Exception e) when (e is NpgsqlException or NotSupportedException) { throw Told(e, statement, rows, cancellationToken); }
        await session.RollbackAsync().ConfigureAwait(false);
        return rows;
    }

    /// <summary>What a statement would change, as far as the server can say without running it.</summary>
    /// <exception cref="OpsException">As <see cref="ReadAsync"/>.</exception>
    public async Task<(string Target, string Words)> PlanAsync(QueryRequest request, CancellationToken cancellationToken)
    {
        (DatabaseSettings database, request) = await FindAsync(request, cancellationToken).ConfigureAwait(false);
        string target = Target(database, request);
        QueryStatement statement = QueryStatement.Of(request, target, writes: true);
        await using QuerySession session = await OpenAsync(database, request, statement, writes: false, cancellationToken)
            .ConfigureAwait(false);
        try
        {
            if (statement.Text.Keyword is not ("INSERT" or "UPDATE" or "DELETE" or "MERGE" or "WITH"))
            {
                await session.DescribeAsync(request.Text, statement.Parameters, cancellationToken).ConfigureAwait(false);
                return (target, $"Run and commit {statement.Text.Keyword}");
            }
            await using StatementResult plan = await session.RunAsync("EXPLAIN (FORMAT JSON) " + request.Text, statement.Parameters,
                cancellationToken).ConfigureAwait(false);
            string words = await plan.ReadAsync(cancellationToken).ConfigureAwait(false) is [string json] ? QueryPlan.Describe(json) : "";
            return (target, $"Run and commit {statement.Text.Keyword}"
                + (words.Length == 0 ? "" : $" (by the server's estimate, without triggers and foreign keys: {words})"));
        }
        catch (Exception e) when (e is NpgsqlException or NotSupportedException) { throw Told(e, statement, 0, cancellationToken); }
    }

    /// <summary>Runs a statement in a transaction, tells what it did, and commits when that is agreed to.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="agree">Is told what was done, and says whether it is to be kept; the rows are locked until it answers.</param>
    /// <param name="make">Makes of each row that the statement gives back what the result holds.</param>
    /// <param name="cancellationToken">Ends the statement on the server, too; nothing of it is left.</param>
    /// <returns>What was done; null when it was not agreed to, and undone.</returns>
    /// <exception cref="OpsException">As <see cref="ReadAsync"/>, and <c>TargetLocked</c>, <c>JournalUnwritable</c>.</exception>
    public async Task<QueryChange?> WriteAsync(QueryRequest request, Func<QueryEffect, Task<bool>> agree, Func<QueryRow, object> make,
        CancellationToken cancellationToken)
    {
        (DatabaseSettings database, request) = await FindAsync(request, cancellationToken).ConfigureAwait(false);
        string target = Target(database, request), path = Changes.Plans.Target.Database(database.Name, request.Tenant).Path;
        QueryStatement statement = QueryStatement.Of(request, target, writes: true);
        using IDisposable held = context.Locks.Acquire(path, Action);
        await using QuerySession session = await OpenAsync(database, request, statement, writes: true, cancellationToken)
            .ConfigureAwait(false);
        // Neither the text nor a value: both may hold what nobody else is to read.
        IJournaledChange journal = await context.Journal.BeginAsync(Action, path, new Dictionary<string, string>
        {
            ["statement"] = statement.Text.Keyword, ["sha256"] = statement.Text.Hash, ["parameters"] = $"{request.Parameters.Count}",
        }).ConfigureAwait(false);
        await using var _ = journal.ConfigureAwait(false);
        try
        {
            return await new QueryWriting(context, session, statement, request, journal)
                .RunAsync(database.Name, target, agree, row => make(row), NamesOf, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is NpgsqlException or NotSupportedException)
        {
            if (cancellationToken.IsCancellationRequested) await journal.FailAsync(IJournaledChange.Cancelled, QueryWriting.Stopped)
                .ConfigureAwait(false);
            else await journal.FailAsync(nameof(QueryErrors.QueryFailed), e is PostgresException p
                ? $"SQLSTATE {p.SqlState}; nothing of it is left" : "The connection was lost; nothing of it is left").ConfigureAwait(false);
            throw Told(e, statement, 0, cancellationToken);
        }
        catch (OpsException e) when (!QueryErrors.QueryCommitUnknown.Is(e) && !QueryErrors.QueryCommitUnrecorded.Is(e))
        {
            await journal.FailAsync(e.ErrorId, "Nothing of it is left").ConfigureAwait(false);
            throw;
        }
        catch (Exception e) when (e is not OpsException)
        {
            // Also what the question itself throws where nobody can be asked.
            bool isStopped = e is OperationCanceledException;
            await journal.FailAsync(isStopped ? IJournaledChange.Cancelled : nameof(QueryWriting.Declined), isStopped
                ? QueryWriting.Stopped : QueryWriting.Declined).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The database and the tenant that the names mean, which may be patterns: of each just one.</summary>
    private async Task<(DatabaseSettings Database, QueryRequest Request)> FindAsync(QueryRequest request, CancellationToken ct)
    {
        IReadOnlyList<string>? names = request.Name is null ? null
            : DatabaseServers.FindNames(context.Environment, [request.Name], e => throw e);
        DatabaseSettings database = DatabaseServers.FindSettings(context.Environment, names is null ? null
            : One(names, "database", request.Name!));
        if (request.Tenant is not { } tenant) return (database, request);
        PostgresServer server = await DatabaseServers.ResolveAsync(context, database.Name, ct).ConfigureAwait(false);
        await using NpgsqlConnection connection = await server.ConnectAsync(ct).ConfigureAwait(false);
        IReadOnlyList<string> known = await TenantSchemas.ListAsync(connection, database, ct).ConfigureAwait(false);
        IReadOnlyList<string> found = NamePattern.ChooseAll([tenant], known, "tenant", t => new OpsException("TenantMissing",
            OpsErrorCategory.ObjectNotFound,
                $"Database {database.Name} has no schema {TenantSchemas.SchemaOf(database, t)}, which would be that of "
            + $"tenant {t}.{(NearestName.Of(t, known) is { } near ? $" Did you mean {near}?" : "")}",
            $"Check the name; databases.{database.Name}.tenantSchema says how a tenant's schema is named.", t), e => throw e);
        return (database, request with { Tenant = One(found, "tenant", tenant) });
    }

    private static string One(IReadOnlyList<string> found, string what, string written) => found.Count == 1 ? found[0]
        : throw QueryErrors.QueryTargetAmbiguous.Make($"One {what} was expected, and {written} means {string.Join(", ", found)}.",
            "Name one.", written);

    private async Task<QuerySession> OpenAsync(DatabaseSettings database, QueryRequest request, QueryStatement statement, bool writes,
        CancellationToken ct)
    {
        string? schema = request.Tenant is null ? null : TenantSchemas.SchemaOf(database, request.Tenant);
        PostgresServer server = await DatabaseServers.ResolveAsync(context, database.Name, ct).ConfigureAwait(false);
        try { return await QuerySession.OpenAsync(server, schema, request.Timeout, writes, ct).ConfigureAwait(false); }
        catch (NpgsqlException e) { throw Told(e, statement, 0, ct); }
    }

    private IReadOnlyList<string> NamesOf(StatementResult result)
    {
        (IReadOnlyList<string> names, IReadOnlyList<string> changed) = ColumnNames.Distinct(result.Columns);
        if (changed.Count > 0) context.Reporter.Warning($"An object has no two properties of one name: {string.Join(", ", changed)}. "
            + "Name the columns with AS.");
        return names;
    }

    private static string Target(DatabaseSettings database, QueryRequest request) => request.Tenant is null ? $"database {database.Name}"
        : $"tenant {request.Tenant} of database {database.Name}";

    private static Exception Told(Exception cause, QueryStatement statement, long rows, CancellationToken ct) =>
        ct.IsCancellationRequested ? new OperationCanceledException(ct) : statement.Failure.Of(cause, rows);
}
