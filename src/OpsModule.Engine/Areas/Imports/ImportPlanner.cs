using System.Globalization;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Imports.Files;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Imports;

/// <summary>Reads dumps that others have made and plans to take them into stores as backups.</summary>
public sealed class ImportPlanner(OpsContext context)
{
    /// <summary>So much may clocks differ.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);

    /// <summary>What a dump's own date and its file's may differ by: zones, and the time that a dump takes.</summary>
    private static readonly TimeSpan Apart = TimeSpan.FromHours(36);

    /// <summary>Reads one dump to its end and plans its import; runs nothing and writes nothing.</summary>
    /// <exception cref="OpsException"><c>BackupExists</c> when a store has it already, and what is wrong with the dump.</exception>
    public async Task<ChangePlan> PlanAsync(ImportRequest request, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> stores = new BackupCatalog(context).CheckStores(request.Stores.Count == 0 ? null : request.Stores);
        DatabaseSettings database = DatabaseServers.FindSettings(context.Environment, request.Name);
        string? schema = request.Tenant is null ? null : TenantSchemas.SchemaOf(database, request.Tenant);
        DumpFacts facts = await new DumpInspector(context).InspectAsync(request.Path, request.Reload,
            cancellationToken).ConfigureAwait(false);
        var warnings = new List<string>();
        CheckContent(facts, database, request, schema, warnings);
        DateTimeOffset startedAt = StartOf(facts, request, warnings);
        string id = BackupKeys.NewId(startedAt)[..^6] + facts.Sha256[..6];
        Compression compression = BackupPlanner.CompressionOf(Compression.Auto);
        string key = BackupKeys.Object(context.Environment.Name, database.Name, request.Tenant, id, compression,
            context.Environment.Backups.Recipients.Count > 0);
        await RefuseTwiceAsync(facts, key, stores, cancellationToken).ConfigureAwait(false);
        string where = await WhereAsync(facts, database, warnings, cancellationToken).ConfigureAwait(false);
        var plan = new ChangePlan
        {
            Environment = context.Environment.Name, Kind = ImportBackup.KindName, Action = ImportBackup.Action,
                Target = ImportBackup.Target(id),
            Subject = request.Path, PlannedAt = context.Time.GetUtcNow(), Undo = "the backup is removed; the file stays",
            Summary = $"Import {SizeText.Show(facts.Bytes)} of {facts.Words} as a backup of "
                + $"{ObservedName(database.Name, request.Tenant)} to {string.Join(", ", stores)}",
            Arguments = ArgumentsOf(facts, database, request, schema, key, startedAt, stores),
            Steps = [new PlannedStep(ImportBackup.Step,
                $"Read the file, {where}, store it, and write the manifest, which makes it a backup.")],
            Figures =
            [
                new PlanFigure("size", SizeText.Show(facts.Bytes)), new PlanFigure("format", facts.Words),
                new PlanFigure("server version", facts.ServerVersion.Length > 0 ? facts.ServerVersion : "not said"),
                new PlanFigure("content",
                    string.Create(CultureInfo.InvariantCulture,
                        $"{facts.Tables:N0} tables with {facts.Rows:N0} rows in {facts.Schemas.Count} "
                        + $"schema{(facts.Schemas.Count == 1 ? "" : "s")}")),
                new PlanFigure("time", FormattableString.Invariant($"{startedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC")),
                    new PlanFigure("backup", id),
                new PlanFigure("stores", string.Join(", ", stores)),
            ],
            Warnings = warnings,
        };
        return plan with { Identities = await ImportBackup.IdentitiesAsync(context, plan, cancellationToken).ConfigureAwait(false) };
    }

    private static Dictionary<string, string> ArgumentsOf(DumpFacts facts, DatabaseSettings database, ImportRequest request,
        string? schema, string key,
        DateTimeOffset startedAt, IReadOnlyList<string> stores)
    {
        var arguments = new Dictionary<string, string>
        {
            ["file"] = request.Path, ["sha256"] = facts.Sha256, ["name"] = database.Name, ["key"] = key, ["stores"] = string.Join('\n',
                stores),
            ["startedAt"] = startedAt.UtcDateTime.ToString("O"), ["version"] = facts.ServerVersion,
            ["leftOut"] = string.Join('\n', facts.WithoutRows.Select(LeftOut.RowsOf)),
        };
        if (request.Tenant is { } tenant) (arguments["tenant"], arguments["schema"]) = (tenant, schema!);
        if (facts.WhyLoaded is { } why) arguments["load"] = why;
        if (request.AllowIncomplete) arguments["incomplete"] = "allowed";
        return arguments;
    }

    /// <summary>A part that is taken for the whole would, one day, be restored over it.</summary>
    private static void CheckContent(DumpFacts facts, DatabaseSettings database, ImportRequest request, string? schema,
        List<string> warnings)
    {
        if (facts.IsDataOnly) throw ImportErrors.Partial.Make($"{facts.Path} holds rows, and does not make the tables that they belong "
            + $"to (pg_dump --data-only).",
            "Make a dump without --data-only.", facts.Path);
        if (schema is not null && !facts.Schemas.SequenceEqual([schema])) throw ImportErrors.Partial.Make(
            $"{facts.Path} is not of tenant {request.Tenant} alone, whose schema is {schema}: it holds {Schemas(facts)}.",
            $"Import a dump of the whole database without -Tenant, or make one of the tenant: pg_dump -Fc -n {schema}.", facts.Path);
        if (schema is null && database.TenantSchema is { Length: > 0 } && facts.Schemas is [var only] && TenantSchemas.TenantOf(database,
            only) is { } tenant)
            throw ImportErrors.Partial.Make($"{facts.Path} holds the schema {only} and nothing else, and is imported as the whole of "
                + $"database {database.Name}.",
                $"Say of which tenant it is: -Tenant {tenant}.", facts.Path);
        if (facts is { Tables: > 0, WithoutRows.Count: > 0 } && facts.WithoutRows.Count == facts.Tables && !request.AllowIncomplete)
            throw ImportErrors.Partial.Make($"{facts.Path} makes {facts.Tables} tables and holds rows of none of them (pg_dump "
                + $"--schema-only).",
                "Make a dump without --schema-only, or take it as it is with -AllowIncomplete.", facts.Path);
        if (facts.WithoutRows.Count > 0) warnings.Add($"The dump holds no rows of {facts.WithoutRows.Count} tables that it makes, "
            + $"{facts.WithoutRows[0]} being the first.");
        if (schema is null) warnings.Add($"A dump does not say whether it is of a whole database. This one holds {Schemas(facts)}.");
    }

    private static string Schemas(DumpFacts facts) => facts.Schemas.Count == 0 ? "no schema"
        : $"the schema{(facts.Schemas.Count == 1 ? "" : "s")} "
            + $"{string.Join(", ", facts.Schemas.Take(10))}{(facts.Schemas.Count > 10 ? $" and {facts.Schemas.Count - 10} more" : "")}";

    private DateTimeOffset StartOf(DumpFacts facts, ImportRequest request, List<string> warnings)
    {
        DateTimeOffset time = (request.StartedAt ?? facts.ModifiedAt).ToUniversalTime();
        if (time > context.Time.GetUtcNow() + Ahead)
            throw ImportErrors.TimeInFuture.Make((request.StartedAt is null ? "The time of " + facts.Path : "-StartedAt")
                + FormattableString.Invariant($" lies in the future: {time.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC."),
                "Say when the dump was made with -StartedAt; retention goes by it.", facts.Path);
        if (request.StartedAt is null && facts.MadeAt is { } made && (time.UtcDateTime - made).Duration() > Apart)
            warnings.Add(string.Create(CultureInfo.InvariantCulture,
                $"The file's time is {time.UtcDateTime:yyyy-MM-dd HH:mm} UTC, and the dump says "
                + $"that it was made on {made:yyyy-MM-dd HH:mm} (the file may have been copied without its time). Say when with "
                + $"-StartedAt."));
        if (request.StartedAt is null && facts.MadeAt is null)
            warnings.Add(string.Create(CultureInfo.InvariantCulture,
                $"The dump does not say when it was made, so the file's time is taken, {time.UtcDateTime:yyyy-MM-dd HH:mm} UTC. Where the "
                + $"file was copied without its time, say when with -StartedAt; retention goes by it."));
        return time;
    }

    /// <summary>An id ends in the first figures of the file's SHA-256, so that only those that may be the same file are read.</summary>
    private async Task RefuseTwiceAsync(DumpFacts facts, string key, IReadOnlyList<string> stores, CancellationToken ct)
    {
        var catalog = new BackupCatalog(context);
        foreach (string store in stores)
        {
            await foreach (StoredObject found in context.OpenStore(store).ListAsync(BackupKeys.Folder(key), ct).ConfigureAwait(false))
            {
                string id = BackupKeys.IdOf(found.Key);
                if (!BackupKeys.IsManifest(found.Key) || !id.EndsWith("-" + facts.Sha256[..6], StringComparison.Ordinal)) continue;
                BackupRecord there = await catalog.FindAtAsync(store, found.Key, ct).ConfigureAwait(false);
                if (there.Labels.GetValueOrDefault(ImportBackup.HashLabel) != facts.Sha256) continue;
                throw ImportErrors.AlreadyThere.Make($"{facts.Path} is imported already: it is backup {there.Id} in store {store}.",
                    $"Nothing needs to be done. Copy-OpsBackup {there.Id} -Store ... brings it to other stores.", there);
            }
        }
    }

    /// <summary>How it becomes an archive of this module, in words; refuses what no server here can load.</summary>
    private async Task<string> WhereAsync(DumpFacts facts, DatabaseSettings database, List<string> warnings, CancellationToken ct)
    {
        int major = Preflight.Major(facts.ServerVersion);
        if (facts.WhyLoaded is null)
        {
            if (major > 0 && await ServerPrograms.FindAsync(major, ct).ConfigureAwait(false) is null)
                warnings.Add($"The dump is of PostgreSQL {facts.ServerVersion}, and this machine has no server programs of that "
                    + $"version: a drill needs them here.");
            return "digest every table on the way";
        }
        var draft = new BackupRecord { Id = "", Environment = "", Key = "", Sha256 = "", Name = database.Name,
            ServerVersion = facts.ServerVersion };
        string where;
        try
        {
            (string? programs, string? image) = await DrillServer.ChooseAsync(context, draft, inContainer: false, ct).ConfigureAwait(false);
            where = programs is not null ? $"with the programs of {programs}" : $"in a container of {image}";
            if (programs is not null && PostgresTools.Installed("postgres").FirstOrDefault(i => i.Path.StartsWith(programs,
                StringComparison.Ordinal)).Major is var here && here > major && major > 0)
                warnings.Add($"The dump is of PostgreSQL {facts.ServerVersion} and is loaded into version {here}: the backup can be "
                    + $"restored into version {here} or newer only.");
        }
        catch (OpsException e) when (e.ErrorId == "ServerProgramsMissing")
        {
            throw ImportErrors.TooNew.Make($"{facts.Path} must be loaded into a server of PostgreSQL {facts.ServerVersion} or newer, "
                + $"because {facts.WhyLoaded}; there is none here.",
                $"Install it (Debian: apt-get install postgresql-{major}); it need not run. Or make the dump with -Fc, which needs no "
                    + $"server.", facts.Path, e);
        }
        if (!facts.SaysLocale) warnings.Add("The script does not say which locale its database has (pg_dump -C does): the backup says "
            + "UTF-8 and C. What sorts text may differ after a restore of the whole.");
        return $"load it into a PostgreSQL of its own {where}, because {facts.WhyLoaded}, dump that";
    }

    private static string ObservedName(string name, string? tenant) => tenant is null ? $"database {name}"
        : $"tenant {tenant} of database {name}";
}
