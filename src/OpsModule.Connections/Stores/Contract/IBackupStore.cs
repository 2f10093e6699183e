using OpsModule.Foundations.Changes;
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

    /// <summary>The same for an object that nobody needs to change before its backup goes: it is locked, where the store's settings say so.</summary>
    Task<StoreUpload> CreateLockedAsync(ChangeScope scope, string key, CancellationToken cancellationToken) => CreateAsync(key, cancellationToken);

    /// <summary>Stores a small object whole.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="cancellationToken">Ends it, and leaves nothing behind.</param>
    /// <exception cref="OpsException">As <see cref="CreateAsync"/>.</exception>
    Task WriteAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        FillAsync(CreateAsync(key, cancellationToken), content, cancellationToken);

    /// <summary>The same of what belongs to a backup and is locked as its object is.</summary>
    /// <exception cref="OpsException">As <see cref="CreateAsync"/>.</exception>
    Task WriteLockedAsync(ChangeScope scope, string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        FillAsync(CreateLockedAsync(scope, key, cancellationToken), content, cancellationToken);

    /// <summary>
    /// Puts a small note of our own, such as a mark, in the place of one that may be there: until the new one is whole and durable, the old
    /// one stays. What is a part of a backup is never replaced.
    /// </summary>
    /// <param name="key">Its key.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="cancellationToken">Ends it, and leaves what was there.</param>
    /// <exception cref="OpsException"><c>StoreUnavailable</c>, <c>StoreReadOnly</c>, <c>StoreFull</c>.</exception>
    Task ReplaceAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Writes all of an upload that is being opened, and commits it.</summary>
    internal static async Task FillAsync(Task<StoreUpload> opening, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await using StoreUpload upload = await opening.ConfigureAwait(false);
        await upload.Stream.WriteAsync(content, cancellationToken).ConfigureAwait(false);
        await upload.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Until when an object is locked, UTC; null when it is not.</summary>
    Task<DateTimeOffset?> FindLockAsync(string key, CancellationToken cancellationToken) => Task.FromResult<DateTimeOffset?>(null);

    /// <summary>Whether objects can be locked there at all; null when that is not known.</summary>
    Task<bool?> LocksObjectsAsync(CancellationToken cancellationToken) => Task.FromResult<bool?>(false);

    /// <summary>What time it is by the store's own clock, UTC; null for one that has none of its own, as a folder.</summary>
    Task<DateTimeOffset?> ReadClockAsync(CancellationToken cancellationToken) => Task.FromResult<DateTimeOffset?>(null);

    /// <summary>What the store does with objects by itself; null for one that does nothing.</summary>
    Task<StoreRules?> ReadRulesAsync(CancellationToken cancellationToken) => Task.FromResult<StoreRules?>(null);

    /// <summary>Opens an object for reading from an offset; the stream reads ahead and resumes after a broken connection.</summary>
    /// <exception cref="OpsException"><c>ObjectMissing</c> when there is none.</exception>
    Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken);

    /// <summary>The whole of a small object, in one request; null when it has more bytes than that.</summary>
    /// <exception cref="OpsException"><c>ObjectMissing</c> when there is none.</exception>
    Task<byte[]?> ReadAsync(string key, int mostBytes, CancellationToken cancellationToken);

    /// <summary>The object's length and time, or null when there is none.</summary>
    Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken);

    /// <summary>All objects whose key begins with the prefix, in key order.</summary>
    IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Deletes an object; nothing happens when there is none.</summary>
    Task DeleteAsync(ChangeScope scope, string key, CancellationToken cancellationToken);

    /// <summary>Removes a note of our own that is no part of a backup: a lease, a mark that something was verified. None there is no error.</summary>
    /// <exception cref="OpsException">The store cannot be reached or written.</exception>
    Task ForgetAsync(string key, CancellationToken cancellationToken);

    /// <summary>What an interrupted upload left behind under the prefix: temporary files or multipart uploads.</summary>
    IAsyncEnumerable<StoreLeftover> ListLeftoversAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Removes a leftover.</summary>
    Task RemoveLeftoverAsync(ChangeScope scope, StoreLeftover leftover, CancellationToken cancellationToken);
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
