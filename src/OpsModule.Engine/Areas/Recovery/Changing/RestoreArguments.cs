using System.Globalization;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Recovery.Changing;

/// <summary>What the plan of a restore says: what is restored into what, out of which stores in which order, and how.</summary>
internal sealed record RestoreArguments
{
    private const string True = "true";

    public required string Name { get; init; }

    public string? Tenant { get; init; }

    public string? As { get; init; }

    /// <summary>The backup's id.</summary>
    public required string Backup { get; init; }

    /// <summary>Where it lies, the first to be taken first; planning has looked at that one.</summary>
    public required IReadOnlyList<BackupPlace> Sources { get; init; }

    public bool AllowDifferences { get; init; }

    public bool AllowIncomplete { get; init; }

    public bool NoTablespaces { get; init; }

    public TimeSpan SwitchTimeout { get; init; }

    public TimeSpan CleanUpPatience { get; init; }

    public RestoreKind Kind => Tenant is null ? RestoreKind.Database : RestoreKind.Schema;

    /// <summary>What is restored, in words.</summary>
    public string Words => Tenant is null ? $"database {As ?? Name}" : $"tenant {Tenant} of database {Name}";

    /// <summary>The arguments of a restore out of these sources.</summary>
    public static RestoreArguments Of(IReadOnlyList<RestoreRequest> sources) => new()
    {
        Name = sources[0].DatabaseName, Tenant = RestoreService.TenantOf(sources[0]), As = sources[0].As, Backup = sources[0].Backup.Id,
        Sources = [.. sources.Select(s => new BackupPlace(s.Backup.Store, s.Backup.Key, s.Backup.Sha256))],
        AllowDifferences = sources[0].AllowDifferences, AllowIncomplete = sources[0].AllowIncomplete, NoTablespaces = sources[0].NoTablespaces,
        SwitchTimeout = sources[0].SwitchTimeout, CleanUpPatience = sources[0].CleanUpPatience,
    };

    /// <summary>As they stand in a plan.</summary>
    public Dictionary<string, string> Write()
    {
        var arguments = new Dictionary<string, string>
        {
            ["database"] = Name, ["backup"] = Backup, ["switch-timeout"] = Text(SwitchTimeout), ["clean-up"] = Text(CleanUpPatience),
        };
        if (Tenant is not null) arguments["tenant"] = Tenant;
        if (As is not null) arguments["as"] = As;
        if (AllowDifferences) arguments["allow-differences"] = True;
        if (AllowIncomplete) arguments["allow-incomplete"] = True;
        if (NoTablespaces) arguments["no-tablespaces"] = True;
        for (int i = 0; i < Sources.Count; i++)
        {
            arguments[$"source.{i}.store"] = Sources[i].Store;
            arguments[$"source.{i}.key"] = Sources[i].Key;
            arguments[$"source.{i}.sha256"] = Sources[i].Sha256;
        }
        return arguments;
    }

    /// <summary>Reads them.</summary>
    /// <exception cref="FormatException">They contradict one another, or the backup is of another environment.</exception>
    /// <exception cref="KeyNotFoundException">Something is missing.</exception>
    public static RestoreArguments Read(ChangePlan plan)
    {
        IReadOnlyDictionary<string, string> given = plan.Arguments;
        var sources = new List<BackupPlace>();
        while (given.TryGetValue($"source.{sources.Count}.store", out string? store))
            sources.Add(new BackupPlace(store, given[$"source.{sources.Count}.key"], given[$"source.{sources.Count}.sha256"]));
        string backup = given["backup"];
        if (sources.Count == 0) throw new FormatException("it names no store.");
        if (sources.FirstOrDefault(s => BackupKeys.IdOf(s.Key, plan.Environment, BackupKind.Database) != backup) is { } other)
            throw new FormatException($"{other.Key} is not the backup {backup}.");
        return new RestoreArguments
        {
            Name = given["database"], Tenant = given.GetValueOrDefault("tenant"), As = given.GetValueOrDefault("as"), Backup = backup,
            Sources = sources, AllowDifferences = given.GetValueOrDefault("allow-differences") == True,
            AllowIncomplete = given.GetValueOrDefault("allow-incomplete") == True,
            NoTablespaces = given.GetValueOrDefault("no-tablespaces") == True,
            SwitchTimeout = Time(given["switch-timeout"]), CleanUpPatience = Time(given["clean-up"]),
        };
    }

    /// <summary>The restore of the backup out of one store.</summary>
    public RestoreRequest Request(BackupRecord backup) => new()
    {
        Backup = backup, Name = Name, Tenant = Tenant, As = As, AllowDifferences = AllowDifferences, AllowIncomplete = AllowIncomplete,
        NoTablespaces = NoTablespaces, SwitchTimeout = SwitchTimeout,
    };

    /// <summary>What it is called until it is switched in.</summary>
    public string Stage(string changeId, OpsContext context)
    {
        var settings = DatabaseServers.FindSettings(context.Environment, Name);
        return RestoreNames.Stage(changeId, Tenant is null ? settings.Database : TenantSchemas.SchemaOf(settings, Tenant));
    }

    private static string Text(TimeSpan time) => time.ToString("c", CultureInfo.InvariantCulture);

    private static TimeSpan Time(string text) => TimeSpan.ParseExact(text, "c", CultureInfo.InvariantCulture);
}
