using Amazon.S3.Model;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Stores.S3;

/// <summary>Reads an object from an offset on; after a broken or stalled connection it goes on where it was, in the same version.</summary>
internal sealed class S3ReadStream(S3Client client, string fullKey, string key, string etag, long length, long offset) : Stream
{
    private GetObjectResponse? _response;
    private long _position = offset;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => length;
    public override long Position { get => _position; set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length == 0 || _position >= length) return 0;
        for (int failures = 0; ; failures++)
        {
            _response ??= await OpenAsync(cancellationToken).ConfigureAwait(false);
            using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            stall.CancelAfter(client.AttemptTimeout);
            try
            {
                int count = await _response.ResponseStream.ReadAsync(buffer, stall.Token).ConfigureAwait(false);
                if (count == 0) throw new IOException($"the connection ended at byte {_position} of {length}");
                _position += count;
                return count;
            }
            catch (Exception e) when (e is not OpsException && !cancellationToken.IsCancellationRequested)
            {
                Disconnect();
                if (failures >= client.Retries)
                    throw client.Explain(e) ?? StoreErrors.Unavailable(client.Settings.Name, e.Message, "Run the command again.", e);
            }
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int start, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(start, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int start, int count) => ReadAsync(buffer.AsMemory(start, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush() { }

    public override long Seek(long target, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int start, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) Disconnect();
        base.Dispose(disposing);
    }

    private async Task<GetObjectResponse> OpenAsync(CancellationToken cancellationToken)
    {
        var request = new GetObjectRequest { BucketName = client.Bucket, Key = fullKey, EtagToMatch = etag, ByteRange = new ByteRange(_position, length - 1) };
        return await client.FindAsync((s3, token) => s3.GetObjectAsync(request, token), cancellationToken).ConfigureAwait(false)
            ?? throw StoreErrors.Missing(client.Settings.Name, key);
    }

    private void Disconnect()
    {
        _response?.Dispose();
        _response = null;
    }
}
