using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Signing;

namespace OpsModule.Engine.Procedures.Sets;

/// <summary>A set's manifest: <c>{"set":{...},"sha256":"...","signature":"..."}</c>, where hash and signature are of the set's own
/// bytes.</summary>
internal static class SetFile
{
    /// <summary>What a set is made of, in the file.</summary>
    internal sealed record Content(string Id, string Environment, IReadOnlyList<BackupSetPart> Parts);

    /// <summary>More is none of ours.</summary>
    public const int MostBytes = 1024 * 1024;

    private const string Purpose = "set", Folder = "/set/", End = ".json";

    /// <summary>Where the sets of an environment lie in a store.</summary>
    public static string Prefix(string environment) => BackupKeys.Encode(environment) + Folder;

    /// <summary>Where one lies.</summary>
    public static string Key(string environment, string id) => Prefix(environment) + id + End;

    /// <summary>The id of the set that lies there; null for what is none.</summary>
    public static string? IdOf(string key)
    {
        string name = key[(key.LastIndexOf('/') + 1)..];
        return name.EndsWith(End, StringComparison.Ordinal) && BackupKeys.TimeOf(name[..^End.Length]) is not null ? name[..^End.Length]
            : null;
    }

    /// <summary>Its bytes.</summary>
    public static byte[] Write(Content content, ManifestKey? key)
    {
        string text = JsonSerializer.Serialize(content, SetJson.Default.Content);
        string signature = key is null ? "" : $",\"signature\":\"{key.Sign(Purpose, text)}\"";
        return Encoding.UTF8.GetBytes($"{{\"set\":{text},\"sha256\":\"{Hash(text)}\"{signature}}}\n");
    }

    /// <summary>The set, or null and why it cannot be trusted.</summary>
    public static (Content? Content, BackupSignature Signature, string? Problem) Read(byte[] bytes, ManifestKey? key)
    {
        try
        {
            using JsonDocument file = JsonDocument.Parse(bytes);
            string text = file.RootElement.GetProperty("set").GetRawText();
            if (file.RootElement.GetProperty("sha256").GetString() != Hash(text)) return (null, default,
                "its SHA-256 does not match its content");
            string? signature = file.RootElement.TryGetProperty("signature", out JsonElement signed) ? signed.GetString() : null;
            if (key is not null && signature is not null && !key.Fits(Purpose, text, signature))
                return (null, default, "its signature is not of the key of backups.signing");
            BackupSignature known = signature is null ? BackupSignature.None : key is null ? BackupSignature.Unchecked
                : BackupSignature.Valid;
            return (JsonSerializer.Deserialize(text, SetJson.Default.Content), known, null);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return (null, default, "it cannot be read");
        }
    }

    private static string Hash(string text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text))).ToLowerInvariant();
}

/// <summary>Generated serialisation of sets.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(SetFile.Content))]
internal sealed partial class SetJson : JsonSerializerContext;
