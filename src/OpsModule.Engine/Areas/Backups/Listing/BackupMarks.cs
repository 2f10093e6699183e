using System.Text.Json;
using System.Text.Json.Serialization;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Backups.Listing;

/// <summary>Why a backup is kept whatever the rules say.</summary>
public sealed record BackupPin
{
    /// <summary>The backup.</summary>
    public required string Backup { get; init; }

    /// <summary>Until when, UTC; null until somebody removes the pin.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Why, in words.</summary>
    public required string Reason { get; init; }

    /// <summary>Who said so.</summary>
    public string By { get; init; } = "";

    /// <summary>When, UTC.</summary>
    public DateTimeOffset At { get; init; }

    /// <inheritdoc/>
    public override string ToString() => (Until is { } until
        ? FormattableString.Invariant($"until {until.UtcDateTime:yyyy-MM-dd HH:mm} UTC") : "until it is removed") + $": {Reason}";
}

/// <summary>What a backup lacks that the one before had.</summary>
/// <param name="Backup">The backup.</param>
/// <param name="Before">The id of the one before.</param>
/// <param name="Lost">Each loss, in words.</param>
internal sealed record LossMark(string Backup, string Before, IReadOnlyList<string> Lost);

/// <summary>Reads and writes the small objects beside a manifest, which itself never changes.</summary>
internal static class BackupMarks
{
    private const int MaxBytes = 1024 * 1024;

    public static byte[] Write(BackupPin pin) => JsonSerializer.SerializeToUtf8Bytes(pin, MarkJson.Default.BackupPin);

    public static byte[] Write(LossMark mark) => JsonSerializer.SerializeToUtf8Bytes(mark, MarkJson.Default.LossMark);

    /// <summary>The pin; null when there is none. One that cannot be read keeps its backup: what was meant by it is not known.</summary>
    public static async Task<BackupPin?> ReadPinAsync(IBackupStore store, string key, CancellationToken cancellationToken)
    {
        byte[]? bytes = await ReadAsync(store, BackupKeys.Pin(key), cancellationToken).ConfigureAwait(false);
        if (bytes is null) return null;
        BackupPin? pin = Parse(bytes, MarkJson.Default.BackupPin);
        return pin?.Backup == BackupKeys.IdOf(key) ? pin
            : new BackupPin { Backup = BackupKeys.IdOf(key), Reason = "its pin cannot be read, and so nobody knows until when it holds" };
    }

    /// <summary>The losses; null when there are none. A mark that cannot be read is one of unknown losses.</summary>
    public static async Task<LossMark?> ReadLossesAsync(IBackupStore store, string key, CancellationToken cancellationToken)
    {
        byte[]? bytes = await ReadAsync(store, BackupKeys.Losses(key), cancellationToken).ConfigureAwait(false);
        if (bytes is null) return null;
        LossMark? mark = Parse(bytes, MarkJson.Default.LossMark);
        return mark?.Backup == BackupKeys.IdOf(key) ? mark : new LossMark(BackupKeys.IdOf(key), "", ["its mark of losses cannot be read"]);
    }

    /// <summary>The bytes of a mark; null when there is none, or one that is larger than any of ours.</summary>
    public static async Task<byte[]?> ReadAsync(IBackupStore store, string markKey, CancellationToken cancellationToken)
    {
        try { return await store.ReadAsync(markKey, MaxBytes, cancellationToken).ConfigureAwait(false) ?? []; }
        catch (OpsException e) when (e.ErrorId == "ObjectMissing") { return null; }
    }

    /// <summary>Puts a mark in the place of one that may be there, which stays until the new one is whole.</summary>
    public static Task WriteAsync(ChangeScope scope, IBackupStore store, string markKey, byte[] content,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(scope);
        return store.ReplaceAsync(markKey, content, cancellationToken);
    }

    private static T? Parse<T>(byte[] bytes, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> info) where T : class
    {
        try { return JsonSerializer.Deserialize(bytes, info); }
        catch (JsonException) { return null; }
    }
}

/// <summary>Generated serialisation of the marks.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BackupPin))]
[JsonSerializable(typeof(LossMark))]
internal sealed partial class MarkJson : JsonSerializerContext;
