using System.Security.Cryptography;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Reporting;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Cmdlets.Tests.Names;

/// <summary>An environment with backups in its stores; no server is needed for them.</summary>
internal sealed class StoredBackups : IDisposable
{
    private int _count;

    public StoredBackups(string more = "")
    {
        File.WriteAllText(Path.Combine(Folder, "ops.yaml"), """
            environment: shop
            databases:
              main: { host: 127.0.0.1, port: 1, name: a, user: b, tenantSchema: "t_{tenant}" }
              other: { host: 127.0.0.1, port: 1, name: c, user: b }
            backups: { stores: { local: { path: local }, offsite: { path: offsite } } }
            
            """ + more);
        Context = OpsContextFactory.Create(EnvironmentLocator.Resolve(Folder, Folder, SilentReporter.Instance), SilentReporter.Instance);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("opsmodule-").FullName;

    public OpsContext Context { get; }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>Stores a backup whose bytes are as its manifest says; gives its id.</summary>
    public Task<string> AddAsync(string name, string? tenant = null, string store = "local", params string[] schemas) =>
        AddAsync(BackupKind.Database, name, tenant, store, schemas);

    /// <summary>The same of any kind.</summary>
    public async Task<string> AddAsync(BackupKind kind, string name, string? tenant = null, string store = "local", params string[] schemas)
    {
        byte[] content = [1, 2, 3];
        string id = FormattableString.Invariant($"{new DateTime(2026, 1, 1).AddDays(_count):yyyyMMdd}T000000Z-{_count++:x6}");
        var backup = new BackupRecord
        {
            Id = id, Environment = "shop", Kind = kind, Name = name, Tenant = tenant, Schema = tenant is null ? null : "t_" + tenant,
            Key = BackupKeys.Object("shop", name, tenant, id, Compression.None, encrypted: false, kind), StartedAt = BackupKeys.TimeOf(id)!.Value, Compression = Compression.None,
            StoredBytes = content.Length, Sha256 = Convert.ToHexString(SHA256.HashData(content)).ToLowerInvariant(), Tables = [.. schemas.Select(s => new TableDigest(s, "t", 1, "", 1))],
        };
        await using (StoreUpload upload = await Context.OpenStore(store).CreateAsync(backup.Key, default))
        {
            await upload.Stream.WriteAsync(content);
            await upload.CommitAsync(default);
        }
        await new BackupCatalog(Context).WriteManifestAsync(TestScope.Instance, backup, store, default);
        return id;
    }
}
