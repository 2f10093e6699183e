using OpsModule.Connections.Stores.Contract;
using OpsModule.Foundations.Changes;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>A real store that notes what of it is opened.</summary>
public sealed class WatchedStore(IBackupStore store, ICollection<string> opened) : IBackupStore
{
    public string Name => store.Name;

    public string LocationOf(string key) => store.LocationOf(key);

    public Task<StoreUpload> CreateAsync(string key, CancellationToken cancellationToken) => store.CreateAsync(key, cancellationToken);

    public Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken)
    {
        lock (opened) opened.Add($"{Name} {key}");
        return store.OpenAsync(key, offset, cancellationToken);
    }

    public Task<byte[]?> ReadAsync(string key, int mostBytes, CancellationToken cancellationToken)
    {
        lock (opened) opened.Add($"{Name} {key}");
        return store.ReadAsync(key, mostBytes, cancellationToken);
    }

    public Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken) => store.FindAsync(key, cancellationToken);

    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) => store.ListAsync(prefix, cancellationToken);

    public Task DeleteAsync(ChangeScope scope, string key, CancellationToken cancellationToken) => store.DeleteAsync(scope, key, cancellationToken);

    public Task ForgetAsync(string key, CancellationToken cancellationToken) => store.ForgetAsync(key, cancellationToken);

    public IAsyncEnumerable<StoreLeftover> ListLeftoversAsync(string prefix, CancellationToken cancellationToken) =>
        store.ListLeftoversAsync(prefix, cancellationToken);

    public Task RemoveLeftoverAsync(ChangeScope scope, StoreLeftover leftover, CancellationToken cancellationToken) => store.RemoveLeftoverAsync(scope, leftover, cancellationToken);
}
