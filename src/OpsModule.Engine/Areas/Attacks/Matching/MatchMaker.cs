using System.Text;
using OpsModule.Engine.Areas.Attacks.Decoding;
using OpsModule.Engine.Areas.Attacks.Logins;
using OpsModule.Engine.Areas.Attacks.Rules;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>Makes matches of what was found in a line.</summary>
internal sealed class MatchMaker(AttackQuery query)
{
    private const int LongestRaw = 4000, LargeAnswer = 1024, LongestLogin = 1024;

    private readonly List<LineHit> _best = [];

    /// <summary>Adds the matches of a line to the list.</summary>
    public void Make(LineMatcher matcher, ReadOnlySpan<byte> line, string source, long offset, long number, List<AttackMatch> matches)
    {
        LineParts parts = matcher.Parts;
        if (parts.Time < query.Since || parts.Time > query.Until) return;
        ReadOnlySpan<byte> inner = matcher.Line(line);
        foreach (LineHit hit in Chosen(matcher.Hits))
        {
            AttackSeverity severity = Severity(hit, parts);
            if (severity < query.MinSeverity) continue;
            matches.Add(new AttackMatch
            {
                Rule = hit.Rule.Id,
                Category = hit.Rule.Category,
                Severity = severity,
                Confidence = hit.Confidence,
                Time = parts.Time,
                Source = source,
                Line = number,
                ByteOffset = offset,
                Login = hit.Rule.Category == AttackCategory.AuthenticationFailure
                    ? LoginLine.Read(Encoding.Latin1.GetString(inner[..Math.Min(inner.Length, LongestLogin)])) : null,
                ClientAddress = Text(inner, parts.Client),
                Tenant = Text(inner, parts.Tenant),
                Method = query.CountOnly ? null : Text(inner, parts.Method),
                Path = Text(inner, parts.Path),
                UserAgent = Agent(inner, parts),
                StatusCode = parts.Status == 0 ? null : parts.Status,
                MatchedText = hit.Text,
                DecodedFrom = query.CountOnly ? [] : DecodeTrails.Words(hit.Trail),
                Mitre = hit.Rule.Mitre,
                Owasp = hit.Rule.Owasp,
                Message = hit.Rule.Title,
                Raw = query.CountOnly ? "" : Encoding.UTF8.GetString(line[..Math.Min(line.Length, LongestRaw)]),
            });
        }
    }

    /// <summary>The surest and gravest of each category, or all.</summary>
    private IReadOnlyList<LineHit> Chosen(IReadOnlyList<LineHit> hits)
    {
        _best.Clear();
        foreach (LineHit hit in hits)
        {
            if (hit.Confidence < query.MinConfidence) continue;
            int same = query.Everything ? -1 : _best.FindIndex(b => b.Rule.Category == hit.Rule.Category);
            if (same < 0) _best.Add(hit);
            else if ((hit.Confidence, hit.Rule.Severity).CompareTo((_best[same].Confidence, _best[same].Rule.Severity)) > 0) _best[same] = hit;
        }
        return _best;
    }

    /// <summary>An answer with something in it, or a crash, weighs more than a refusal.</summary>
    private static AttackSeverity Severity(LineHit hit, LineParts parts)
    {
        if (!hit.Rule.RaisedByOutcome) return hit.Rule.Severity;
        // In what people may have written themselves, a rule that is not quite sure does not wake anybody.
        if (hit.InText && hit.Confidence < AttackConfidence.High) return (AttackSeverity)Math.Max(0, (int)hit.Rule.Severity - 1);
        int step = parts.Status switch
        {
            >= 200 and < 300 when parts.Bytes >= LargeAnswer => 1,
            >= 500 and < 600 and not 503 => 1,
            400 or 401 or 403 or 404 or 405 or 410 or 429 => -1,
            _ => 0,
        };
        return (AttackSeverity)Math.Clamp((int)hit.Rule.Severity + step, (int)AttackSeverity.Information, (int)AttackSeverity.Critical);
    }

    private static string? Agent(ReadOnlySpan<byte> line, LineParts parts)
    {
        foreach (LineField field in parts.Fields)
            if (field.Kind == RuleTarget.Agent) return Text(line, field.Start..(field.Start + field.Length));
        return null;
    }

    private static string? Text(ReadOnlySpan<byte> line, Range range)
    {
        (int start, int length) = range.GetOffsetAndLength(line.Length);
        return length == 0 ? null : Encoding.UTF8.GetString(line.Slice(start, Math.Min(length, LongestRaw)));
    }
}
