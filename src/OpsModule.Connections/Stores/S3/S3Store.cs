using System.Runtime.CompilerServices;
using Amazon.S3.Model;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Foundations.Changes;

namespace OpsModule.Connections.Stores.S3;

/// <summary>Backups in an S3 bucket, on AWS or a server that speaks its protocol.</summary>
public sealed class S3Store : IBackupStore
{
    private readonly S3Client _client;
    private readonly string _prefix;

    /// <summary>Takes the settings; nothing is sent before the first call.</summary>
    public S3Store(S3Options settings) : this(settings, new S3Patience()) { }

    /// <summary>Takes the settings, and how patient to be with the server; nothing is sent before the first call.</summary>
    public S3Store(S3Options settings, S3Patience patience)
    {
        _client = new S3Client(settings, patience);
        _prefix = settings.Prefix.Trim('/') is { Length: > 0 } prefix ? prefix + "/" : "";
    }

    /// <inheritdoc/>
    public string Name => _client.Settings.Name;

    /// <inheritdoc/>
    public string LocationOf(string key) => $"s3://{_client.Bucket}/{FullKey(key)}";

    /// <inheritdoc/>
    public Task<StoreUpload> CreateAsync(string key, CancellationToken cancellationToken) => CreateAsync(key, null, cancellationToken);

    /// <inheritdoc/>
    public Task<StoreUpload> CreateLockedAsync(ChangeScope scope, string key, CancellationToken cancellationToken) => CreateAsync(key, _client.Settings.Lock, cancellationToken);

    /// <inheritdoc/>
    public async Task<DateTimeOffset?> FindLockAsync(string key, CancellationToken cancellationToken)
    {
        GetObjectMetadataResponse? head = await HeadAsync(_client, FullKey(key), cancellationToken).ConfigureAwait(false);
        return head?.ObjectLockMode is null || head.ObjectLockRetainUntilDate is not { } until ? null : Utc(until);
    }

    /// <inheritdoc/>
    public async Task<StoreRules?> ReadRulesAsync(CancellationToken cancellationToken) => await new S3Rules(_client, _prefix).ReadAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task<bool?> LocksObjectsAsync(CancellationToken cancellationToken) =>
        new S3Rules(_client, _prefix).LocksObjectsAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<DateTimeOffset?> ReadClockAsync(CancellationToken cancellationToken)
    {
        if (_client.Clock is { } known) return known;
        var request = new ListObjectsV2Request { BucketName = _client.Bucket, Prefix = _prefix, MaxKeys = 1 };
        await _client.CallAsync((s3, token) => s3.ListObjectsV2Async(request, token), cancellationToken).ConfigureAwait(false);
        return _client.Clock;
    }

    /// <inheritdoc/>
    // One PUT, which S3 makes visible whole or not at all, and no look before it.
    public Task ReplaceAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => IBackupStore.FillAsync(
        Task.FromResult<StoreUpload>(new S3Upload(_client, FullKey(key), key) { Replaces = true }), content, cancellationToken);

    private async Task<StoreUpload> CreateAsync(string key, S3Lock? locked, CancellationToken cancellationToken)
    {
        // A listing, because a HEAD does not tell a missing bucket from a missing object, and a dump would run in vain.
        var request = new ListObjectsV2Request { BucketName = _client.Bucket, Prefix = FullKey(key), MaxKeys = 1 };
        ListObjectsV2Response found = await _client.CallAsync((s3, token) => s3.ListObjectsV2Async(request, token), cancellationToken).ConfigureAwait(false);
        if (found.S3Objects?.FirstOrDefault()?.Key == FullKey(key)) throw StoreErrors.Exists(Name, key);
        return new S3Upload(_client, FullKey(key), key, locked);
    }

    /// <inheritdoc/>
    public async Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        GetObjectMetadataResponse head = await HeadAsync(_client, FullKey(key), cancellationToken).ConfigureAwait(false)
            ?? throw StoreErrors.Missing(Name, key);
        return new S3ReadStream(_client, FullKey(key), key, head.ETag, head.ContentLength, offset);
    }

    /// <inheritdoc/>
    public async Task<byte[]?> ReadAsync(string key, int mostBytes, CancellationToken cancellationToken)
    {
        ReadBytes read = await _client.FindAsync(async (s3, token) =>
        {
            using GetObjectResponse found = await s3.GetObjectAsync(_client.Bucket, FullKey(key), token).ConfigureAwait(false);
            return new ReadBytes(found.ContentLength > mostBytes ? null
                : await SmallContent.ReadAsync(found.ResponseStream, found.ContentLength, mostBytes, token).ConfigureAwait(false));
        }, cancellationToken).ConfigureAwait(false) ?? throw StoreErrors.Missing(Name, key);
        return read.Bytes;
    }

    private sealed record ReadBytes(byte[]? Bytes);

    /// <inheritdoc/>
    public async Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken) =>
        await HeadAsync(_client, FullKey(key), cancellationToken).ConfigureAwait(false) is { } head
            ? new StoredObject(key, head.ContentLength, Utc(head.LastModified))
            : null;

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? from = null;
        do
        {
            var request = new ListObjectsV2Request { BucketName = _client.Bucket, Prefix = _prefix + prefix, ContinuationToken = from };
            ListObjectsV2Response page = await _client.CallAsync((s3, token) => s3.ListObjectsV2Async(request, token), cancellationToken).ConfigureAwait(false);
            foreach (S3Object found in page.S3Objects ?? [])
                yield return new StoredObject(found.Key[_prefix.Length..], found.Size ?? 0, Utc(found.LastModified));
            from = page.IsTruncated is true ? page.NextContinuationToken : null;
        }
        while (from is not null);
    }

    /// <inheritdoc/>
    public Task DeleteAsync(ChangeScope scope, string key, CancellationToken cancellationToken) => ForgetAsync(key, cancellationToken);

    /// <inheritdoc/>
    public Task ForgetAsync(string key, CancellationToken cancellationToken) =>
        _client.FindAsync((s3, token) => s3.DeleteObjectAsync(_client.Bucket, FullKey(key), token), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoreLeftover> ListLeftoversAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? key = null, upload = null;
        while (true)
        {
            var request = new ListMultipartUploadsRequest { BucketName = _client.Bucket, Prefix = _prefix + prefix, KeyMarker = key, UploadIdMarker = upload };
            ListMultipartUploadsResponse page = await _client.CallAsync((s3, token) => s3.ListMultipartUploadsAsync(request, token), cancellationToken).ConfigureAwait(false);
            foreach (MultipartUpload found in page.MultipartUploads ?? [])
                yield return new StoreLeftover(found.Key[_prefix.Length..], found.UploadId, Utc(found.Initiated));
            if (page.IsTruncated is not true) yield break;
            (key, upload) = (page.NextKeyMarker, page.NextUploadIdMarker);
        }
    }

    /// <inheritdoc/>
    public Task RemoveLeftoverAsync(ChangeScope scope, StoreLeftover leftover, CancellationToken cancellationToken) =>
        AbortAsync(_client, FullKey(leftover.Key), leftover.Id, cancellationToken);

    internal static Task AbortAsync(S3Client client, string fullKey, string uploadId, CancellationToken cancellationToken) =>
        client.FindAsync((s3, token) => s3.AbortMultipartUploadAsync(client.Bucket, fullKey, uploadId, token), cancellationToken);

    internal static Task<GetObjectMetadataResponse?> HeadAsync(S3Client client, string fullKey, CancellationToken cancellationToken) =>
        client.FindAsync((s3, token) => s3.GetObjectMetadataAsync(client.Bucket, fullKey, token), cancellationToken);

    private string FullKey(string key) => _prefix + StoreKey.Check(key);

    private static DateTimeOffset Utc(DateTime? time) => time is { } t ? new DateTimeOffset(t.ToUniversalTime(), TimeSpan.Zero) : default;
}
