using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Areas.Storage;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Bytes;

namespace OpsModule.Engine.Tests.Reports;

/// <summary>Records as the cmdlets make them on a morning with some trouble.</summary>
internal static class ReportSamples
{
    public static readonly DateTimeOffset Now = new(2026, 11, 21, 7, 30, 0, TimeSpan.Zero);

    public static IEnumerable<object> All() => [.. Health(), .. Services(), .. Usage(), .. Disks(), Availability(), .. Certificates(), .. Backups(), .. Tests(), Drill(), .. Logs(4000), .. Events(), .. Changes(), Watched()];

    public static IEnumerable<HealthResult> Health()
    {
        yield return Check("service.http", "api", HealthStatus.Healthy, "http://127.0.0.1:4000/health answers 200.", "200", latency: 38);
        yield return Check("service.http", "storefront", HealthStatus.Healthy, "http://127.0.0.1:3000/ answers 200.", "200", latency: 112);
        yield return Check("http.p95", "api", HealthStatus.Degraded, "95% of 20 answers came within 246 ms.", "246 ms", 0.246, FigureUnit.Duration, "from 200ms / 500ms", remedy: "Look for slow queries: pg_stat_statements.");
        foreach (string service in (string[])["api", "worker", "storefront", "postgres", "redis", "indexer"])
            yield return Check("service.state", service, service == "indexer" ? HealthStatus.Unhealthy : HealthStatus.Healthy, service == "indexer" ? "0 of 1 ready: shop-indexer-1 exited with code 137 (Killed)." : "1 of 1 ready.", remedy: service == "indexer" ? "See why: Get-OpsLog indexer -Tail 100" : "");
        yield return Check("service.logs", "worker", HealthStatus.Degraded, "Docker keeps the output of worker without a limit.", remedy: "Set logging: options: max-size in the compose file.");
        yield return Check("database.connect", "main", HealthStatus.Healthy, "PostgreSQL 15.18 lets apex into apex.", latency: 9);
        yield return Check("database.connections", "main", HealthStatus.Degraded, "82 of 97 connections are taken.", "84.5%", 84.5, FigureUnit.Percent, "from 80% / 90%", remedy: "See who holds them: Get-OpsSession main");
        yield return Check("database.transaction", "main", HealthStatus.Healthy, "The oldest transaction is 12 s old.", "12.0 s", 12, FigureUnit.Duration, "from 5m / 30m");
        yield return Check("cache.connect", "main", HealthStatus.Healthy, "Redis 7.0.15 answers.", latency: 2);
        yield return Check("cache.hitRate", "main", HealthStatus.Healthy, "93.1% of lookups found something.", "93.1%", 93.1, FigureUnit.Percent, "down to 70% / 60%");
        yield return Check("cache.memory", "main", HealthStatus.Healthy, "41.2 of 256.0 MiB are used.", "16.1%", 16.1, FigureUnit.Percent, "from 80% / 90%");
        yield return Check("disk.free", "/", HealthStatus.Healthy, "61 of 118 GiB are free.", "51.7%", 51.7, FigureUnit.Percent, "down to 20% / 10%");
        yield return Check("disk.free", "/var/lib/docker", HealthStatus.Unhealthy, "8.4 of 96 GiB are free.", "8.8%", 8.8, FigureUnit.Percent, "down to 20% / 10%", remedy: "See what takes the space, and clear what is not needed: Clear-OpsStorage -WhatIf");
        yield return Check("memory.used", "this machine", HealthStatus.Healthy, "9.9 of 16 GiB are used.", "61.9%", 61.9, FigureUnit.Percent, "from 80% / 90%");
        yield return Check("cpu.used", "this machine", HealthStatus.Healthy, "23.4% of 8 cores are busy.", "23.4%", 23.4, FigureUnit.Percent, "from 70% / 85%");
        yield return Check("certificate.left", "shop.example.net:443", HealthStatus.Degraded, "It expires in 21 days.", "21 d", 21 * 86400, FigureUnit.Duration, "down to 30d / 14d", remedy: "Renew it.");
        yield return Check("backup.age", "main in local", HealthStatus.Healthy, "The newest backup is 5 h old.", "5 h 30 min", 19800, FigureUnit.Duration, "from 26h / 50h");
        yield return Check("backup.verifiedAge", "main in local", HealthStatus.Healthy, "It passed a test 5 h ago.", "5 h 20 min", 19200, FigureUnit.Duration, "from 8d / 15d");
        yield return Check("journal.intact", "journal", HealthStatus.Healthy, "412 lines, none altered.");
        yield return Check("indexer.lag", "main", HealthStatus.Unhealthy, "It is 412 s.", "6 min 52 s", 412, FigureUnit.Duration, "from 1m / 5m", remedy: "Restart the indexer.");
        yield return Check("queue.length", "main", HealthStatus.Healthy, "It is 37.", "37", 37, FigureUnit.Count, "from 100 / 1000");
        yield return Check("mfa.enrolled", "main", HealthStatus.Unknown, "The query was refused: permission denied for table users.", remedy: "GRANT SELECT ON users TO ops;");
    }

    public static IEnumerable<ServiceRecord> Services() => ((string[])["api", "worker", "storefront", "postgres", "redis", "indexer"]).Select(name => new ServiceRecord
    {
        Name = name, Environment = "apex", Kind = "compose", Image = $"example/{name}:1.4.2", Wanted = name == "api" ? 2 : 1,
        Instances = [.. Enumerable.Range(1, name == "api" ? 2 : 1).Select(i => new ServiceInstance
        {
            Name = $"apex-{name}-{i}", Id = Guid.NewGuid().ToString("N"), Service = name, State = name == "indexer" ? InstanceState.Exited : InstanceState.Running, Restarts = name switch { "indexer" => 14, "worker" => 2, _ => 0 }, StartedAt = Now.AddHours(-30),
        })],
    });

    public static IEnumerable<ResourceUsage> Usage()
    {
        (string, double, long, long?)[] all = [("apex-api-1", 41.2, 312, 512), ("apex-api-2", 38.9, 298, 512), ("apex-worker-1", 122.5, 471, 512), ("apex-storefront-1", 4.1, 188, null), ("apex-postgres-1", 22.7, 901, 2048), ("apex-redis-1", 1.3, 44, 256)];
        foreach (var (name, cpu, memory, limit) in all)
            yield return new ResourceUsage { Environment = "apex", Service = name.Split('-')[1], Instance = name, MeasuredAt = Now, CpuPercent = cpu, MemoryBytes = memory << 20, MemoryLimitBytes = limit << 20, NetworkReceivedBytes = 1 << 30, Processes = 12 };
        yield return new ResourceUsage { Environment = "apex", Instance = "vm-17", MeasuredAt = Now, CpuPercent = 187, MemoryBytes = 9L << 30, MemoryLimitBytes = 16L << 30, Processes = 312 };
    }

    public static IEnumerable<DiskUsage> Disks()
    {
        (string, long, double)[] all = [("/", 118, 48.3), ("/var/lib/docker", 96, 91.2), ("/var/backups", 500, 81)];
        foreach (var (path, size, used) in all)
            yield return new DiskUsage { Kind = DiskUsageKind.FileSystem, Name = path, Path = path, SizeBytes = size << 30, FreeBytes = (long)((100 - used) / 100 * (size << 30)), UsedPercent = used, Environment = "apex" };
        yield return new DiskUsage { Kind = DiskUsageKind.Volume, Name = "apex_postgres", SizeBytes = 31L << 30, Environment = "apex" };
        yield return new DiskUsage { Kind = DiskUsageKind.BuildCache, Name = "build cache", SizeBytes = 22L << 30, ReclaimableBytes = 22L << 30, Environment = "apex" };
    }

    public static AvailabilityRecord Availability() => new()
    {
        Uri = "http://127.0.0.1:4000/health", StartedAt = Now.AddMinutes(-10), Duration = TimeSpan.FromMinutes(10), Requests = 6000, Failures = 38,
        Gaps = [new(Now.AddMinutes(-7), TimeSpan.FromSeconds(2.9), 29, "the connection is refused"), new(Now.AddMinutes(-2), TimeSpan.FromSeconds(0.9), 9, "503")],
        P50 = TimeSpan.FromMilliseconds(21), P95 = TimeSpan.FromMilliseconds(74), P99 = TimeSpan.FromMilliseconds(190), Slowest = TimeSpan.FromMilliseconds(842),
        Answers = new Dictionary<string, int> { ["200"] = 5962, ["503"] = 9, ["refused"] = 29 },
    };

    public static IEnumerable<CertificateRecord> Certificates()
    {
        (string, int, string?)[] all = [("shop.example.net:443", 21, null), ("api.example.net:443", 74, null), ("db.example.net:5432", 9, null), ("/etc/ssl/old.pem", -3, null), ("mail.example.net:465", 210, "it is self-signed")];
        foreach (var (source, days, problem) in all)
            yield return new CertificateRecord { Source = source, Subject = "CN=" + source.Split(':')[0], Issuer = "CN=Example CA", NotBefore = Now.AddDays(days - 90), NotAfter = Now.AddDays(days), Left = TimeSpan.FromDays(days), Sha256 = new string('a', 64), Serial = "01", Problem = problem };
    }

    public static IEnumerable<BackupRecord> Backups() => from day in Enumerable.Range(0, 14).Reverse()
                                                         from of in ((string?, long)[])[(null, 812), ("demo", 96), ("acme", 304)]
                                                         select Backup(Now.AddDays(-day).AddHours(-5.5), of.Item1, ((of.Item2 + ((13 - day) * of.Item2 / 60)) << 20) + (day == 4 ? 40 << 20 : 0));

    public static BackupRecord Backup(DateTimeOffset at, string? tenant, long bytes) => new()
    {
        Id = $"{at:yyyyMMdd'T'HHmmss'Z'}-1f3a9c", Environment = "apex", Name = "main", Tenant = tenant, Store = "local", Key = "database/main", Location = "/var/backups/apex", StartedAt = at,
        Duration = TimeSpan.FromSeconds(41), SourceBytes = bytes * 4, StoredBytes = bytes, Compression = Compression.Zstd, Sha256 = new string('b', 64), ServerVersion = "15.18", VerifiedAt = at.AddMinutes(5),
    };

    public static IEnumerable<BackupTestResult> Tests() => ((string?[])[null, "demo", "acme"]).Select(t => new BackupTestResult(Backup(Now.AddHours(-5.5), t, 900 << 20), BackupTestLevel.Structure, t != "acme",
        t == "acme" ? BackupFinding.Altered : BackupFinding.None, t == "acme" ? "The stored bytes are not those that were written." : "Every table is what the manifest says.", "local", "/var/backups/apex", TimeSpan.FromSeconds(9)));

    public static DrillResult Drill() => new()
    {
        Backup = Backup(Now.AddHours(-5.5), null, 900 << 20), Tables = 64, Rows = 1_204_311, RecoveryTime = TimeSpan.FromSeconds(73), DataAge = TimeSpan.FromHours(5), StartedAt = Now.AddMinutes(-9),
        Steps = [new DrillStep("restored", TimeSpan.FromSeconds(61)), new DrillStep("verified", TimeSpan.FromSeconds(12))], ServerVersion = "15.18", Where = "/tmp",
    };

    public static IEnumerable<LogEntry> Logs(int count)
    {
        var random = new Random(7);
        for (int i = 0; i < count; i++)
        {
            double hour = 24.0 * i / count;
            double peak = hour is > 15 and < 16.2 ? 0.25 : 0.012;
            double roll = random.NextDouble();
            LogLevel level = roll < peak / 12 ? LogLevel.Critical : roll < peak ? LogLevel.Error : roll < peak + 0.05 ? LogLevel.Warning : roll < 0.9 ? LogLevel.Information : LogLevel.Debug;
            string service = i % 5 == 0 ? "worker" : i % 11 == 0 ? "postgres" : "api";
            string message = level switch { LogLevel.Critical => "AUDIT LOG FAILURE: cannot append to audit_log", LogLevel.Error => i % 3 == 0 ? $"connection to 10.0.3.{i % 250}:5432 timed out after {i % 9000} ms" : $"order {i}: payment provider answered 502", _ => $"GET /api/orders/{i} 200 in {i % 80} ms" };
            yield return new LogEntry { Time = Now.AddHours(-24 + hour), Service = service, Instance = $"apex-{service}-1", Level = level, Message = message, Raw = message, Format = LogFormat.Json, Fields = new Dictionary<string, object?> { ["request"] = $"r{i}" } };
        }
    }

    public static IEnumerable<PlatformEvent> Events()
    {
        for (int i = 0; i < 14; i++)
        {
            yield return new PlatformEvent(Now.AddHours(-8).AddMinutes(i * 20), PlatformEventKind.OutOfMemory, "indexer", "apex-indexer-1", "An instance was ended for want of memory.");
            yield return new PlatformEvent(Now.AddHours(-8).AddMinutes((i * 20) + 1), PlatformEventKind.Died, "indexer", "apex-indexer-1", "It ended with 137.", 137);
            yield return new PlatformEvent(Now.AddHours(-8).AddMinutes((i * 20) + 2), PlatformEventKind.Started, "indexer", "apex-indexer-1", "It started.");
        }
    }

    public static IEnumerable<JournalEntry> Changes() => Enumerable.Range(0, 9).Select(i => new JournalEntry
    {
        Id = $"2026112{i}", Action = i == 6 ? "Restore-OpsDatabase" : "Backup-OpsDatabase", Target = i == 6 ? "main/demo" : "main", Outcome = i == 6 ? JournalOutcome.Failed : JournalOutcome.Completed, StartedAt = Now.AddHours(-9 + i),
        Duration = TimeSpan.FromSeconds(44), Message = i == 6 ? "The backup's digest is not that of the restored rows." : "1 backup", User = "ops", Host = "vm-17",
    });

    public static HealthChange Watched()
    {
        HealthResult now = Health().First(h => h.Status == HealthStatus.Unhealthy);
        return new HealthChange { Time = Now.AddHours(-1), Check = now.Check, Target = now.Target, Status = now.Status, Previous = HealthStatus.Healthy, Lasted = TimeSpan.FromHours(30), Message = now.Message, Remedy = now.Remedy, Result = now };
    }

    public static HealthResult Check(string check, string target, HealthStatus status, string message, string? value = null, double? number = null, FigureUnit? unit = null, string? threshold = null, string remedy = "", double? latency = null) => new()
    {
        Check = check, Target = target, Status = status, Message = message, Value = value, Number = number, Unit = unit, Threshold = threshold, Remedy = remedy, Environment = "apex", Time = Now,
        Latency = latency is { } ms ? TimeSpan.FromMilliseconds(ms) : null,
    };
}
