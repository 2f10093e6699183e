using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace OpsModule.Engine.Areas.Logs.Formats;

/// <summary>Lines that are JSON objects: structured logs of any library. Nested values stay JSON text.</summary>
internal static class JsonLine
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 64, AllowTrailingCommas = true };

    public static bool TryParse(ReadOnlySpan<byte> line, in LogClock clock, FieldNames names, LogDraft draft)
    {
        line = line.TrimEnd(" \t"u8);
        if (line.Length < 2 || line[0] != '{' || line[^1] != '}') return false;
        draft.Format = LogFormat.Json;
        var facts = new Facts();
        try
        {
            var reader = new Utf8JsonReader(line, Options);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                FieldNames.Name name = reader.ValueIsEscaped ? names[Encoding.UTF8.GetBytes(Text(ref reader))] : names[reader.ValueSpan];
                reader.Read();
                if (name.Role == FieldRole.None || !Take(ref reader, name, clock, draft, ref facts)) draft.Set(name.Text,
                    Value(ref reader, line));
            }
            // Reads on to the end, so that two objects in a line are no object.
            while (reader.Read()) { }
        }
        catch (JsonException)
        {
            draft.Clear();
            return false;
        }
        draft.Message ??= facts.Template;
        if (draft.Level == LogLevel.Unknown) draft.Level = facts.Level(draft);
        return true;
    }

    /// <summary>Takes what has a meaning; false when it is a field like others.</summary>
    private static bool Take(ref Utf8JsonReader reader, FieldNames.Name name, in LogClock clock, LogDraft draft, ref Facts facts)
    {
        bool isText = reader.TokenType == JsonTokenType.String;
        switch (name.Role)
        {
            case FieldRole.Time when draft.Time is null: return TryTime(ref reader, clock, draft);
            case FieldRole.At when isText && draft.Time is null && TryTime(ref reader, clock, draft): return true;
            case FieldRole.Level or FieldRole.At or FieldRole.Syslog or FieldRole.Telemetry or FieldRole.Python
                or FieldRole.Letter when draft.Level == LogLevel.Unknown:
                draft.Level = Level(ref reader, name.Role, ref facts);
                return draft.Level != LogLevel.Unknown;
            case FieldRole.Message when draft.Message is null && isText:
                facts.IsGelf |= name.Text == "short_message";
                draft.Message = Text(ref reader);
                return true;
            case FieldRole.Template when isText:
                facts.Template ??= Text(ref reader);
                facts.IsCompact |= name.Text is "@mt";
                return false;
            case FieldRole.Nested when isText && draft.Message is null && name.Text is not "fields":
                draft.Message = Text(ref reader).TrimEnd('\n');
                return true;
            case FieldRole.Nested when reader.TokenType == JsonTokenType.StartObject: TakeInner(reader, clock, draft); return false;
            case FieldRole.Status:
                facts.Status = Number(ref reader);
                if (isText && facts.Status < 0 && draft.Level == LogLevel.Unknown) draft.Level = LogLevels.Parse(reader.ValueSpan);
                return false;
            case FieldRole.Request: facts.IsRequest = true; return false;
            case FieldRole.Hint: facts.Hint(name.Text, reader.TokenType); return false;
        }
        return false;
    }

    /// <summary>The level, message and time that stand one object deeper: ECS' log.level, tracing's fields.message, MongoDB's
    /// $date.</summary>
    private static void TakeInner(Utf8JsonReader reader, in LogClock clock, LogDraft draft)
    {
        int depth = reader.CurrentDepth + 1;
        while (reader.Read() && reader.CurrentDepth >= depth)
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != depth) continue;
            bool level = reader.ValueTextEquals("level"u8), message = reader.ValueTextEquals("message"u8)
                || reader.ValueTextEquals("stringValue"u8) || reader.ValueTextEquals("msg"u8);
            reader.Read();
            if (reader.TokenType != JsonTokenType.String) continue;
            if (level && draft.Level == LogLevel.Unknown) draft.Level = LogLevels.ParseValue(reader.ValueSpan);
            else if (message && draft.Message is null) draft.Message = Text(ref reader);
        }
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

    private static bool TryTime(ref Utf8JsonReader reader, in LogClock clock, LogDraft draft)
    {
        bool found = false;
        DateTimeOffset time = default;
        if (reader.TokenType == JsonTokenType.String)
            found = IsClock(reader.ValueSpan) ? TimeFinder.TryJoined(draft, reader.ValueSpan, clock, out time)
                : reader.ValueIsEscaped ? TimeFinder.TryValue(Encoding.UTF8.GetBytes(Text(ref reader)), clock, out time)
                    : TimeFinder.TryValue(reader.ValueSpan, clock, out time);
        else if (reader.TokenType == JsonTokenType.Number)
            found = reader.TryGetInt64(out long whole) ? LogTime.TryUnix(whole, out time) : reader.TryGetDouble(out double value)
                && LogTime.TryUnix(value, out time);
        else if (reader.TokenType == JsonTokenType.StartObject) found = TryTimeObject(ref reader, clock, out time);
        if (found) draft.Time = time;
        return found;
    }

    private static bool IsClock(ReadOnlySpan<byte> value) => value.Length >= 8 && value[2] == ':' && value[5] == ':';

    /// <summary>MongoDB's <c>{"$date":"..."}</c> and Log4j's <c>{"epochSecond":1,"nanoOfSecond":2}</c>, Google's
    /// <c>{"seconds":1,"nanos":2}</c>.</summary>
    private static bool TryTimeObject(ref Utf8JsonReader reader, in LogClock clock, out DateTimeOffset time)
    {
        time = default;
        Utf8JsonReader inner = reader;
        long second = 0, nanosecond = 0;
        while (inner.Read() && inner.TokenType == JsonTokenType.PropertyName)
        {
            bool date = inner.ValueTextEquals("$date"u8), seconds = inner.ValueTextEquals("epochSecond"u8)
                || inner.ValueTextEquals("seconds"u8),
                nanoseconds = inner.ValueTextEquals("nanoOfSecond"u8) || inner.ValueTextEquals("nanos"u8);
            inner.Read();
            if (date && inner.TokenType == JsonTokenType.String && TimeFinder.TryValue(inner.ValueSpan, clock, out time)) { }
            else if (seconds && inner.TokenType == JsonTokenType.Number) inner.TryGetInt64(out second);
            else if (nanoseconds && inner.TokenType == JsonTokenType.Number) inner.TryGetInt64(out nanosecond);
            else inner.Skip();
        }
        if (second > 0 && LogTime.TryUnix(second, out time)) time = time.AddTicks(Math.Clamp(nanosecond, 0, 999_999_999) / 100);
        if (time == default) return false;
        reader.Skip();
        return true;
    }

    private static LogLevel Level(ref Utf8JsonReader reader, FieldRole role, ref Facts facts)
    {
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number)) return LogLevel.Unknown;
        long number = Number(ref reader);
        if (number < 0) return reader.TokenType != JsonTokenType.String || (role == FieldRole.Letter && reader.ValueSpan.Length > 2)
            ? LogLevel.Unknown : LogLevels.ParseValue(reader.ValueSpan);
        switch (role)
        {
            case FieldRole.Syslog: return LogLevels.Parse(number);
            case FieldRole.Telemetry: return number is < 1 or > 24 ? LogLevel.Unknown : LogLevel.Trace + (int)((number - 1) / 4);
            case FieldRole.Python: return LogLevels.Parse(number + 10);
            case FieldRole.Level when number >= 10: return LogLevels.Parse(number);
            case FieldRole.Level: facts.Small = number; return LogLevel.Unknown;
            default: return LogLevel.Unknown;
        }
    }

    /// <summary>A whole number, also as text; -1 when it is none.</summary>
    private static long Number(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Number) return reader.TryGetInt64(out long number) ? number : -1;
        return reader.TokenType == JsonTokenType.String && Utf8Parser.TryParse(reader.ValueSpan, out long read, out int used)
            && used == reader.ValueSpan.Length ? read : -1;
    }

    private static string Text(ref Utf8JsonReader reader)
    {
        // Without escapes the bytes are the text, and bytes that are no UTF-8 are replaced instead of refused.
        if (!reader.ValueIsEscaped) return Encoding.UTF8.GetString(reader.ValueSpan);
        try { return reader.GetString()!; }
        catch (InvalidOperationException) { return Encoding.UTF8.GetString(reader.ValueSpan); }
    }

    /// <summary>What tells the level of an object that does not name one.</summary>
    private struct Facts
    {
        public Facts() { }

        public string? Template;
        public bool IsGelf, IsCompact, IsRequest, HasError;
        public long Small = -1, Status = -1;
        private bool _isNextcloud, _hasVerbosity;

        public void Hint(string name, JsonTokenType token)
        {
            if (name is "reqId") _isNextcloud = true;
            else if (name is "v") _hasVerbosity = token == JsonTokenType.Number;
            else if (name is "err") HasError = true;
        }

        /// <summary>
        /// A number below ten counts as syslog's where the object is GELF, from the gravest on as Nextcloud's where it is that; where it
        /// may be either, only what is
        /// no more than a warning is believed.
        /// </summary>
        public readonly LogLevel Level(LogDraft draft)
        {
            if (Small >= 0 && _isNextcloud) return Small switch { 0 => LogLevel.Debug, 1 => LogLevel.Information, 2 => LogLevel.Warning,
                3 => LogLevel.Error, _ => LogLevel.Critical };
            if (Small >= 0) return IsGelf || Small >= 3 ? LogLevels.Parse(Small) : LogLevel.Unknown;
            if (Status >= 0 && IsRequest) return LogLevels.OfStatus(Status);
            // Serilog leaves out Information; klog leaves out the level and writes what went wrong as err.
            if (IsCompact) return LogLevel.Information;
            return _hasVerbosity && draft.Message is not null ? HasError ? LogLevel.Error : LogLevel.Information : LogLevel.Unknown;
        }
    }
}
