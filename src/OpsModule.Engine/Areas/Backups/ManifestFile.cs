using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>
/// The manifest's bytes: <c>{"manifest":{...},"sha256":"..."}</c> and a line feed, where the hash is of the manifest's own bytes.
/// There is exactly one way to write it, so any changed byte is found.
/// </summary>
internal static class ManifestFile
{
    private const string Opening = "{\"manifest\":", Middle = ",\"sha256\":\"", Closing = "\"}\n";

    private static readonly JsonSerializerOptions Options = new(ManifestJson.Default.Options)
    {
        TypeInfoResolver = ManifestJson.Default.WithAddedModifier(LeaveOutWhatBelongsToTheStore),
    };

    public static byte[] Write(BackupRecord backup)
    {
        string manifest = JsonSerializer.Serialize(backup, Info);
        return Encoding.UTF8.GetBytes(Opening + manifest + Middle + Hash(manifest) + Closing);
    }

    /// <summary>The record, or null and why.</summary>
    public static (BackupRecord? Backup, string? Problem) Read(ReadOnlySpan<byte> bytes)
    {
        string text = Encoding.UTF8.GetString(bytes);
        int middle = text.LastIndexOf(Middle, StringComparison.Ordinal);
        if (!text.StartsWith(Opening, StringComparison.Ordinal) || middle < 0) return (null, "it is not a manifest of this module");
        string manifest = text[Opening.Length..middle];
        byte[] expected = Encoding.UTF8.GetBytes(Opening + manifest + Middle + Hash(manifest) + Closing);
        if (!bytes.SequenceEqual(expected)) return (null, "its SHA-256 does not match its content");
        try { return (JsonSerializer.Deserialize(manifest, Info), null); }
        catch (JsonException e) { return (null, $"it cannot be read: {e.Message}"); }
    }

    private static JsonTypeInfo<BackupRecord> Info => (JsonTypeInfo<BackupRecord>)Options.GetTypeInfo(typeof(BackupRecord));

    private static string Hash(string manifest) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(manifest))).ToLowerInvariant();

    private static void LeaveOutWhatBelongsToTheStore(JsonTypeInfo info)
    {
        if (info.Type != typeof(BackupRecord)) return;
        foreach (JsonPropertyInfo property in info.Properties)
            if (property.Name is "store" or "location" or "verifiedAt") property.ShouldSerialize = static (_, _) => false;
    }
}

/// <summary>Generated serialisation of what is stored: no reflection when the program starts.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BackupRecord))]
[JsonSerializable(typeof(VerificationMark))]
internal sealed partial class ManifestJson : JsonSerializerContext;

/// <summary>Says that a backup was verified; lies beside the manifest, which never changes.</summary>
/// <param name="BackupId">The backup.</param>
/// <param name="VerifiedAt">When, UTC.</param>
/// <param name="How">By what.</param>
internal sealed record VerificationMark(string BackupId, DateTimeOffset VerifiedAt, string How);
