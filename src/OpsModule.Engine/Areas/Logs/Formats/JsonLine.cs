using System.Text;
using System.Text.Json;

namespace OpsModule.Engine.Areas.Logs.Formats;

/// <summary>Lines that are JSON objects: structured logs of any library. Nested values stay JSON text.</summary>
internal static class JsonLine
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 64, AllowTrailingCommas = true };

    public static bool TryParse(ReadOnlySpan<byte> line, LogClock clock, FieldNames names, LogDraft draft)
    {
        line = line.TrimEnd(" \t"u8);
        if (line.Length < 2 || line[0] != '{' || line[^1] != '}') return false;
        draft.Format = LogFormat.Json;
        try
        {
            string? template = null;
            var reader = new Utf8JsonReader(line, Options);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                FieldNames.Name name = reader.ValueIsEscaped ? names[Encoding.UTF8.GetBytes(Text(ref reader))] : names[reader.ValueSpan];
                reader.Read();
                switch (name.Role)
                {
                    case FieldRole.Time when draft.Time is null && TryTime(ref reader, clock, out DateTimeOffset time): draft.Time = time; break;
                    case FieldRole.Level when draft.Level == LogLevel.Unknown && Level(ref reader) is var level and not LogLevel.Unknown: draft.Level = level; break;
                    case FieldRole.Message when draft.Message is null && reader.TokenType == JsonTokenType.String: draft.Message = Text(ref reader); break;
                    case FieldRole.Template when reader.TokenType == JsonTokenType.String:
                        template = Text(ref reader);
                        draft.Set(name.Text, template);
                        break;
                    default: draft.Set(name.Text, Value(ref reader, line)); break;
                }
            }
            // Reads on to the end, so that two objects in a line are no object.
            while (reader.Read()) { }
            draft.Message ??= template;
        }
        catch (JsonException)
        {
            draft.Clear();
            return false;
        }
        return true;
    }

    private static object? Value(ref Utf8JsonReader reader, ReadOnlySpan<byte> line)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String: return Text(ref reader);
            case JsonTokenType.Number: return reader.TryGetInt64(out long whole) ? (object)whole : reader.TryGetDouble(out double real) ? (object)real : Encoding.UTF8.GetString(reader.ValueSpan);
            case JsonTokenType.True: return true;
            case JsonTokenType.False: return false;
            case JsonTokenType.Null: return null;
            default:
                int start = (int)reader.TokenStartIndex;
                reader.Skip();
                return Encoding.UTF8.GetString(line[start..(int)reader.BytesConsumed]);
        }
    }

    private static bool TryTime(ref Utf8JsonReader reader, LogClock clock, out DateTimeOffset time)
    {
        time = default;
        return reader.TokenType switch
        {
            JsonTokenType.String => LogTime.TryIso(reader.ValueSpan, clock.Offset, out time, out _),
            JsonTokenType.Number => reader.TryGetDouble(out double value) && LogTime.TryUnix(value, out time),
            _ => false,
        };
    }

    private static LogLevel Level(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => LogLevels.Parse(reader.ValueSpan),
        JsonTokenType.Number when reader.TryGetInt64(out long number) => LogLevels.Parse(number),
        _ => LogLevel.Unknown,
    };

    private static string Text(ref Utf8JsonReader reader)
    {
        // Without escapes the bytes are the text, and bytes that are no UTF-8 are replaced instead of refused.
        if (!reader.ValueIsEscaped) return Encoding.UTF8.GetString(reader.ValueSpan);
        try { return reader.GetString()!; }
        catch (InvalidOperationException) { return Encoding.UTF8.GetString(reader.ValueSpan); }
    }
}
