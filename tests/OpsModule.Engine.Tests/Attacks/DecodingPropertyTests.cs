using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OpsModule.Engine.Areas.Attacks.Decoding;
using OpsModule.Engine.Areas.Attacks.Matching;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Attacks;

/// <summary>What holds for any bytes: decoding never throws, ends, and never makes a text longer.</summary>
public sealed class DecodingPropertyTests
{
    private static readonly string[] Pieces =
    [
        "%", "%2", "%27", "%25", "%u", "%u002f", "%uD83D", "%c0", "%ae", "%qf", "&", "&lt", "&lt;", "&#", "&#x3c;", "&#1114112;", "&#99999999999999;", "&colon;", "\\", "\\u", "\\u003c", "\\ud83d\\ude00",
        "\\udc00", "\\x3c", "\\074", "\\u{1f600}", "\\u{}", "0x", "0x2e", "0x61646d", "/*", "*/", "/*!", "50000", "char(", "97", ",", ")", "chr(0x41)", "'||'", "'+'", "a'", "'", "\"", "$ifs", "${ifs", "}", "${",
        "${lower:", "${::-j}", "jndi:", ":-", "$@", "$()", "``", "[a]", "/", "..", "..2f", "/./", " ", "\t", "\n", "\0", "é", "＜", "\u200B", "Li4vLi4vZXRjL3Bhc3N3ZA==", "a", "B", "GET /?q=", "{\"q\":\"", "\"}", " HTTP/1.1\" 200 1 \"-\" \"-\"",
        "1.2.3.4 - - [21/Nov/2026:03:16:00 +0000] \"", "q=", "tenant=a ", "path=/tenants/b ",
    ];

    private static readonly Arbitrary<byte[]> Texts =
        Gen.OneOf(Gen.Elements(Pieces).Select(Encoding.UTF8.GetBytes), ArbMap.Default.GeneratorFor<byte[]>()).ListOf().Select(parts => parts.SelectMany(p => p).ToArray()).ToArbitrary();

    [Fact]
    public void No_layer_makes_a_text_longer() => ForAny(bytes =>
    {
        var ignored = DecodeTrail.None;
        return UrlDecoding.Decode([.. bytes], ref ignored) <= bytes.Length
            && ByteDecoding.Decode([.. bytes], ref ignored) <= bytes.Length
            && ByteDecoding.DecodeHex([.. bytes], ref ignored) <= bytes.Length
            && HtmlDecoding.Decode([.. bytes], ref ignored) <= bytes.Length
            && EscapeDecoding.Decode([.. bytes], ref ignored) <= bytes.Length
            && EscapeDecoding.DecodeJson([.. bytes]) <= bytes.Length
            && PlainText.Fold([.. bytes]) <= bytes.Length;
    });

    [Fact]
    public void No_view_is_longer_than_what_was_written() => ForAny(bytes =>
    {
        var decoder = new TextDecoder();
        return new[] { (false, false), (true, false), (false, true) }.All(form =>
        {
            decoder.Set(bytes, form.Item1, form.Item2);
            // Quotes around what CHAR() and 0x spell are the only bytes that are added: at most as many as the call had.
            return Enum.GetValues<TextView>().All(view => decoder[view].Length <= bytes.Length);
        });
    });

    [Fact]
    public void Small_letters_and_single_blanks_are_final() => ForAny(bytes =>
    {
        byte[] once = Folded(bytes);
        return once.AsSpan().SequenceEqual(Folded(once));
    });

    [Fact]
    public void A_view_of_a_plain_text_is_the_text() => ForAny(bytes =>
    {
        // Letters and digits hold no disguise, whatever they are.
        string plain = string.Concat(bytes.Select(b => (char)('a' + b % 26)));
        return Enum.GetValues<TextView>().All(view => Decoded.As(view, plain) == plain);
    });

    [Fact]
    public void Undoing_all_layers_once_more_changes_nothing_where_few_were_there() => ForAny(bytes =>
    {
        string written = Uri.EscapeDataString(Encoding.ASCII.GetString([.. bytes.Select(b => (byte)('!' + b % 90))]).Replace("%", "").Replace("&", "").Replace("\\", "").Replace("0", ""));
        string once = Decoded.As(TextView.Text, written);
        return Decoded.As(TextView.Text, once) == once;
    });

    [Fact]
    public void Base64_that_was_found_can_be_asked_for() => ForAny(bytes =>
    {
        foreach (Range range in Base64Values.Find(bytes))
            if (Base64Values.Decode(bytes.AsSpan(range)) is { } inner && inner.Length > bytes.Length) return false;
        return true;
    });

    [Fact]
    public void A_line_of_anything_is_matched_without_an_exception()
    {
        var set = new RuleSet(RuleCatalog.Own);
        var matcher = new LineMatcher(set, new LineDissector(new FieldMeanings(), LogClock.Utc(TimeProvider.System)));
        Check.One(Proof.Config(20000, 1000), Prop.ForAll(Texts, bytes => matcher.Match(bytes) == matcher.Hits.Count > 0));
    }

    private static byte[] Folded(byte[] bytes)
    {
        byte[] copy = [.. bytes];
        return copy[..PlainText.Fold(copy)];
    }

    private static void ForAny(Func<byte[], bool> holds) => Check.One(Proof.Config(40000, 2000), Prop.ForAll(Texts, holds));
}
