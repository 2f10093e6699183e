using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OpsModule.Engine.Areas.Attacks.Matching;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Attacks;

/// <summary>The searches for many texts find what looking for each of them finds.</summary>
public sealed class FragmentSearchTests
{
    // Few different bytes, so that there is something to find; pairs that differ in one half only, and letters of both cases.
    private static readonly Gen<byte> Bytes = Gen.Elements<byte>((byte)'a', (byte)'A', (byte)'b', (byte)'q', (byte)'[', (byte)'{', (byte)'@', 0, 0x0a, 0x80, 0xc3, 0xa9, 0xff);

    [Fact]
    public void A_fragment_is_found_in_the_first_line_that_has_one()
    {
        var sample = Gen.Zip(Bytes.ListOf().Where(f => f.Count >= 2).Select(f => f.Take(9).ToArray()).ListOf().Where(f => f.Count > 0), Bytes.ListOf());
        Check.One(Proof.Config(6000, 300).WithEndSize(120), Prop.ForAll(sample.ToArbitrary(), source =>
        {
            byte[][] fragments = [.. source.Item1.Take(40)];
            byte[] text = [.. source.Item2];
            var finder = new FragmentFinder(fragments);
            for (int from = 0; from <= text.Length; from++)
            {
                (int expected, int found) = (Naive(fragments, text, from), finder.IndexOf(text, from));
                Assert.Equal(expected < 0, found < 0);
                if (found < 0) continue;
                Assert.True(found >= from && Stands(fragments, text, found));
                if (!fragments.Any(f => f.Contains((byte)'\n'))) Assert.Equal(text.Take(expected).Count(b => b == '\n'), text.Take(found).Count(b => b == '\n'));
            }
        }));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(33)]
    [InlineData(34)]
    [InlineData(100)]
    public void A_fragment_is_found_at_every_place_of_a_text(int length)
    {
        var finder = new FragmentFinder([.. new[] { "ab", "Union", "../", "é!" }.Select(Encoding.UTF8.GetBytes)]);
        foreach (string fragment in new[] { "AB", "uNION", "../", "é!" })
        {
            byte[] bytes = Encoding.UTF8.GetBytes(fragment);
            for (int place = 0; place + bytes.Length <= length; place++)
            {
                byte[] text = new byte[length];
                bytes.CopyTo(text, place);
                Assert.Equal(place, finder.IndexOf(text, 0));
                Assert.Equal(-1, finder.IndexOf(text, place + 1));
            }
        }
    }

    [Fact]
    public void Literals_are_found_where_they_occur()
    {
        var sample = Gen.Zip(Bytes.NonEmptyListOf().Select(f => f.Take(6).ToArray()).ListOf(), Bytes.ListOf());
        Check.One(Proof.Config(6000, 300).WithEndSize(100), Prop.ForAll(sample.ToArbitrary(), source =>
        {
            (byte[] Text, int Id)[] literals = [.. source.Item1.Select((l, i) => (l, i % 70))];
            byte[] text = [.. source.Item2];
            ulong[] bits = new ulong[2], expected = new ulong[2];
            new LiteralAutomaton(literals).Find(text, bits);
            foreach ((byte[] literal, int id) in literals)
                if (text.AsSpan().IndexOf(literal) >= 0) expected[id >> 6] |= 1UL << id;
            Assert.Equal(expected, bits);
        }));
    }

    private static int Naive(byte[][] fragments, byte[] text, int from)
    {
        for (int i = from; i < text.Length; i++)
            if (Stands(fragments, text, i)) return i;
        return -1;
    }

    private static bool Stands(byte[][] fragments, byte[] text, int place) =>
        fragments.Any(f => place + f.Length <= text.Length && f.Select(Lower).SequenceEqual(text.Skip(place).Take(f.Length).Select(Lower)));

    private static byte Lower(byte b) => b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b + 32) : b;
}
