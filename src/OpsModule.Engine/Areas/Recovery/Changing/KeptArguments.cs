using System.Globalization;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Recovery.Planning;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery.Changing;

/// <summary>What a plan says of something that a restore keeps.</summary>
/// <param name="Name">The database's name in the environment file.</param>
/// <param name="Tenant">The tenant that it is of; null for none, and where its comment was lost.</param>
/// <param name="Kind">Whether it is a schema or a database.</param>
/// <param name="Restore">The restore's id.</param>
/// <param name="Kept">The name of what is kept.</param>
internal sealed record KeptArguments(string Name, string? Tenant, RestoreKind Kind, string Restore, string Kept)
{
    private const string Timeout = "switch-timeout";

    public static KeptArguments Of(RestoreRecord restore) =>
        new(restore.Name, restore.Tenant, restore.Kind, restore.Id, restore.ReplacedName ?? "");

    /// <summary>As they stand in a plan.</summary>
    public Dictionary<string, string> Write(TimeSpan? switchTimeout = null)
    {
        var arguments = new Dictionary<string, string> { ["database"] = Name, ["of"] = Kind.ToString(), ["restore"] = Restore, ["kept"] = Kept };
        if (Tenant is not null) arguments["tenant"] = Tenant;
        if (switchTimeout is { } time) arguments[Timeout] = time.ToString("c", CultureInfo.InvariantCulture);
        return arguments;
    }

    /// <summary>Reads them. Nothing but what a restore has made is ever meant.</summary>
    /// <exception cref="FormatException">What is kept is none of a restore.</exception>
    public static KeptArguments Read(ChangePlan plan)
    {
        var read = new KeptArguments(plan.Arguments["database"], plan.Arguments.GetValueOrDefault("tenant"),
            Enum.Parse<RestoreKind>(plan.Arguments["of"]), plan.Arguments["restore"], plan.Arguments["kept"]);
        return RestoreNames.IsReserved(read.Kept) && !(read.Kind == RestoreKind.Database && read.Tenant is not null) ? read
            : throw new FormatException($"{read.Kept} is nothing that a restore keeps.");
    }

    /// <summary>How long a switch may wait.</summary>
    public static TimeSpan SwitchTimeout(ChangePlan plan) => TimeSpan.ParseExact(plan.Arguments[Timeout], "c", CultureInfo.InvariantCulture);

    public string Target => RestoreNames.Target(Name, Tenant);

    /// <summary>In words: <c>schema ops_replaced_... of database main</c>.</summary>
    public string Words => $"{Kind.ToString().ToLowerInvariant()} {Kept} of database {Name}";

    /// <summary>Looks at it, and keeps nobody away.</summary>
    /// <param name="context">The environment.</param>
    /// <param name="withLive">Whether what is live in its place must stay the same, too.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What is kept, null when it is not there or belongs to another, and what tells it from others.</returns>
    public async Task<(Kept? Found, IReadOnlyList<PlanIdentity> Identities)> LookAsync(OpsContext context, bool withLive, CancellationToken cancellationToken)
    {
        PostgresServer server = await DatabaseServers.ResolveAsync(context, Name, cancellationToken).ConfigureAwait(false);
        await using NpgsqlConnection connection = await server.ConnectAsync(cancellationToken,
            Kind == RestoreKind.Database ? server.Settings.MaintenanceDatabase : null).ConfigureAwait(false);
        List<Kept> all = await RestoreCatalog.KeptAsync(Kind, context, server, connection, cancellationToken).ConfigureAwait(false);
        Kept? found = all.Find(k => k.Name == Kept && k.Note?.Tenant == Tenant);
        var identities = new List<PlanIdentity>(await IdentityAsync(connection, Kept, cancellationToken).ConfigureAwait(false));
        if (withLive && found?.Note is { } note)
            identities.AddRange((await IdentityAsync(connection, note.Original, cancellationToken).ConfigureAwait(false)).Except(identities));
        return (found, identities);
    }

    /// <summary>The error for something that is not there any more, or is another's.</summary>
    public OpsException Gone() => new("RestoreNotFound", OpsErrorCategory.ObjectNotFound, $"Database {Name} of this environment keeps nothing called {Kept}"
        + (Tenant is null ? "." : $" of tenant {Tenant}."), "List what is kept with Get-OpsRestore.", Restore);

    private Task<IReadOnlyList<PlanIdentity>> IdentityAsync(NpgsqlConnection connection, string name, CancellationToken ct) => Kind == RestoreKind.Schema
        ? DatabaseIdentities.OfSchemaAsync(connection, name, ct) : DatabaseIdentities.OfDatabaseAsync(connection, name, ct);
}
