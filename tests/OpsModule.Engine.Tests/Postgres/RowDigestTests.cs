using System.Text;
using OpsModule.Connections.Postgres;
using OpsModule.Foundations.Bytes;

namespace OpsModule.Engine.Tests.Postgres;

public sealed class RowDigestTests
{
    // Values of the reference implementation (xxhsum -H1).
    [Theory]
    [InlineData("", 0xEF46DB3751D8E999)]
    [InlineData("a", 0xD24EC4F1A98C6E5B)]
    [InlineData("abc", 0x44BC2CF5AD770999)]
    [InlineData("Nobody inspects the spammish repetition", 0xFBCEA83C8A378BF1)]
    public void Hash_is_XXH64(string text, ulong expected) => Assert.Equal(expected, XxHash64.Hash(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Order_and_splitting_do_not_matter_but_content_and_multiplicity_do()
    {
        Assert.Equal(Digest("a\tb\n", "c\n", "\n"), Digest("\nc\na\tb\n"));
        Assert.NotEqual(Digest("a\n"), Digest("a\na\n"));
        Assert.NotEqual(Digest("a\nb\n"), Digest("ab\n\n"));
        Assert.NotEqual(Digest("a\nb\n"), Digest("a\nc\n"));
    }

    [Fact]
    public void Parts_add_up_to_the_whole()
    {
        RowDigest whole = Of("1\n2\n3\n"), part = Of("1\n"), rest = Of("2\n3\n");
        part.Add(rest);
        Assert.Equal((whole.ToString(), whole.Rows, whole.Bytes), (part.ToString(), part.Rows, part.Bytes));
    }

    private static string Digest(params string[] batches) => Of(batches).ToString();

    private static RowDigest Of(params string[] batches)
    {
        var digest = new RowDigest();
        foreach (string batch in batches) digest.Append(Encoding.UTF8.GetBytes(batch));
        return digest;
    }
}
