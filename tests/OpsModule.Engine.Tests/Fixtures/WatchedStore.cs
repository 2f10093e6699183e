using System.Runtime.CompilerServices;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>A real store that notes what of it is opened, and of which a test may be told before each call: so faults come at a known place.</summary>
public sealed class WatchedStore(IBackupStore store, ICollection<string> opened) : IBackupStore
{
    /// <summary>What it says of locks, versions and its clock, which a folder has not.</summary>
    public bool? LocksObjects { get; init; } = false;

    public Func<string, DateTimeOffset?> LockOf { get; init; } = _ => null;

    public StoreRules? Rules { get; init; }

    public DateTimeOffset? Clock { get; init; }

    /// <summary>Called before the store is, with the call's name without Async, and the key or prefix; what it throws is what the store says.</summary>
    public Func<string, string, Task> Before { get; init; } = (_, _) => Task.CompletedTask;

    /// <summary>The same after it has done what it was asked for.</summary>
    public Func<string, string, Task> After { get; init; } = (_, _) => Task.CompletedTask;

    /// <summary>Called after something was forgotten.</summary>
    public Func<string, Task> Forgotten { get; init; } = _ => Task.CompletedTask;

    /// <summary>True for one that gives no answer.</summary>
    public bool IsSilent { get; init; }

    /// <summary>What a store says that cannot be reached.</summary>
    public static OpsException Unavailable(string name) =>
        new("StoreUnavailable", OpsErrorCategory.ResourceUnavailable, $"The store {name} cannot be reached.", "Look.");

    /// <summary>What a store says that has no room.</summary>
    public static OpsException Full(string name) => new("StoreFull", OpsErrorCategory.ResourceUnavailable, $"The store {name} is full.", "Free space.");

    public Task<bool?> LocksObjectsAsync(CancellationToken cancellationToken) => Task.FromResult(LocksObjects);

    public Task<DateTimeOffset?> FindLockAsync(string key, CancellationToken cancellationToken) => Task.FromResult(LockOf(key));

    public Task<StoreRules?> ReadRulesAsync(CancellationToken cancellationToken) => Task.FromResult(Rules);

    public Task<DateTimeOffset?> ReadClockAsync(CancellationToken cancellationToken) => Task.FromResult(Clock);

    public string Name => store.Name;

    public string LocationOf(string key) => store.LocationOf(key);

    public async Task<StoreUpload> CreateAsync(string key, CancellationToken cancellationToken)
    {
        await Before("Create", key);
        return await store.CreateAsync(key, cancellationToken);
    }

    public async Task ReplaceAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await Before("Replace", key);
        await store.ReplaceAsync(key, content, cancellationToken);
        await After("Replace", key);
    }

    public async Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken)
    {
        await Before("Open", key);
        lock (opened) opened.Add($"{Name} {key}");
        return await store.OpenAsync(key, offset, cancellationToken);
    }

    public async Task<byte[]?> ReadAsync(string key, int mostBytes, CancellationToken cancellationToken)
    {
        await Before("Read", key);
        lock (opened) opened.Add($"{Name} {key}");
        return await store.ReadAsync(key, mostBytes, cancellationToken);
    }

    public async Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken)
    {
        if (IsSilent) throw Unavailable(Name);
        await Before("Find", key);
        return await store.FindAsync(key, cancellationToken);
    }

    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Before("List", prefix);
        await foreach (StoredObject found in store.ListAsync(prefix, cancellationToken)) yield return found;
    }

    public async Task DeleteAsync(ChangeScope scope, string key, CancellationToken cancellationToken)
    {
        await Before("Delete", key);
        await store.DeleteAsync(scope, key, cancellationToken);
        await After("Delete", key);
    }

    public async Task ForgetAsync(string key, CancellationToken cancellationToken)
    {
        await Before("Forget", key);
        await store.ForgetAsync(key, cancellationToken);
        await Forgotten(key);
    }

    public async IAsyncEnumerable<StoreLeftover> ListLeftoversAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Before("ListLeftovers", prefix);
        await foreach (StoreLeftover leftover in store.ListLeftoversAsync(prefix, cancellationToken)) yield return leftover;
    }

    public Task RemoveLeftoverAsync(ChangeScope scope, StoreLeftover leftover, CancellationToken cancellationToken) => store.RemoveLeftoverAsync(scope, leftover, cancellationToken);
}
