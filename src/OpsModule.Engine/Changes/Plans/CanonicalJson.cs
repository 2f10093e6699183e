using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OpsModule.Engine.Changes.Plans;

/// <summary>
/// JSON as RFC 8785 (JCS) writes it: members in the order of their UTF-16 code units, no blanks, and only those characters escaped that
/// must be. Numbers are whole ones within 2^53, which is all that plans hold.
/// </summary>
public static class CanonicalJson
{
    private const long Largest = 1L << 53;

    /// <summary>Writes a value.</summary>
    /// <exception cref="ArgumentException">A number that is not whole or too large, or text with half a surrogate pair.</exception>
    public static byte[] Write(JsonNode? value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(text.ToString());
    }

    private static void Append(StringBuilder text, JsonNode? value)
    {
        switch (value)
        {
            case null: text.Append("null"); break;
            case JsonObject members: AppendAll(text, '{', '}', members.OrderBy(m => m.Key, StringComparer.Ordinal), member => { Quote(text, member.Key); text.Append(':'); Append(text, member.Value); }); break;
            case JsonArray items: AppendAll(text, '[', ']', items, item => Append(text, item)); break;
            default: AppendScalar(text, value); break;
        }
    }

    private static void AppendAll<T>(StringBuilder text, char open, char close, IEnumerable<T> all, Action<T> append)
    {
        text.Append(open);
        bool first = true;
        foreach (T one in all)
        {
            if (!first) text.Append(',');
            first = false;
            append(one);
        }
        text.Append(close);
    }

    private static void AppendScalar(StringBuilder text, JsonNode value)
    {
        switch (value.GetValueKind())
        {
            case JsonValueKind.True: text.Append("true"); break;
            case JsonValueKind.False: text.Append("false"); break;
            case JsonValueKind.String: Quote(text, value.GetValue<string>()); break;
            default:
                if (!long.TryParse(value.ToJsonString(), System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out long number) || Math.Abs(number) > Largest)
                    throw new ArgumentException($"A plan holds no number such as {value.ToJsonString()}.", nameof(value));
                text.Append(number.ToString(System.Globalization.CultureInfo.InvariantCulture));
                break;
        }
    }

    private static readonly SearchValues<char> Special = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(c => (char)c), '"', '\\']);

    private static void Quote(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (char c in value)
        {
            if (!Special.Contains(c)) { text.Append(c); continue; }
            text.Append(c switch
            {
                '"' => "\\\"", '\\' => "\\\\", '\b' => "\\b", '\t' => "\\t", '\n' => "\\n", '\f' => "\\f", '\r' => "\\r",
                _ => $"\\u{(int)c:x4}",
            });
        }
        text.Append('"');
    }
}
