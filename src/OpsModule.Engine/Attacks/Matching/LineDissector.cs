using System.Buffers.Text;
using OpsModule.Engine.Attacks.Rules;
using OpsModule.Engine.Logs;
using OpsModule.Engine.Logs.Formats;

namespace OpsModule.Engine.Attacks.Matching;

/// <summary>
/// Takes a line apart for rules: an access log by its format, structured lines (JSON, logfmt) field by field and leniently, because a
/// half-written line may hold an attack, too; anything else is a message.
/// </summary>
internal sealed class LineDissector(FieldMeanings meanings, LogClock clock)
{
    public void Dissect(ReadOnlySpan<byte> line, LineParts parts)
    {
        parts.Clear();
        if (line.IsEmpty) return;
        int begin = SkipBlanks(line);
        if (begin < line.Length && line[begin] == '{') JsonStrings.Read(line, begin, meanings, clock, parts);
        else if (AccessLine.TryParse(line, out AccessLine access)) AddAccess(line, access, parts);
        else if (IsLogfmt(line)) LogfmtPairs.Read(line, meanings, clock, parts);
        else AddPlain(line, parts);
    }

    private static void AddAccess(ReadOnlySpan<byte> line, in AccessLine access, LineParts parts)
    {
        parts.Client = Place(line, access.Client);
        parts.Method = Place(line, access.Method);
        parts.Status = access.Status;
        parts.Bytes = access.Bytes;
        parts.Time = access.Time;
        if (access.Target.IsEmpty)
        {
            (int start, int length) = Place(line, access.Request).GetOffsetAndLength(line.Length);
            parts.Add(new LineField(RuleTarget.Malformed, start, length));
        }
        else
        {
            (int start, int length) = Place(line, access.Target).GetOffsetAndLength(line.Length);
            parts.AddTarget(line, start, length);
        }
        if (!access.Referrer.IsEmpty && !access.Referrer.SequenceEqual("-"u8))
        {
            (int start, int length) = Place(line, access.Referrer).GetOffsetAndLength(line.Length);
            parts.AddReferrer(line, start, length);
        }
        AddPart(line, access.Agent, RuleTarget.Agent, parts);
        AddPart(line, access.User, RuleTarget.User, parts);
    }

    private static void AddPart(ReadOnlySpan<byte> line, ReadOnlySpan<byte> part, RuleTarget kind, LineParts parts)
    {
        if (part.IsEmpty || (part.Length == 1 && part[0] == '-')) return;
        (int start, int length) = Place(line, part).GetOffsetAndLength(line.Length);
        parts.Add(new LineField(kind, start, length));
    }

    /// <summary>A message, or a statement that a database server logged.</summary>
    private void AddPlain(ReadOnlySpan<byte> line, LineParts parts)
    {
        if (LogTime.TryIso(line, clock.Offset, out DateTimeOffset time, out int length) || LogTime.TrySlashed(line, clock.Offset, out time, out length)
            || LogTime.TrySyslog(line, clock, out time, out length)) parts.Time = time;
        else length = 0;
        parts.Client = ClientAddress.Find(line);
        int statement = StatementLog.Find(line);
        if (statement < 0)
        {
            parts.Add(new LineField(RuleTarget.Message, length, line.Length - length));
            AddValue(line, length, parts);
            return;
        }
        parts.Add(new LineField(RuleTarget.Message, length, Math.Max(0, statement - length)));
        parts.Add(new LineField(RuleTarget.Statement, statement, line.Length - statement));
    }

    /// <summary>What stands behind the first <c>name=</c> of a sentence is most likely a value that came from outside.</summary>
    private static void AddValue(ReadOnlySpan<byte> line, int from, LineParts parts)
    {
        int equals = line[from..].IndexOf((byte)'=');
        if (equals <= 0 || !Decoding.Characters.IsWord(line[from + equals - 1])) return;
        int start = from + equals + 1;
        parts.Add(new LineField(RuleTarget.Field, start, line.Length - start));
    }

    /// <summary>At least two <c>name=</c> of which the first begins the line.</summary>
    private static bool IsLogfmt(ReadOnlySpan<byte> line)
    {
        int equals = line.IndexOf((byte)'=');
        if (equals is <= 0 or > 40 || line[..equals].IndexOfAnyExcept(LogfmtPairs.NameBytes) >= 0) return false;
        return line[(equals + 1)..].IndexOf((byte)'=') > 0;
    }

    private static int SkipBlanks(ReadOnlySpan<byte> line)
    {
        int i = 0;
        while (i < line.Length && line[i] is (byte)' ' or (byte)'\t') i++;
        return i;
    }

    /// <summary>Where a part of the line stands in it.</summary>
    private static Range Place(ReadOnlySpan<byte> line, ReadOnlySpan<byte> part)
    {
        if (part.IsEmpty) return default;
        if (!line.Overlaps(part, out int start)) return default;
        return start..(start + part.Length);
    }

    /// <summary>A number, or -1.</summary>
    internal static long Number(ReadOnlySpan<byte> text) => Utf8Parser.TryParse(text, out long value, out int used) && used == text.Length ? value : -1;
}
