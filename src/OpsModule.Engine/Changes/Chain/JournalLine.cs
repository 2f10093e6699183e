using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace OpsModule.Engine.Changes.Chain;

/// <summary>What a line of the journal says happened.</summary>
internal enum JournalEvent
{
    /// <summary>A change began.</summary>
    Started,
    /// <summary>A change reached a step.</summary>
    Step,
    /// <summary>A later run goes on with an unfinished change.</summary>
    Continued,
    /// <summary>A change ended well.</summary>
    Completed,
    /// <summary>A change ended badly.</summary>
    Failed,
    /// <summary>A change was stopped by the person or system that ran it, and put away what it had begun.</summary>
    Cancelled,
    /// <summary>A change has done what it can for now, and is to be gone on with later.</summary>
    Waiting,
    /// <summary>The journal's own note that lines before this one are torn or missing.</summary>
    Repaired,
}

/// <summary>
/// One line of the journal: a JSON object whose last property is the SHA-256 of every byte before it. The line's own bytes are
/// hashed, not a parsed form of them, so that no change of a byte goes unseen.
/// </summary>
internal sealed record JournalLine
{
    /// <summary>What stands before the first line.</summary>
    public static readonly string NoHash = new('0', 64);

    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly byte[] SealBegin = ",\"hash\":\""u8.ToArray();
    private static readonly byte[] SealEnd = "\"}"u8.ToArray();
    private static readonly int SealLength = SealBegin.Length + 64 + SealEnd.Length;

    public required long Sequence { get; init; }
    public required DateTimeOffset Time { get; init; }
    public required string Change { get; init; }
    public required string Action { get; init; }
    public required string Target { get; init; }
    public required JournalEvent Event { get; init; }
    public string? Step { get; init; }
    public string? Message { get; init; }
    public string? ErrorId { get; init; }
    public required Actor Actor { get; init; }
    public IReadOnlyDictionary<string, string> Data { get; init; } = new Dictionary<string, string>();
    public required string Previous { get; init; }
    public string Hash { get; private init; } = "";

    /// <summary>Whether the change has ended with it.</summary>
    public bool IsEnd => Event is JournalEvent.Completed or JournalEvent.Failed or JournalEvent.Cancelled;

    /// <summary>The line as it is stored, without the line end, and its hash.</summary>
    public (byte[] Bytes, string Hash) Seal()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Writing)) Write(json);
        buffer.SetLength(buffer.Length - 1); // the closing brace comes after the hash
        buffer.Position = buffer.Length;
        string hash = HashOf(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
        buffer.Write(SealBegin);
        buffer.Write(Encoding.ASCII.GetBytes(hash));
        buffer.Write(SealEnd);
        return (buffer.ToArray(), hash);
    }

    /// <summary>Reads a line; null when any byte of it is not as it was written.</summary>
    public static JournalLine? Parse(ReadOnlySpan<byte> line)
    {
        if (line.Length <= SealLength) return null;
        ReadOnlySpan<byte> body = line[..^SealLength], seal = line[^SealLength..];
        string hash = HashOf(body);
        if (!seal.StartsWith(SealBegin) || !seal.EndsWith(SealEnd)
            || !seal[SealBegin.Length..^SealEnd.Length].SequenceEqual(Encoding.ASCII.GetBytes(hash))) return null;
        try { return Read(line.ToArray(), hash); }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException) { return null; }
    }

    public static string HashOf(ReadOnlySpan<byte> bytes) => Convert.ToHexString(SHA256.HashData(bytes)).ToLowerInvariant();

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("seq", Sequence);
        json.WriteString("time", Time.UtcDateTime);
        json.WriteString("change", Change);
        json.WriteString("action", Action);
        json.WriteString("target", Target);
        json.WriteString("event", Event.ToString().ToLowerInvariant());
        if (Step is not null) json.WriteString("step", Step);
        if (Message is not null) json.WriteString("message", Message);
        if (ErrorId is not null) json.WriteString("error", ErrorId);
        json.WriteString("user", Actor.User);
        json.WriteString("host", Actor.Host);
        json.WriteNumber("pid", Actor.ProcessId);
        if (Data.Count > 0)
        {
            json.WriteStartObject("data");
            foreach ((string key, string value) in Data) json.WriteString(key, value);
            json.WriteEndObject();
        }
        json.WriteString("prev", Previous);
        json.WriteEndObject();
    }

    private static JournalLine Read(byte[] line, string hash)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement root = document.RootElement;
        string? Optional(string name) => root.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
        string Required(string name) => root.GetProperty(name).GetString()!;
        return new JournalLine
        {
            Sequence = root.GetProperty("seq").GetInt64(),
            Time = new DateTimeOffset(root.GetProperty("time").GetDateTime(), TimeSpan.Zero),
            Change = Required("change"),
            Action = Required("action"),
            Target = Required("target"),
            Event = Enum.TryParse(Required("event"), ignoreCase: true, out JournalEvent known) ? known : throw new FormatException(),
            Step = Optional("step"),
            Message = Optional("message"),
            ErrorId = Optional("error"),
            Actor = new Actor(Required("user"), Required("host"), root.GetProperty("pid").GetInt32()),
            Data = root.TryGetProperty("data", out JsonElement data)
                ? data.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!)
                : new Dictionary<string, string>(),
            Previous = Required("prev"),
            Hash = hash,
        };
    }
}
