using System.Text;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>
/// What fields of a structured line say of a request's method, status and time. The outermost counts. Two fields of one name that say
/// different things mean that
/// somebody has closed a text early: then nothing is said.
/// </summary>
internal sealed class ToldFields
{
    private struct Told
    {
        public int Depth;
        public Range Name;
        public bool IsDoubtful;
    }

    private Told _method, _status, _time;

    public void Clear() => (_method, _status, _time) = (default, default, default);

    public void TakeMethod(ReadOnlySpan<byte> line, Range value, int depth, LineParts parts)
    {
        bool same = line[parts.Method].SequenceEqual(line[value]);
        if (Takes(ref _method, line, default, depth, same)) parts.Method = value;
        if (_method.IsDoubtful) parts.Method = default;
    }

    public void TakeStatus(ReadOnlySpan<byte> line, Range name, int status, int depth, LineParts parts)
    {
        if (Takes(ref _status, line, name, depth, parts.Status == status)) parts.Status = status;
        if (_status.IsDoubtful) parts.Status = 0;
    }

    public void TakeTime(ReadOnlySpan<byte> line, Range name, DateTimeOffset time, int depth, LineParts parts)
    {
        if (Takes(ref _time, line, name, depth, parts.Time == time)) parts.Time = time;
        if (_time.IsDoubtful) parts.Time = null;
    }

    /// <summary>Where one thing is told twice, nothing of the same kind is believed.</summary>
    public void Settle(LineParts parts)
    {
        if (!_method.IsDoubtful && !_status.IsDoubtful && !_time.IsDoubtful) return;
        (parts.Status, parts.Time, parts.Method) = (0, null, default);
    }

    /// <summary>True when what is told counts: it is the first, or stands further outside.</summary>
    private static bool Takes(ref Told told, ReadOnlySpan<byte> line, Range name, int depth, bool same)
    {
        if (told.Depth == 0 || depth < told.Depth)
        {
            told = new Told { Depth = depth, Name = name };
            return true;
        }
        if (depth > told.Depth) return false;
        if (!same && Ascii.EqualsIgnoreCase(line[told.Name], line[name])) told.IsDoubtful = true;
        return false;
    }
}
