using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Stores.Contract;

/// <summary>One object in a store.</summary>
/// <param name="Key">Its key, with <c>/</c> between the parts, relative to the store's root or prefix.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Modified">When the store last changed it, UTC.</param>
public sealed record StoredObject(string Key, long Length, DateTimeOffset Modified);

/// <summary>
/// Where backups lie: a folder or an S3 bucket. A put is atomic: until the returned upload is committed there is no object of that
/// key, and an upload that is disposed without a commit leaves nothing behind.
/// </summary>
public interface IBackupStore
{
    /// <summary>The name from the environment file.</summary>
    string Name { get; }

    /// <summary>A path or URL for people: where the object of this key lies.</summary>
    string LocationOf(string key);

    /// <summary>Begins an upload; bytes written to it go out while they come in, with flat memory.</summary>
    /// <exception cref="OpsException"><c>StoreUnavailable</c>, <c>StoreReadOnly</c>, <c>StoreFull</c>.</exception>
    Task<StoreUpload> CreateAsync(string key, CancellationToken cancellationToken);

    /// <summary>Opens an object for reading from an offset; the stream reads ahead and resumes after a broken connection.</summary>
    /// <exception cref="OpsException"><c>ObjectMissing</c> when there is none.</exception>
    Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken);

    /// <summary>The object's length and time, or null when there is none.</summary>
    Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken);

    /// <summary>All objects whose key begins with the prefix, in key order.</summary>
    IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Deletes an object; nothing happens when there is none.</summary>
    Task DeleteAsync(string key, CancellationToken cancellationToken);

    /// <summary>What an interrupted upload left behind under the prefix: temporary files or multipart uploads.</summary>
    IAsyncEnumerable<StoreLeftover> ListLeftoversAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Removes a leftover.</summary>
    Task RemoveLeftoverAsync(StoreLeftover leftover, CancellationToken cancellationToken);
}

/// <summary>What an interrupted upload left behind.</summary>
/// <param name="Key">The key the object would have had.</param>
/// <param name="Id">The upload id, or the temporary file's path.</param>
/// <param name="Started">When it began, UTC.</param>
public sealed record StoreLeftover(string Key, string Id, DateTimeOffset Started)
{
    /// <summary>Where it lies, where that is another place than the object would have.</summary>
    public string? Location { get; init; }
}

/// <summary>An upload under way. Write to <see cref="Stream"/>, then commit; disposing without a commit undoes it.</summary>
public abstract class StoreUpload : IAsyncDisposable
{
    /// <summary>Takes the object's bytes.</summary>
    public abstract Stream Stream { get; }

    /// <summary>Makes the object visible, complete and durable (flushed to disk, or completed on the server).</summary>
    public abstract Task CommitAsync(CancellationToken cancellationToken);

    /// <summary>Undoes an upload that was not committed.</summary>
    public abstract ValueTask DisposeAsync();
}
