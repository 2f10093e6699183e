using OpsModule.Engine.Environments.Retention;
using OpsModule.Engine.Environments.Rollouts;
using OpsModule.Engine.Environments.Signatures;
using OpsModule.Connections.Files;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Redis;
using OpsModule.Connections.Stores.S3;
using OpsModule.Connections.Vaults;

namespace OpsModule.Engine.Environments;

/// <summary>One environment: everything there is to operate, as read from <c>ops.yaml</c>.</summary>
public sealed record OpsEnvironment
{
    /// <summary>The environment's name.</summary>
    public required string Name { get; init; }

    /// <summary>Full path of the file it was read from, or null when it was made in memory.</summary>
    public string? File { get; init; }

    /// <summary>The folder that relative paths in the file are relative to.</summary>
    public required string Directory { get; init; }

    /// <summary>Where the services run.</summary>
    public PlatformOptions Platform { get; init; } = new();

    /// <summary>Services by name.</summary>
    public IReadOnlyDictionary<string, ServiceSettings> Services { get; init; } = new Dictionary<string, ServiceSettings>();

    /// <summary>PostgreSQL databases by name.</summary>
    public IReadOnlyDictionary<string, DatabaseSettings> Databases { get; init; } = new Dictionary<string, DatabaseSettings>();

    /// <summary>Redis caches by name.</summary>
    public IReadOnlyDictionary<string, CacheSettings> Caches { get; init; } = new Dictionary<string, CacheSettings>();

    /// <summary>Where backups lie and for how long.</summary>
    public BackupSettings Backups { get; init; } = new();

    /// <summary>What a recovery drill must find, beside what the manifest says.</summary>
    public DrillSettings Drill { get; init; } = new();

    /// <summary>Thresholds by figure, for example <c>disk.free</c>.</summary>
    public IReadOnlyDictionary<string, ThresholdSettings> Thresholds { get; init; } = new Dictionary<string, ThresholdSettings>();

    /// <summary>The Prometheus server that checks ask, unless they name another; null when there is none.</summary>
    public EndpointSettings? Prometheus { get; init; }

    /// <summary>Figures of the application's own, by name.</summary>
    public IReadOnlyDictionary<string, CheckSettings> Checks { get; init; } = new Dictionary<string, CheckSettings>();

    /// <summary>Certificates to renew and to look at, by name.</summary>
    public IReadOnlyDictionary<string, CertificateSettings> Certificates { get; init; } = new Dictionary<string, CertificateSettings>();

    /// <summary>What the areas have read of their own sections, by the section's name.</summary>
    public IReadOnlyDictionary<string, object> Sections { get; init; } = new Dictionary<string, object>();

    /// <summary>What an area has read of its section; as without one, when the file has none.</summary>
    public T Section<T>() where T : class, new() => Sections.Values.OfType<T>().FirstOrDefault() ?? new T();

    /// <summary>Who is alerted.</summary>
    public AlertSettings Alerts { get; init; } = new();

    /// <summary>Where metrics go.</summary>
    public MetricSettings Metrics { get; init; } = new();

    /// <summary>Folder of the journal and the locks; <c>.ops</c> beside the file unless <c>state:</c> says otherwise.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>The same environment with another login at all of its databases.</summary>
    /// <param name="user">The user.</param>
    /// <param name="password">Its password, which no text form shows.</param>
    public OpsEnvironment As(string user, string password) => this with
    {
        Databases = Databases.ToDictionary(d => d.Key, d => d.Value with { User = user, Password = SecretReference.Literal(password) }, StringComparer.OrdinalIgnoreCase),
    };

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>One entry of <c>services:</c>.</summary>
public sealed record ServiceSettings
{
    /// <summary>The service's name.</summary>
    public required string Name { get; init; }

    /// <summary>URL that answers 200 when the service is well.</summary>
    public string? Health { get; init; }

    /// <summary>What that URL must answer, when it is more than 200; null otherwise.</summary>
    public EndpointSettings? Endpoint { get; init; }

    /// <summary>Full path of its environment file.</summary>
    public string? EnvFile { get; init; }

    /// <summary>How another version of it is brought out, where the file says so; null otherwise.</summary>
    public RolloutSettings? Rollout { get; init; }

    /// <summary>What is run once with an update; null for nothing.</summary>
    public MigrateSettings? Migrate { get; init; }

    /// <summary>Where more is written about what to do when it is not well.</summary>
    public string? Runbook { get; init; }

    /// <summary>On a host: its systemd unit, or units; null for the one of its name.</summary>
    public string? Unit { get; init; }

    /// <summary>On a host: full path of the program, when it is no unit.</summary>
    public string? Process { get; init; }

    /// <summary>On a host: full path of the file that holds its process's number, when it is no unit.</summary>
    public string? PidFile { get; init; }

    /// <summary>True when it says which unit or process it is on a host.</summary>
    internal bool SaysWhatItIs => Unit is not null || Process is not null || PidFile is not null;

    /// <inheritdoc/>
    public override string ToString() => Health is null ? Name : $"{Name} ({Health})";
}

/// <summary>One entry of <c>databases:</c>: a PostgreSQL database.</summary>
public sealed record DatabaseSettings : PostgresOptions
{
    /// <summary>The service of the platform that runs the server; null when <see cref="PostgresOptions.Host"/> says where it is.</summary>
    public string? Service { get; init; }

    /// <summary>How many replicas the server is to have; null for as many as have been seen.</summary>
    public int? Replicas { get; init; }

    /// <summary>What it is meant to be: <c>primary</c>, or <c>standby</c>; null when the file does not say.</summary>
    public string? Role { get; init; }

    /// <summary>Where more is written about what to do when it is not well.</summary>
    public string? Runbook { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Service is null ? base.ToString() : $"{User}@{Service}/{Database}";
}

/// <summary>One entry of <c>caches:</c>: a Redis server.</summary>
public sealed record CacheSettings : RedisOptions
{
    /// <summary>The service of the platform that runs it.</summary>
    public string? Service { get; init; }

    /// <summary>How many replicas the server is to have; null for as many as have been seen.</summary>
    public int? Replicas { get; init; }

    /// <summary>What it is meant to be: <c>primary</c>, or <c>replica</c>; null when the file does not say.</summary>
    public string? Role { get; init; }

    /// <summary>Where more is written about what to do when it is not well.</summary>
    public string? Runbook { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Service ?? base.ToString();
}

/// <summary>The <c>backups:</c> section.</summary>
public sealed record BackupSettings
{
    /// <summary>Stores by name, in the file's order; the first is the default source for reading.</summary>
    public IReadOnlyDictionary<string, StoreSettings> Stores { get; init; } = new Dictionary<string, StoreSettings>();

    /// <summary>How long each kind is kept, by kind (<c>database</c>, <c>wal</c>, <c>cache</c>, <c>configuration</c>).</summary>
    public IReadOnlyDictionary<string, RetentionPolicy> Retention { get; init; } = new Dictionary<string, RetentionPolicy>();

    /// <summary>When a backup that has less than the one before is suspicious.</summary>
    public LossSettings Losses { get; init; } = new();

    /// <summary>True when it is applied after each backup, to what was backed up.</summary>
    public bool RetentionAfterBackup { get; init; }

    /// <summary>How long a kind is kept in a store; null where nothing says it.</summary>
    /// <param name="kind">The kind, for example <c>database</c>.</param>
    /// <param name="store">The store's name.</param>
    public RetentionPolicy? RetentionOf(string kind, string store) =>
        Stores.GetValueOrDefault(store)?.Retention.GetValueOrDefault(kind) ?? Retention.GetValueOrDefault(kind);

    /// <summary>age recipients (public keys) that backups are encrypted to; empty for no encryption.</summary>
    public IReadOnlyList<string> Recipients { get; init; } = [];

    /// <summary>Full path of the age identity file that decrypts; needed only where backups are restored or drilled.</summary>
    public string? IdentityFile { get; init; }

    /// <summary>False when a backup that is not encrypted may be restored though there are recipients.</summary>
    public bool EncryptionRequired { get; init; } = true;

    /// <summary>The key that manifests are signed with; null for none.</summary>
    public BackupSigning? Signing { get; init; }

    /// <summary>Labels that every backup carries.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <inheritdoc/>
    public override string ToString() => Stores.Count == 0 ? "no stores" : string.Join(", ", Stores.Values);
}

/// <summary>One entry of <c>backups.stores:</c>: a folder or an S3 bucket.</summary>
public sealed record StoreSettings : S3Options
{
    /// <summary>Full path of the folder, for a folder store.</summary>
    public string? Path { get; init; }

    /// <summary>How long each kind is kept in this store, where it says so itself.</summary>
    public IReadOnlyDictionary<string, RetentionPolicy> Retention { get; init; } = new Dictionary<string, RetentionPolicy>();

    /// <inheritdoc/>
    public override string ToString() => Path is null ? base.ToString() : $"{Name} ({Path})";
}

/// <summary>The <c>drill:</c> section: what the application itself expects of restored data.</summary>
public sealed record DrillSettings
{
    /// <summary>The least number of tables, or null.</summary>
    public int? MinTables { get; init; }

    /// <summary>Queries that must return true (or a number above zero) as their first column of their first row.</summary>
    public IReadOnlyList<DrillQuery> Queries { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => $"at least {MinTables ?? 0} tables, {Queries.Count} queries";
}

/// <summary>One assertion of a drill.</summary>
/// <param name="Name">What it asserts, in words.</param>
/// <param name="Sql">The query.</param>
/// <param name="Database">The database it belongs to; null for every one.</param>
public sealed record DrillQuery(string Name, string Sql, string? Database = null);

/// <summary>Warning and critical level of one figure, as written (<c>20%</c>, <c>500ms</c>).</summary>
/// <param name="Warning">Degraded from here on.</param>
/// <param name="Critical">Unhealthy from here on.</param>
public sealed record ThresholdSettings(string? Warning, string? Critical)
{
    /// <summary>Where more is written about what to do.</summary>
    public string? Runbook { get; init; }
}
