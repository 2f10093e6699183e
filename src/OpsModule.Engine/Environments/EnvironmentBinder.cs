using System.Globalization;
using OpsModule.Engine.Environments.Databases;
using OpsModule.Connections.Files;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Postgres.Logins;
using OpsModule.Connections.Vaults;
using OpsModule.Connections.Stores.S3;
using OpsModule.Engine.Environments.Retention;
using OpsModule.Engine.Environments.Signatures;
using OpsModule.Foundations.Text;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Environments;

/// <summary>Turns a tree that has passed all checks into an <see cref="OpsEnvironment"/>.</summary>
internal sealed class EnvironmentBinder(string file)
{
    private readonly string _directory = Path.GetDirectoryName(file)!;

    public OpsEnvironment Bind(YamlMap root)
    {
        using IDisposable vaults = BindVaults(root);
        var backups = root["backups"] as YamlMap;
        var drill = root["drill"] as YamlMap;
        EndpointSettings? prometheus = BindServer(root);
        var alerts = new AlertBinder(_directory, FullPath);
        return new OpsEnvironment
        {
            Name = root.Text("environment")!,
            File = file,
            Directory = _directory,
            Platform = BindPlatform(root["platform"] as YamlMap),
            Services = Named(root["services"], BindService),
            Databases = Named(root["databases"], BindDatabase),
            Caches = Named(root["caches"], BindCache),
            Backups = backups is null ? new BackupSettings() : BindBackups(backups),
            Drill = drill is null ? new DrillSettings() : BindDrill(drill),
            Thresholds = Named(root["thresholds"], (_, map) => new ThresholdSettings(map.Text("warning"),
                map.Text("critical")) { Runbook = map.Text("runbook") }),
            Prometheus = prometheus,
            Checks = Named(root["checks"], (name, map) => BindCheck(name, map, prometheus)),
            Certificates = Named(root["certificates"], BindCertificate),
            Sections = EnvironmentSection.All.ToDictionary(s => s.Setting.Name, s => s.Bind(root[s.Setting.Name] as YamlMap, FullPath), StringComparer.OrdinalIgnoreCase),
            Alerts = alerts.BindAlerts(root["alerts"] as YamlMap),
            Metrics = alerts.BindMetrics(root["metrics"] as YamlMap),
            StateDirectory = FullPath(root.Text("state") ?? ".ops")!,
        };
    }

    /// <summary>Lets references that are made until the end know the vaults of the file.</summary>
    public IDisposable BindVaults(YamlMap root) => KeyValueVaults.Bind(EnvironmentSection.All.Select(s =>
        s.BindVaults(root[s.Setting.Name] as YamlMap, FullPath)).FirstOrDefault(v => v is not null));

    private PlatformOptions BindPlatform(YamlMap? platform)
    {
        if (platform is null || platform.Entries.Count == 0) return new PlatformOptions();
        var settings = platform.Entries[0].Value as YamlMap;
        return platform.Entries[0].Key.Value switch
        {
            "compose" => new PlatformOptions
            {
                Kind = PlatformKind.Compose,
                ComposeFile = FullPath(settings?.Text("file")) ?? ComposeFileNames.FindIn(_directory) ?? Path.Combine(_directory, ComposeFileNames.All[0]),
                Project = settings?.Text("project"),
            },
            "kubernetes" => new PlatformOptions
            {
                Kind = PlatformKind.Kubernetes, Kubeconfig = FullPath(settings?.Text("kubeconfig")), Context = settings?.Text("context"), Namespace = settings?.Text("namespace"),
            },
            _ => new PlatformOptions(),
        };
    }

    private ServiceSettings BindService(string name, YamlMap map)
    {
        var section = map["health"] as YamlMap;
        string? url = section?.Text("url") ?? map.Text("health");
        return new ServiceSettings
        {
            Name = name,
            Health = url,
            Endpoint = section is null ? null : BindEndpoint(url!, section),
            EnvFile = FullPath(map.Text("env")),
            Rollout = RolloutShape.BindRollout(map["rollout"]),
            Migrate = RolloutShape.BindMigrate(map["migrate"]),
            Runbook = map.Text("runbook"),
            Unit = map.Text("unit"),
            Process = FullPath(map.Text("process")),
            PidFile = FullPath(map.Text("pidFile")),
        };
    }

    private EndpointSettings BindEndpoint(string url, YamlMap map) => new()
    {
        Url = url,
        Status = Number(map.Text("status")) ?? 200,
        Json = map.Text("json"),
        Expect = map.Text("expect"),
        Contains = map.Text("contains"),
        Bearer = Secret(map.Text("bearer")),
        ApiKey = Secret(map.Text("apiKey")),
        CaFile = FullPath(map.Text("ca")),
    };

    /// <summary>The Prometheus server of the file; null when it names none.</summary>
    private EndpointSettings? BindServer(YamlMap root) =>
        root["prometheus"] is YamlMap map ? BindEndpoint(map.Text("url")!, map) : root.Text("prometheus") is { } url ? new EndpointSettings { Url = url } : null;

    private CheckSettings BindCheck(string name, YamlMap map, EndpointSettings? prometheus)
    {
        CheckKind kind = Enum.GetValues<CheckKind>().First(k => map.Has(KeyOf(k)));
        string[] command = [.. (map["command"] as YamlList)?.Items.OfType<YamlText>().Select(w => w.Value) ?? []];
        string subject = kind == CheckKind.Command ? string.Join(' ', command) : map.Text(KeyOf(kind))!;
        return new CheckSettings
        {
            Name = name,
            Kind = kind,
            Subject = subject,
            Source = map.Text("database") ?? map.Text("cache"),
            Service = map.Text("service"),
            Command = command,
            Json = map.Text("json"),
            Since = map.Text("since") is { } back && DurationText.TryParse(back, out TimeSpan since) ? since : null,
            Severity = map.Text("severity"),
            CaFile = FullPath(map.Text("ca")),
            Endpoint = kind switch
            {
                CheckKind.Http or CheckKind.Alertmanager => BindEndpoint(subject, map),
                CheckKind.Prometheus => map.Text("server") is { } server ? BindEndpoint(server, map) : prometheus,
                _ => null,
            },
            Expect = map.Text("expect"),
            Levels = new ThresholdSettings(map.Text("warning"), map.Text("critical")),
            Remedy = map.Text("remedy"),
            Runbook = map.Text("runbook"),
            Timeout = map.Text("timeout") is { } text && DurationText.TryParse(text, out TimeSpan timeout) ? timeout : null,
        };
    }

    /// <summary>The key that a kind of check is written with.</summary>
    internal static string KeyOf(CheckKind kind) => kind.ToString().ToLowerInvariant();

    private DatabaseSettings BindDatabase(string name, YamlMap map)
    {
        PostgresUrl? url = map.Text("url") is { } text && PostgresUrl.TryParse(Secret(text)!.Resolve(), out PostgresUrl? parsed, out _) ? parsed : null;
        string? authorities = FullPath(map.Text("ca") ?? url?.Authorities);
        return new DatabaseSettings
        {
            Name = name,
            Service = map.Text("service"),
            Host = url?.Host ?? HostOrSocket(map.Text("host")),
            Port = url?.Port ?? Number(map.Text("port")) ?? 5432,
            Database = url?.Database ?? map.Text("name")!,
            User = url?.User ?? map.Text("user")!,
            // A password out of a URL is a literal to the rest of the code, and literals are never shown.
            Password = url is null ? Secret(map.Text("password")) : SecretReference.Literal(url.Password),
            // Who names authorities wants them asked; a service of the platform is reached by an address that no certificate names.
            SslMode = map.Text("sslmode") ?? url?.SslMode ?? (authorities is null ? null : map.Has("service") ? "verify-ca" : "verify-full"),
            CaFile = authorities,
            TenantSchema = map.Text("tenantSchema"),
            RestoreUser = map["restoreUser"] is YamlMap login ? new PostgresLogin(login.Text("user")!, Secret(login.Text("password"))) : null,
            Replicas = Number(map.Text("replicas")),
            Role = map.Text("role"),
            Runbook = map.Text("runbook"),
            MaintenanceDatabase = map.Text("maintenanceDatabase") ?? "postgres",
        };
    }

    private CacheSettings BindCache(string name, YamlMap map) => new()
    {
        Name = name,
        Service = map.Text("service"),
        Host = map.Text("host"),
        Port = Number(map.Text("port")) ?? 6379,
        User = map.Text("user"),
        Password = Secret(map.Text("password")),
        Tls = map.Text("tls") == "true",
        TlsName = map.Text("tlsName"),
        CaFile = FullPath(map.Text("ca")),
        Replicas = Number(map.Text("replicas")),
        Role = map.Text("role"),
        Runbook = map.Text("runbook"),
    };

    private BackupSettings BindBackups(YamlMap map)
    {
        var encryption = map["encryption"] as YamlMap;
        return new BackupSettings
        {
            Stores = Named(map["stores"], BindStore),
            Retention = RetentionShape.Bind(map["retention"]),
            Losses = RetentionShape.BindLosses(map["losses"]),
            RetentionAfterBackup = (map["retention"] as YamlMap)?.Text(RetentionShape.AfterBackup) == "true",
            Recipients = List(encryption?["recipients"]) ?? [],
            IdentityFile = FullPath(encryption?.Text("identity")),
            EncryptionRequired = encryption?.Text("required") != "false",
            Signing = map["signing"] is YamlMap signing && Secret(signing.Text("key")) is { } key
                ? new BackupSigning { Key = key, Previous = Secret(signing.Text("previous")), Required = signing.Text("required") != "false" } : null,
            Labels = Texts(map["labels"]),
        };
    }

    private StoreSettings BindStore(string name, YamlMap map) => new()
    {
        Name = name,
        Path = FullPath(map.Text("path")),
        Bucket = map.Text("s3"),
        Prefix = map.Text("prefix") ?? "",
        Endpoint = map.Text("endpoint") is { } endpoint ? new Uri(endpoint) : null,
        Region = map.Text("region"),
        AccessKey = Secret(map.Text("accessKey")),
        SecretKey = Secret(map.Text("secretKey")),
        PathStyle = map.Text("pathStyle") is { } flag ? flag == "true" : null,
        Retention = RetentionShape.Bind(map["retention"]),
        Lock = map["lock"] is YamlMap locked && DurationText.TryParse(locked.Text("for") ?? "", out TimeSpan span) ? new S3Lock(locked.Text("mode") == "compliance", span) : null,
    };

    private static DrillSettings BindDrill(YamlMap map) => new()
    {
        MinTables = Number(map.Text("minTables")),
        Queries = (map["queries"] as YamlList)?.Items.Select(item => item is YamlMap query
            ? new DrillQuery(query.Text("name") ?? query.Text("sql")!, query.Text("sql")!, query.Text("database"))
            : new DrillQuery(((YamlText)item).Value, ((YamlText)item).Value)).ToList() ?? [],
    };

    private CertificateSettings BindCertificate(string name, YamlMap map)
    {
        var settings = new CertificateSettings { Name = name, Endpoint = map.Text("endpoint")!, Lineage = map.Text("certbot") ?? name };
        return settings with
        {
            ConfigFolder = FullPath(map.Text("config")) ?? settings.ConfigFolder,
            WorkFolder = FullPath(map.Text("work")),
            LogsFolder = FullPath(map.Text("logs")),
            File = FullPath(map.Text("file")),
            CertbotService = map.Text("certbotService"),
            Service = map.Text("service"),
            Test = List(map["test"]) ?? settings.Test,
            Reload = List(map["reload"]) ?? settings.Reload,
            KeyType = map.Text("keyType"),
            CaFile = FullPath(map.Text("ca")),
        };
    }

    private static List<string>? List(YamlItem? list) => (list as YamlList)?.Items.Select(i => ((YamlText)i).Value).ToList();

    /// <summary>Names are found whatever their case, and stay in the file's order.</summary>
    internal static Dictionary<string, T> Named<T>(YamlItem? section, Func<string, YamlMap, T> bind)
    {
        var named = new Dictionary<string, T>(StringComparer.OrdinalIgnoreCase);
        foreach (YamlEntry entry in (section as YamlMap)?.Entries ?? [])
            named.Add(entry.Key.Value, bind(entry.Key.Value, entry.Value as YamlMap ?? new YamlMap([], entry.Value.Line, entry.Value.Column)));
        return named;
    }

    private static Dictionary<string, string> Texts(YamlItem? section) => ((section as YamlMap)?.Entries ?? [])
        .Where(e => e.Value is YamlText).ToDictionary(e => e.Key.Value, e => ((YamlText)e.Value).Value, StringComparer.OrdinalIgnoreCase);

    private SecretReference? Secret(string? text) => text is null ? null : new SecretReference(text, _directory);

    private string? HostOrSocket(string? host) => host is not null && (host.StartsWith('.') || host.StartsWith('~')) ? FullPath(host) : host;

    private string? FullPath(string? path)
    {
        if (path is null) return null;
        if (path == "~" || path.StartsWith("~/", StringComparison.Ordinal))
            path = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + path[1..];
        return Path.GetFullPath(path, _directory);
    }

    private static int? Number(string? text) => text is null ? null : int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
