using System.Buffers;
using System.Security.Cryptography;
using Amazon.S3.Model;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Stores.S3;

/// <summary>
/// An upload to S3 that goes out while its bytes come in. What fits into one part is sent in one request at the commit; more becomes a
/// multipart upload with a few parts under way at once.
/// </summary>
internal sealed class S3Upload : StoreUpload
{
    private readonly S3Client _client;
    private readonly string _fullKey;
    private readonly string _key;
    private readonly S3Lock? _lock;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task<PartETag>> _parts = [];
    private readonly SemaphoreSlim _slots = new(S3Parts.UnderWay);
    // Of its own: the shared pool keeps some for each core, and parts are big.
    private readonly ArrayPool<byte> _buffers = ArrayPool<byte>.Create(S3Parts.Largest, S3Parts.UnderWay + 1);
    private readonly S3PartStream _stream;
    private string? _uploadId;
    private long _sent;
    private bool _done, _disposed;

    public S3Upload(S3Client client, string fullKey, string key, S3Lock? locked = null)
    {
        (_client, _fullKey, _key, _lock) = (client, fullKey, key, locked);
        _stream = new S3PartStream(_buffers, SendAsync);
    }

    /// <summary>Takes the place of one that is there; else that is an error.</summary>
    public bool Replaces { get; init; }

    public override Stream Stream => _stream;

    private Amazon.S3.ObjectLockMode? Mode => _lock is null ? null : _lock.IsCompliance ? Amazon.S3.ObjectLockMode.Compliance : Amazon.S3.ObjectLockMode.Governance;

    private DateTime? Until => _lock is null ? null : DateTime.UtcNow + _lock.For;

    public override async Task CommitAsync(CancellationToken cancellationToken)
    {
        await using CancellationTokenRegistration registration = cancellationToken.Register(_stop.Cancel);
        cancellationToken.ThrowIfCancellationRequested();
        (byte[]? buffer, int count) = _stream.TakeRest();
        if (_uploadId is null)
        {
            try { await PutWholeAsync(buffer ?? [], count, cancellationToken).ConfigureAwait(false); }
            finally { if (buffer is not null) _buffers.Return(buffer); }
        }
        else
        {
            if (buffer is not null) await SendAsync(buffer, count, cancellationToken).ConfigureAwait(false);
            await CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
        _done = true;
    }

    public override async ValueTask DisposeAsync()
    {
        // A pipeline of stages disposes its last stage, and so does who made that.
        if (_disposed) return;
        _disposed = true;
        await _stop.CancelAsync().ConfigureAwait(false);
        foreach (Task<PartETag> part in _parts) await ((Task)part).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_stream.TakeRest().Buffer is { } rest) _buffers.Return(rest);
        if (!_done && _uploadId is not null)
        {
            using var patience = new CancellationTokenSource(_client.AttemptTimeout);
            try { await S3Store.AbortAsync(_client, _fullKey, _uploadId, patience.Token).ConfigureAwait(false); }
            catch (Exception e) when (e is OpsException or OperationCanceledException or Amazon.Runtime.AmazonClientException) { /* it is listed as a leftover */ }
        }
        _stop.Dispose();
        _slots.Dispose();
    }

    /// <summary>Starts to send a part, which from here on owns the buffer; waits while enough others are under way.</summary>
    private async Task SendAsync(byte[] buffer, int count, CancellationToken cancellationToken)
    {
        try
        {
            foreach (Task<PartETag> part in _parts)
                if (part.IsFaulted) await part.ConfigureAwait(false); // tell at once that one has failed
            var begin = new InitiateMultipartUploadRequest { BucketName = _client.Bucket, Key = _fullKey, ObjectLockMode = Mode, ObjectLockRetainUntilDate = Until };
            _uploadId ??= (await _client.CallAsync((s3, token) => s3.InitiateMultipartUploadAsync(begin, token), cancellationToken).ConfigureAwait(false)).UploadId;
            // Big parts go one at a time: memory is the parts under way and the one being filled.
            for (int i = 0; i < S3Parts.SlotsOf(count); i++) await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            _buffers.Return(buffer);
            throw;
        }
        _sent += count;
        _parts.Add(SendPartAsync(_parts.Count + 1, buffer, count));
    }

    private async Task<PartETag> SendPartAsync(int number, byte[] buffer, int count)
    {
        try
        {
            // A part of an object that is to be locked is not taken without.
            string? digest = _lock is null ? null : DigestOf(buffer.AsSpan(0, count));
            UploadPartResponse answer = await _client.SendAsync(buffer, count, (s3, body, token) => s3.UploadPartAsync(new UploadPartRequest
            {
                BucketName = _client.Bucket,
                Key = _fullKey,
                UploadId = _uploadId,
                PartNumber = number,
                PartSize = count,
                InputStream = body,
                UseChunkEncoding = false,
                MD5Digest = digest,
            }, token), _stop.Token).ConfigureAwait(false);
            return new PartETag(number, answer.ETag);
        }
        finally
        {
            _buffers.Return(buffer);
            _slots.Release(S3Parts.SlotsOf(count));
        }
    }

    private async Task PutWholeAsync(byte[] buffer, int count, CancellationToken cancellationToken)
    {
        await RefuseToOverwriteAsync(cancellationToken).ConfigureAwait(false);
        string? digest = DigestOf(buffer.AsSpan(0, count));
        await _client.SendAsync(buffer, count, (s3, body, token) => s3.PutObjectAsync(new PutObjectRequest
        {
            BucketName = _client.Bucket,
            Key = _fullKey,
            InputStream = body,
            UseChunkEncoding = false,
            MD5Digest = digest,
            ObjectLockMode = Mode,
            ObjectLockRetainUntilDate = Until,
        }, token), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Buckets that lock objects take none without a digest, and servers other than AWS often know no other; null where the system
    /// forbids it.
    /// </summary>
    private static string? DigestOf(ReadOnlySpan<byte> bytes)
    {
#pragma warning disable CA5351 // it guards against nobody: S3 asks for it
        try { return Convert.ToBase64String(MD5.HashData(bytes)); }
#pragma warning restore CA5351
        catch (CryptographicException) { return null; }
    }

    private async Task CompleteAsync(CancellationToken cancellationToken)
    {
        List<PartETag> tags = [.. await Task.WhenAll(_parts).ConfigureAwait(false)];
        await RefuseToOverwriteAsync(cancellationToken).ConfigureAwait(false);
        var request = new CompleteMultipartUploadRequest { BucketName = _client.Bucket, Key = _fullKey, UploadId = _uploadId, PartETags = tags };
        // Servers put the parts together before they answer.
        var longer = TimeSpan.FromSeconds(Math.Min(_parts.Count, 300));
        try { await _client.CallAsync((s3, token) => s3.CompleteMultipartUploadAsync(request, token), cancellationToken, longer).ConfigureAwait(false); }
        catch (OpsException)
        {
            // The answer to an earlier attempt may have been lost: then the upload is gone and the object is there.
            GetObjectMetadataResponse? head = await S3Store.HeadAsync(_client, _fullKey, cancellationToken).ConfigureAwait(false);
            if (head?.ContentLength != _sent) throw;
        }
    }

    private async Task RefuseToOverwriteAsync(CancellationToken cancellationToken)
    {
        if (!Replaces && await S3Store.HeadAsync(_client, _fullKey, cancellationToken).ConfigureAwait(false) is not null)
            throw StoreErrors.Exists(_client.Settings.Name, _key);
    }
}
