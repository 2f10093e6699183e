using System.Collections.Frozen;
using System.Text;

namespace OpsModule.Engine.Areas.Logs.Formats;

/// <summary>What a field means, by its name.</summary>
internal enum FieldRole
{
    None,
    Time,
    Level,
    Message,
    Template,
}

/// <summary>Turns the bytes of field names into strings, the same string each time, and says what the common ones mean.</summary>
internal sealed class FieldNames
{
    private const int Slots = 1024, LongestKept = 64;

    private static readonly FrozenDictionary<string, FieldRole> Roles = new Dictionary<string, FieldRole>(StringComparer.OrdinalIgnoreCase)
    {
        ["ts"] = FieldRole.Time, ["time"] = FieldRole.Time, ["timestamp"] = FieldRole.Time, ["@timestamp"] = FieldRole.Time, ["@t"] = FieldRole.Time,
        ["t"] = FieldRole.Time, ["asctime"] = FieldRole.Time, ["datetime"] = FieldRole.Time,
        ["level"] = FieldRole.Level, ["severity"] = FieldRole.Level, ["lvl"] = FieldRole.Level, ["loglevel"] = FieldRole.Level, ["log.level"] = FieldRole.Level,
        ["levelname"] = FieldRole.Level, ["@l"] = FieldRole.Level, ["severity_text"] = FieldRole.Level,
        ["msg"] = FieldRole.Message, ["message"] = FieldRole.Message, ["@m"] = FieldRole.Message,
        ["@mt"] = FieldRole.Template, ["event"] = FieldRole.Template,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private readonly Name?[] _slots = new Name?[Slots];

    public Name this[ReadOnlySpan<byte> bytes]
    {
        get
        {
            if (bytes.Length > LongestKept) return Make(bytes);
            uint hash = 2166136261;
            foreach (byte b in bytes) hash = (hash ^ b) * 16777619;
            ref Name? slot = ref _slots[(hash ^ (hash >> 16)) % Slots];
            if (slot is null || !bytes.SequenceEqual(slot.Bytes)) slot = Make(bytes);
            return slot;
        }
    }

    private static Name Make(ReadOnlySpan<byte> bytes)
    {
        string text = Encoding.UTF8.GetString(bytes);
        return new Name(text, bytes.ToArray(), Roles.GetValueOrDefault(text));
    }

    internal sealed record Name(string Text, byte[] Bytes, FieldRole Role);
}
