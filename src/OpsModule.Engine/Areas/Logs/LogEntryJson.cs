using System.Text.Json;

namespace OpsModule.Engine.Areas.Logs;

/// <summary>An entry as one line of JSON, with the names that the parser of JSON lines knows again.</summary>
internal static class LogEntryJson
{
    public static void Write(Utf8JsonWriter json, LogEntry entry)
    {
        json.WriteStartObject();
        if (entry.Time is { } time) json.WriteString("time", time.UtcDateTime);
        json.WriteString("service", entry.Service);
        json.WriteString("instance", entry.Instance);
        json.WriteString("stream", entry.Stream == LogStream.Error ? "stderr" : "stdout");
        if (entry.Level != LogLevel.Unknown) json.WriteString("level", entry.Level.ToString().ToLowerInvariant());
        json.WriteString("message", entry.Message);
        if (entry.Fields.Count > 0)
        {
            json.WriteStartObject("fields");
            foreach ((string name, object? value) in entry.Fields) WriteField(json, name, value);
            json.WriteEndObject();
        }
        if (entry.Raw != entry.Message) json.WriteString("raw", entry.Raw);
        json.WriteEndObject();
    }

    private static void WriteField(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null: json.WriteNull(name); break;
            case long number: json.WriteNumber(name, number); break;
            case double real when double.IsFinite(real): json.WriteNumber(name, real); break;
            case bool truth: json.WriteBoolean(name, truth); break;
            default: json.WriteString(name, value.ToString()); break;
        }
    }
}
