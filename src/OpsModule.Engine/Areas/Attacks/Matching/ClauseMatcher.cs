using System.Net;
using System.Text;
using OpsModule.Engine.Areas.Attacks.Allowing;
using OpsModule.Engine.Areas.Attacks.Decoding;
using OpsModule.Engine.Areas.Attacks.Formats;
using OpsModule.Engine.Areas.Attacks.Rules;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>A clause ready to be asked.</summary>
internal sealed class CompiledClause(RuleClause clause)
{
    private readonly LinearRegex? _pattern = clause.Pattern is { } pattern ? LinearRegex.Of(pattern) : null;
    private readonly IPNetwork[] _clients = [.. clause.Clients.Select(c => AllowEntry.ParseNetwork(c)!.Value)];
    private readonly byte[][] _methods = [.. clause.Method.Select(Encoding.UTF8.GetBytes)];

    /// <summary>True when all of it holds for a line that was taken apart.</summary>
    public bool Holds(ReadOnlySpan<byte> line, LineParts parts, TextDecoder decoder)
    {
        if (clause.Status.Count > 0 && !clause.Status.Contains(parts.Status)) return false;
        if (_methods.Length > 0 && !IsMethod(line[parts.Method])) return false;
        if (_clients.Length > 0 && !IsClient(line[parts.Client])) return false;
        if (_pattern is null) return true;
        foreach (LineField field in parts.Fields)
        {
            if ((field.Kind & clause.Target) == 0) continue;
            decoder.Set(line.Slice(field.Start, field.Length), field.IsForm, field.Json);
            if (_pattern.Match(Encoding.Latin1.GetString(decoder[clause.Decode])).Success) return true;
        }
        return false;
    }

    private bool IsMethod(ReadOnlySpan<byte> method)
    {
        foreach (byte[] one in _methods)
            if (Ascii.EqualsIgnoreCase(method, one)) return true;
        return false;
    }

    private bool IsClient(ReadOnlySpan<byte> client)
    {
        if (AddressText.Parse(client) is not { } address) return false;
        return _clients.Any(c => c.Contains(address));
    }
}

/// <summary>Asks what rules say of the rest of a line. For one thread.</summary>
internal sealed class ClauseMatcher
{
    private readonly TextDecoder _decoder = new();

    /// <summary>True when all of <c>also</c> hold and none of <c>except</c>.</summary>
    public bool Holds(CompiledRule rule, ReadOnlySpan<byte> line, LineParts parts)
    {
        foreach (CompiledClause clause in rule.Also)
            if (!clause.Holds(line, parts, _decoder)) return false;
        foreach (CompiledClause clause in rule.Except)
            if (clause.Holds(line, parts, _decoder)) return false;
        return true;
    }
}
