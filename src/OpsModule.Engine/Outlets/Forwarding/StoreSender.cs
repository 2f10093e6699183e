using OpsModule.Connections.Stores.Contract;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Outlets.Forwarding;

/// <summary>
/// Puts a change into a store, as an object that is never overwritten. A bucket whose objects are locked by default locks it.
/// </summary>
internal static class StoreSender
{
    /// <exception cref="OpsException">What the store reports; <c>ForwardConflict</c>.</exception>
    public static async Task SendAsync(IBackupStore store, ForwardedChange change, CancellationToken cancellationToken)
    {
        string key = ForwardKeys.Of(change);
        byte[] body = change.ToJson();
        try
        {
            await store.WriteAsync(key, body, cancellationToken).ConfigureAwait(false);
        }
        catch (OpsException e) when (e.ErrorId == "ObjectExists")
        {
            // Killed between the store's answer and our note of it: it is there already.
            byte[]? found = await store.ReadAsync(key, body.Length, cancellationToken).ConfigureAwait(false);
            if (!body.AsSpan().SequenceEqual(found))
                throw ForwardErrors.ForwardConflict.Make($"{store.LocationOf(key)} holds something else",
                    "Find out who writes there; Test-OpsJournal -Store compares.", key, e);
        }
    }
}
