using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Bytes;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>Backups in a store for tests that never read what is in them: the object is a few bytes, the manifest is as the module writes it.</summary>
internal static class StoredBackups
{
    private static int _made;

    public static async Task<BackupRecord> MakeAsync(OpsContext context, DateTimeOffset at, string? tenant = null, bool verified = false, string store = "local", string name = "main",
        BackupKind kind = BackupKind.Database)
    {
        string id = at.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture) + "-" + Interlocked.Increment(ref _made).ToString("x6", CultureInfo.InvariantCulture);
        string key = BackupKeys.Object(context.Environment.Name, name, tenant, id, Compression.None, encrypted: false, kind);
        byte[] content = Encoding.UTF8.GetBytes("content of " + id);
        await using (StoreUpload upload = await context.OpenStore(store).CreateAsync(key, default))
        {
            await upload.Stream.WriteAsync(content);
            await upload.CommitAsync(default);
        }
        var backup = new BackupRecord
        {
            Id = id, Environment = context.Environment.Name, Kind = kind, Name = name, Tenant = tenant, Key = key, StartedAt = at, StoredBytes = content.Length, SourceBytes = content.Length,
            Compression = Compression.None, Sha256 = Convert.ToHexString(SHA256.HashData(content)).ToLowerInvariant(),
        };
        var catalog = new BackupCatalog(context);
        backup = backup with { Signature = catalog.SignatureOfNew };
        await catalog.WriteManifestAsync(TestScope.Instance, backup, store, default);
        if (verified) await catalog.MarkVerifiedAsync(backup with { Store = store }, "test", default);
        return await catalog.FindAtAsync(store, key, default);
    }
}
