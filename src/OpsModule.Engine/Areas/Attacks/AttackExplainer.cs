using System.Text;
using OpsModule.Engine.Areas.Attacks.Decoding;
using OpsModule.Engine.Areas.Attacks.Matching;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Areas.Logs;

namespace OpsModule.Engine.Areas.Attacks;

/// <summary>Why a rule matched.</summary>
/// <param name="Part">Which part of the line it was in.</param>
/// <param name="Field">The name of the parameter or field; null where there is none.</param>
/// <param name="AsWritten">That part as it stands in the log.</param>
/// <param name="Decoded">The same as the rule saw it.</param>
/// <param name="Pattern">The rule's expression.</param>
public sealed record AttackExplanation(RuleTarget Part, string? Field, string AsWritten, string Decoded, string Pattern)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Part}{(Field is null ? "" : " " + Field)}: {AsWritten} -> {Decoded} =~ {Pattern}";
}

/// <summary>Finds out again, from the line of a match, in which part and form of it the rule matched. For one thread.</summary>
public sealed class AttackExplainer(AttackQuery query, TimeProvider time)
{
    private readonly Dictionary<string, CompiledRule> _rules = (query.Rules ?? RuleCatalog.Own).ToDictionary(r => r.Id, r => new CompiledRule(r, 0), StringComparer.Ordinal);
    private readonly LineDissector _dissector = LineDissector.For(query, LogClock.Local(time));
    private readonly TextDecoder _decoder = new();
    private readonly TextBuffer _inner = new();
    private readonly LineParts _parts = new();

    /// <summary>The explanation; null when the line is too long to have been kept whole.</summary>
    public AttackExplanation? Explain(AttackMatch match)
    {
        if (!_rules.TryGetValue(match.Rule, out CompiledRule? rule)) return null;
        ReadOnlySpan<byte> line = Encoding.UTF8.GetBytes(match.Raw);
        if (rule.Rule.Target == RuleTarget.Line)
        {
            _decoder.Set(line);
            return Find(rule, RuleTarget.Line, default, line);
        }
        if (LineWrapping.TryUnwrap(line, _inner, out _)) line = _inner.Span;
        _dissector.Dissect(line, _parts);
        if (rule.Rule.Condition == RuleCondition.TenantDiffers) return Tenants(line);
        foreach (LineField field in _parts.Fields)
        {
            ReadOnlySpan<byte> name = line.Slice(field.NameStart, field.NameLength), text = line.Slice(field.Start, field.Length);
            if (!rule.LooksAt(field.Kind, name)) continue;
            _decoder.Set(text, form: field.IsForm, json: field.Json);
            if (Find(rule, field.Kind, name, text) is { } found) return found;
            foreach (Range range in Base64Values.Find(text))
            {
                if (Base64Values.Decode(text[range]) is not { } inner) continue;
                _decoder.SetInner(inner);
                if (Find(rule, field.Kind, name, text) is { } hidden) return hidden;
            }
        }
        return null;
    }

    /// <summary>The tenant whose data it is, in the field or the path that tells it, and the one who asked.</summary>
    private AttackExplanation? Tenants(ReadOnlySpan<byte> line)
    {
        Range other = TenantCrossing.Find(line, _parts);
        (int start, int length) = other.GetOffsetAndLength(line.Length);
        if (length == 0) return null;
        string text = Encoding.UTF8.GetString(line[other]), condition = $"{nameof(RuleCondition.TenantDiffers)} from {Encoding.UTF8.GetString(line[_parts.Tenant])}";
        foreach (LineField field in _parts.Fields)
        {
            if (start < field.Start || start + length > field.Start + field.Length) continue;
            ReadOnlySpan<byte> name = line.Slice(field.NameStart, field.NameLength);
            return new AttackExplanation(field.Kind, name.IsEmpty ? null : Encoding.UTF8.GetString(name), text, text, condition);
        }
        return new AttackExplanation(RuleTarget.Field, null, text, text, condition);
    }

    private AttackExplanation? Find(CompiledRule rule, RuleTarget part, ReadOnlySpan<byte> name, ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> decoded = _decoder[rule.Rule.Decode];
        return rule.Find(Encoding.Latin1.GetString(decoded)) is null ? null
            : new AttackExplanation(part, name.IsEmpty ? null : Encoding.UTF8.GetString(name), Encoding.UTF8.GetString(text), Encoding.UTF8.GetString(decoded), rule.Rule.Pattern);
    }
}
