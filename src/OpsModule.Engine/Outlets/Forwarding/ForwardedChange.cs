using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Chain;

namespace OpsModule.Engine.Outlets.Forwarding;

/// <summary>
/// A change that has ended, as it leaves the machine: what the journal has of it, and the anchor of the line that ended it.
/// </summary>
/// <param name="Environment">The environment.</param>
/// <param name="State">The state folder that the journal lies in.</param>
/// <param name="Journal">Which journal: the beginning of the hash of its first line.</param>
/// <param name="Lines">The change's lines, up to its end.</param>
internal sealed record ForwardedChange(string Environment, string State, string Journal, IReadOnlyList<JournalLine> Lines)
{
    private const int Format = 1;

    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The line that ended it.</summary>
    public JournalLine End => Lines[^1];

    /// <summary>The change as it is shown.</summary>
    public JournalEntry Entry { get; } = JournalEntry.Of(Lines, _ => false);

    /// <summary>Proves the whole journal up to here.</summary>
    public string Anchor => new JournalHead(End.Sequence, End.Hash).ToString();

    /// <summary>The JSON that is sent; the same whenever it is made.</summary>
    public byte[] ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Writing))
        {
            json.WriteStartObject();
            json.WriteNumber("format", Format);
            json.WriteString("environment", Environment);
            json.WriteString("host", End.Actor.Host);
            json.WriteString("state", State);
            json.WriteString("journal", Journal);
            json.WriteString("anchor", Anchor);
            WriteChange(json);
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private void WriteChange(Utf8JsonWriter json)
    {
        json.WriteStartObject("change");
        json.WriteString("id", Entry.Id);
        json.WriteString("action", Entry.Action);
        json.WriteString("target", Entry.Target);
        json.WriteString("outcome", Entry.Outcome.ToString().ToLowerInvariant());
        json.WriteString("startedAt", Time(Entry.StartedAt));
        json.WriteString("endedAt", Time(End.Time));
        json.WriteString("user", Entry.User);
        json.WriteNumber("pid", Entry.ProcessId);
        json.WriteNumber("sequence", Entry.Sequence);
        if (Entry.Message is not null) json.WriteString("message", Entry.Message);
        if (Entry.ErrorId is not null) json.WriteString("error", Entry.ErrorId);
        json.WriteStartArray("steps");
        foreach (JournalStep step in Entry.Steps)
        {
            json.WriteStartObject();
            json.WriteString("name", step.Name);
            json.WriteString("time", Time(step.Time));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartObject("data");
        foreach ((string key, string value) in Entry.Data.OrderBy(d => d.Key, StringComparer.Ordinal)) json.WriteString(key, value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
}
