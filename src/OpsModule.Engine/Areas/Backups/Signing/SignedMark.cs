using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Backups.Signing;

/// <summary>Reads the marks of tests, which lie beside a manifest.</summary>
internal static class SignedMark
{
    private const int MaxBytes = 64 * 1024;

    /// <summary>A mark; null when there is none, or what is there is none of ours.</summary>
    public static async Task<T?> ReadAsync<T>(IBackupStore store, string markKey, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            byte[]? bytes = await store.ReadAsync(markKey, MaxBytes, cancellationToken).ConfigureAwait(false);
            return bytes is null ? null : JsonSerializer.Deserialize(bytes, type);
        }
        catch (Exception e) when (e is JsonException or OpsException { ErrorId: "ObjectMissing" }) { return null; }
    }
}
