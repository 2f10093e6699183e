using System.Collections.Frozen;
using System.Text;

namespace OpsModule.Engine.Areas.Logs.Formats;

/// <summary>What a field means, by its name.</summary>
internal enum FieldRole
{
    None,
    Time,
    /// <summary>A level, or in JSON an object that holds one; numbers below ten mean what the other fields say.</summary>
    Level,
    /// <summary>A level whose numbers are syslog's.</summary>
    Syslog,
    /// <summary>A level whose numbers are OpenTelemetry's.</summary>
    Telemetry,
    /// <summary>A level whose numbers are Python's.</summary>
    Python,
    /// <summary>MongoDB's letter.</summary>
    Letter,
    Message,
    Template,
    /// <summary>An object that holds the level, the message or the time, or the message itself.</summary>
    Nested,
    /// <summary>A time, or the level of Heroku's router.</summary>
    At,
    /// <summary>An HTTP status, which stands for a level where there is none.</summary>
    Status,
    /// <summary>Something that only a request has.</summary>
    Request,
    /// <summary>Tells whose numbers a level is in.</summary>
    Hint,
}

/// <summary>Turns the bytes of field names into strings, the same string each time, and says what the common ones mean.</summary>
internal sealed class FieldNames
{
    private const int Slots = 1024, LongestKept = 64;

    private static readonly FrozenDictionary<string, FieldRole> Roles = Make(
        (FieldRole.Time, """
            ts time timestamp @timestamp @t t asctime datetime date dt @ts timeunixnano __realtime_timestamp eventtime event_time
            starttime start_time startutc edgestarttimestamp
            requestreceivedtimestamp time_local time_iso8601 msec local_time log_time logtime log_timestamp timegenerated timecreated
            timemillis epoch instant timestamp_ms timestampseconds
            """),
        (FieldRole.Level, "level lvl loglevel log_level log.level levelname level_name @l @level error_severity log_severity sev level_value"),
        (FieldRole.Syslog, "severity severity_text severitytext priority syslog_severity"),
        (FieldRole.Telemetry, "severitynumber severity_number"),
        (FieldRole.Python, "levelno"),
        (FieldRole.Letter, "s"),
        (FieldRole.Message, "msg message @m @message short_message textpayload renderedmessage formatted_message"),
        (FieldRole.Template, "@mt event messagetemplate"),
        (FieldRole.Nested, "log fields body jsonpayload winlog"),
        (FieldRole.At, "at"),
        (FieldRole.Status, "status status_code statuscode response_code downstreamstatus edgeresponsestatus http_status sc-status"),
        (FieldRole.Request, "request method request_method http_method requestmethod clientrequestmethod request_uri uri url path requestpath clientrequesturi cs-method"),
        (FieldRole.Hint, "reqid remoteaddr short_message v err"));

    private readonly Name?[] _slots = new Name?[Slots];

    public Name this[ReadOnlySpan<byte> bytes]
    {
        get
        {
            if (bytes.Length > LongestKept) return MakeName(bytes);
            uint hash = 2166136261;
            foreach (byte b in bytes) hash = (hash ^ b) * 16777619;
            ref Name? slot = ref _slots[(hash ^ (hash >> 16)) % Slots];
            if (slot is null || !bytes.SequenceEqual(slot.Bytes)) slot = MakeName(bytes);
            return slot;
        }
    }

    private static Name MakeName(ReadOnlySpan<byte> bytes)
    {
        string text = Encoding.UTF8.GetString(bytes);
        return new Name(text, bytes.ToArray(), Roles.GetValueOrDefault(text));
    }

    private static FrozenDictionary<string, FieldRole> Make(params (FieldRole Role, string Names)[] roles)
    {
        var all = new Dictionary<string, FieldRole>(StringComparer.OrdinalIgnoreCase);
        foreach ((FieldRole role, string names) in roles)
            foreach (string name in names.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)) all.TryAdd(name, role);
        return all.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    internal sealed record Name(string Text, byte[] Bytes, FieldRole Role);
}
