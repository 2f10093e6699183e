using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using OpsModule.Engine.Areas.Backups.Signing;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>
/// The manifest's bytes: <c>{"manifest":{...},"sha256":"..."}</c> and a line feed, where the hash is of the manifest's own bytes.
/// There is exactly one way to write it, so any changed byte is found.
/// </summary>
internal static class ManifestFile
{
    private const string Opening = "{\"manifest\":", Middle = ",\"sha256\":\"", Signed = "\",\"signature\":\"", Closing = "\"}\n";
    private const string Purpose = "manifest";

    private static readonly JsonSerializerOptions Options = new(ManifestJson.Default.Options)
    {
        TypeInfoResolver = ManifestJson.Default.WithAddedModifier(LeaveOutWhatBelongsToTheStore),
    };

    public static byte[] Write(BackupRecord backup, ManifestKey? key = null)
    {
        string manifest = JsonSerializer.Serialize(backup, Info);
        return Encoding.UTF8.GetBytes(Opening + manifest + Middle + Hash(manifest) + (key is null ? "" : Signed + key.Sign(Purpose, manifest)) + Closing);
    }

    /// <summary>The record, or null and why. A signature that the key does not fit makes it one that cannot be trusted.</summary>
    public static (BackupRecord? Backup, string? Problem) Read(ReadOnlySpan<byte> bytes, ManifestKey? key = null)
    {
        string text = Encoding.UTF8.GetString(bytes);
        int middle = text.LastIndexOf(Middle, StringComparison.Ordinal);
        if (!text.StartsWith(Opening, StringComparison.Ordinal) || middle < 0) return (null, "it is not a manifest of this module");
        string manifest = text[Opening.Length..middle];
        string? signature = SignatureIn(text.AsSpan(middle + Middle.Length));
        byte[] expected = Encoding.UTF8.GetBytes(Opening + manifest + Middle + Hash(manifest) + (signature is null ? "" : Signed + signature) + Closing);
        if (!bytes.SequenceEqual(expected)) return (null, "its SHA-256 does not match its content");
        if (key is not null && signature is not null && !key.Fits(Purpose, manifest, signature)) return (null, "its signature is not of the key of backups.signing");
        BackupSignature signed = signature is null ? BackupSignature.None : key is null ? BackupSignature.Unchecked : BackupSignature.Valid;
        try
        {
            if (JsonSerializer.Deserialize(manifest, Info) is not { } backup) return (null, null);
            // It stands in commands that people are given: whoever can write to the store must not put one in its place.
            return IsHash(backup.Sha256) ? (backup with { Signature = signed }, null)
                : (null, "what it calls the SHA-256 of the object is none");
        }
        catch (JsonException e) { return (null, $"it cannot be read: {e.Message}"); }
    }

    /// <summary>Whether a text is a SHA-256 as this module writes it: 64 digits, in lower-case hex.</summary>
    private static bool IsHash(string? text) => text is { Length: 64 } && text.All(char.IsAsciiHexDigitLower);

    /// <summary>The signature behind the hash; null when there is none.</summary>
    private static string? SignatureIn(ReadOnlySpan<char> rest)
    {
        int at = rest.IndexOf(Signed, StringComparison.Ordinal);
        if (at < 0) return null;
        ReadOnlySpan<char> signature = rest[(at + Signed.Length)..];
        int end = signature.IndexOf('"');
        return end < 0 ? null : signature[..end].ToString();
    }

    private static JsonTypeInfo<BackupRecord> Info => (JsonTypeInfo<BackupRecord>)Options.GetTypeInfo(typeof(BackupRecord));

    private static string Hash(string manifest) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(manifest))).ToLowerInvariant();

    private static void LeaveOutWhatBelongsToTheStore(JsonTypeInfo info)
    {
        if (info.Type != typeof(BackupRecord)) return;
        foreach (JsonPropertyInfo property in info.Properties)
            if (property.Name is "store" or "location" or "verifiedAt" or "pinned" or "hasLosses" or "signature") property.ShouldSerialize = static (_, _) => false;
    }
}

/// <summary>Generated serialisation of what is stored: no reflection when the program starts.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BackupRecord))]
[JsonSerializable(typeof(VerificationMark))]
[JsonSerializable(typeof(FailureMark))]
internal sealed partial class ManifestJson : JsonSerializerContext;

/// <summary>Says that a backup was verified; lies beside the manifest, which never changes.</summary>
/// <param name="BackupId">The backup.</param>
/// <param name="VerifiedAt">When, UTC.</param>
/// <param name="How">By what.</param>
internal sealed record VerificationMark(string BackupId, DateTimeOffset VerifiedAt, string How)
{
    /// <summary>Of which bytes; null in marks of earlier versions.</summary>
    public string? Sha256 { get; init; }

    /// <summary>By whom, where the environment has a key.</summary>
    public string? Signature { get; init; }
}
