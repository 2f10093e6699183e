using System.Security.Cryptography;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Stores;

/// <summary>
/// The last stage: hashes what is stored and writes it to every store at once. A store that fails is left out and remembered;
/// only when none is left does the run fail.
/// </summary>
public sealed class StoreFanOut(IReadOnlyDictionary<string, StoreUpload> uploads) : Stage
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Dictionary<string, StoreUpload> _open = new(uploads);

    /// <summary>Stores that failed, and why.</summary>
    public Dictionary<string, Exception> Failed { get; } = [];

    /// <summary>How many bytes came so far; each is counted once, not for each store.</summary>
    public long Bytes { get; private set; }

    /// <summary>The SHA-256 of the bytes in lower-case hexadecimal; empty until <see cref="CompleteAsync"/>.</summary>
    public string Sha256 { get; private set; } = "";

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _hash.AppendData(buffer.Span);
        Bytes += buffer.Length;
        await ForEachAsync(upload => upload.Stream.WriteAsync(buffer, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>All bytes came; the uploads stay uncommitted until <see cref="CommitAsync"/>.</summary>
    public override Task CompleteAsync(CancellationToken cancellationToken)
    {
        Sha256 = Convert.ToHexString(_hash.GetHashAndReset()).ToLowerInvariant();
        return Task.CompletedTask;
    }

    /// <summary>Makes the objects visible; returns the stores in which it is there.</summary>
    public async Task<IReadOnlyCollection<string>> CommitAsync(CancellationToken cancellationToken)
    {
        await ForEachAsync(upload => new ValueTask(upload.CommitAsync(cancellationToken)), cancellationToken).ConfigureAwait(false);
        return _open.Keys;
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        foreach (StoreUpload upload in uploads.Values) await upload.DisposeAsync().ConfigureAwait(false);
        _hash.Dispose();
    }

    private async Task ForEachAsync(Func<StoreUpload, ValueTask> action, CancellationToken cancellationToken)
    {
        foreach ((string name, StoreUpload upload) in _open.ToArray())
        {
            try
            {
                await action(upload).ConfigureAwait(false);
            }
            catch (Exception e) when (e is OpsException or IOException && !cancellationToken.IsCancellationRequested)
            {
                if (_open.Count == 1 && Failed.Count == 0) throw;
                Failed[name] = e;
                _open.Remove(name);
                if (_open.Count == 0) throw;
            }
        }
    }
}
