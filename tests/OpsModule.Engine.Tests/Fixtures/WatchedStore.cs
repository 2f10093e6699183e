using OpsModule.Connections.Stores.Contract;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>A real store that notes what of it is opened.</summary>
public sealed class WatchedStore(IBackupStore store, ICollection<string> opened) : IBackupStore
{
    /// <summary>What it says of locks, versions and its clock, which a folder has not.</summary>
    public bool? LocksObjects { get; init; } = false;

    public Func<string, DateTimeOffset?> LockOf { get; init; } = _ => null;

    public StoreRules? Rules { get; init; }

    public DateTimeOffset? Clock { get; init; }

    /// <summary>Called after something was forgotten.</summary>
    public Func<string, Task> Forgotten { get; init; } = _ => Task.CompletedTask;

    /// <summary>True for one that gives no answer.</summary>
    public bool IsSilent { get; init; }

    public Task<bool?> LocksObjectsAsync(CancellationToken cancellationToken) => Task.FromResult(LocksObjects);

    public Task<DateTimeOffset?> FindLockAsync(string key, CancellationToken cancellationToken) => Task.FromResult(LockOf(key));

    public Task<StoreRules?> ReadRulesAsync(CancellationToken cancellationToken) => Task.FromResult(Rules);

    public Task<DateTimeOffset?> ReadClockAsync(CancellationToken cancellationToken) => Task.FromResult(Clock);

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

    public Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken) => IsSilent
        ? throw new OpsException("StoreUnavailable", OpsErrorCategory.ResourceUnavailable, $"The store {Name} cannot be reached.", "Look.")
        : store.FindAsync(key, cancellationToken);

    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) => store.ListAsync(prefix, cancellationToken);

    public Task DeleteAsync(ChangeScope scope, string key, CancellationToken cancellationToken) => store.DeleteAsync(scope, key, cancellationToken);

    public async Task ForgetAsync(string key, CancellationToken cancellationToken)
    {
        await store.ForgetAsync(key, cancellationToken);
        await Forgotten(key);
    }

    public IAsyncEnumerable<StoreLeftover> ListLeftoversAsync(string prefix, CancellationToken cancellationToken) =>
        store.ListLeftoversAsync(prefix, cancellationToken);

    public Task RemoveLeftoverAsync(ChangeScope scope, StoreLeftover leftover, CancellationToken cancellationToken) => store.RemoveLeftoverAsync(scope, leftover, cancellationToken);
}
