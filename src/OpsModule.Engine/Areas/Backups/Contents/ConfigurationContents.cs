using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Backups.Contents;

/// <summary>What a backup of a configuration holds, in its manifest: enough to tell whether what is live differs, and no value.</summary>
internal sealed record ConfigurationContents
{
    /// <summary>No manifest of ours unpacks to more.</summary>
    private const int MostBytes = 256 * 1024 * 1024;

    /// <summary>How many files there are.</summary>
    public int Files { get; init; }

    /// <summary>Which key the fingerprints are of: others cannot be compared with them.</summary>
    public string Key { get; init; } = "";

    /// <summary>True when values were taken out.</summary>
    public bool IsRedacted { get; init; }

    /// <summary>What was taken and where the environment names it.</summary>
    public IReadOnlyList<string> Sources { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Which values were taken out, or left, and why.</summary>
    public IReadOnlyList<string> Redactions { get; init => field = PlainList.Of(value); } = [];

    /// <summary>The items as JSON, compressed.</summary>
    public byte[] Packed { get; init; } = [];

    /// <summary>Packs items.</summary>
    public static byte[] Pack(IEnumerable<ConfiguredItem> items)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
            JsonSerializer.Serialize(gzip, [.. items], ContentsJson.Default.ConfiguredItemArray);
        return bytes.ToArray();
    }

    /// <summary>The items.</summary>
    /// <exception cref="InvalidDataException">They are not what was packed.</exception>
    public IReadOnlyList<ConfiguredItem> Unpack()
    {
        using var gzip = new GZipStream(new MemoryStream(Packed), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        for (int read; (read = gzip.Read(buffer)) > 0; plain.Write(buffer, 0, read))
            if (plain.Length + read > MostBytes) throw new InvalidDataException("its list of files is larger than any");
        plain.Position = 0;
        try { return JsonSerializer.Deserialize(plain, ContentsJson.Default.ConfiguredItemArray) ?? []; }
        catch (JsonException e) { throw new InvalidDataException("its list of files cannot be read", e); }
    }
}

/// <summary>Generated serialisation of what is packed.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(ConfiguredItem[]))]
internal sealed partial class ContentsJson : JsonSerializerContext;
