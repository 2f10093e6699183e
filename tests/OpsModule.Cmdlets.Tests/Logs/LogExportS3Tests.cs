using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Connections.Stores.S3;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Cmdlets.Tests.Logs;

/// <summary>An export to a real S3 server.</summary>
[Collection(SwiftCollection.Name)]
public sealed class LogExportS3Tests(SwiftFixture swift)
{
    [Fact]
    public async Task An_export_lies_in_the_bucket_with_its_manifest()
    {
        using var folder = new TempFolder();
        StoreSettings settings = await swift.NewBucketAsync();
        folder.Write("ops.yaml", $$"""
            environment: shop
            backups:
              stores:
                offsite: { s3: {{settings.Bucket}}, prefix: prod, endpoint: "{{settings.Endpoint}}", region: us-east-1, accessKey: "file:keys#ID", secretKey: "file:keys#KEY" }
            """);
        folder.Write("keys", $"ID={SwiftFixture.AccessKey}\nKEY={SwiftFixture.SecretKey}\n");
        folder.Write("app.log", "2026-11-21T03:16:00Z INFO a\n2026-11-21T03:17:00Z ERROR b\n");
        PwshRun run = PwshRun.Of("Export-OpsLog -Path app.log -Store offsite -Compression Gzip", folder.Path);
        Assert.Empty(run.Errors);
        LogExportRecord record = Assert.Single(run.Objects.Cast<LogExportRecord>());
        Assert.Equal((2L, "offsite"), (record.Lines, record.Store));
        Assert.StartsWith($"s3://{settings.Bucket}/prod/logs/shop/", record.Location);

        var store = new S3Store(settings);
        var found = new List<string>();
        await foreach (StoredObject item in store.ListAsync("logs/shop/", default)) found.Add(item.Key);
        Assert.Equal([record.Key, record.Key + ".manifest.json"], found.Order(StringComparer.Ordinal));
        // What came back from the bucket is what was exported.
        await using (Stream stored = await store.OpenAsync(record.Key, 0, default))
        await using (FileStream copy = File.Create(folder["back.jsonl.gz"])) await stored.CopyToAsync(copy);
        Assert.Equal(record.Sha256, Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(folder["back.jsonl.gz"]))).ToLowerInvariant());
        Assert.Equal(["a", "b"], PwshRun.Of("Get-OpsLog -Path back.jsonl.gz", folder.Path).Objects.Cast<LogEntry>().Select(e => e.Message));
    }
}
