using System.Text;
using OpsModule.Connections.Postgres;

namespace OpsModule.Engine.Tests.Postgres;

public sealed class RowDigestTests
{
    /// <summary>What manifests hold must be found again by every later version: values that version 0.1.0 wrote, of one row and of one large object.</summary>
    [Theory]
    [InlineData(0, "ef46db3751d8e999f852c04f3af29ff6", "6c7b72cd12ea99771424e598d237106a")]
    [InlineData(1, "b44db434d1de217c5b4da96dd9e6105e", "f8b2ee3125047b4c4edb59637b972c84")]
    [InlineData(3, "2b08bdecab48fba78868a55ac931f0dc", "6599c96470318cf38b04720f16c05b96")]
    [InlineData(4, "6c3bca1d8c06c24fd386c04ceefdbb5b", "66e2c6d1f861b447042c01b7898261bd")]
    [InlineData(7, "00147331f0006acf97a05b5d2f4fc2d2", "1850381fa8b70c6b0b09ea131d43eedf")]
    [InlineData(8, "6f25a84d5209bf5112da9f2e5141ed79", "9e7fc98ac3c12abdbbfb7464e2de1a13")]
    [InlineData(15, "9b400e2782a7ea0d5373d94452f2e229", "fbc20daeac7abda77d764e15337ac073")]
    [InlineData(31, "97ec9ccc6cbc2f8611b4607baaebc0ed", "a0ebfe079e8d36924b2d973bfc0e8b74")]
    [InlineData(32, "c59d503123bb2d2312ddfa4b011cd1cd", "f03b5f8ea482033070e611bf70edc710")]
    [InlineData(33, "414215fa9d3ae8e99e7c77e29b32e87f", "4c919d44a074e181434b0479c50448e3")]
    [InlineData(63, "14cd24afc8a833adb33285e194ed09f7", "103a62015d499e9e5246745c4502e8c9")]
    [InlineData(64, "6872d1c45968445decdf142e527ff37e", "0f363fe36f98da9904997400b9635c52")]
    [InlineData(100, "530a9624e1e070a7185b0760ec6bbbcf", "037194b4cb5dd62d373e6f7e27228d65")]
    [InlineData(1000, "13f0b7ac7c2f92637ae66fcc68963dd1", "3c79c09fdf4951d840b6f391cd0156d3")]
    [InlineData(16384, "e9a277a9b8a320ab1943cfb37e1a36da", "85e0b1fe8350152c8d06f3f39916de8c")]
    [InlineData(50000, "030491e95fc1d016d02d8c17ab36f8b0", "6601c2c0228d727c3a72544d1d5f86fa")]
    public void Digests_are_those_that_manifests_hold(int length, string row, string large)
    {
        byte[] content = new byte[length];
        uint state = 20261128;
        for (int i = 0; i < length; i++) content[i] = (byte)((state = state * 1664525 + 1013904223) >> 24);
        var digest = new RowDigest();
        digest.Append([.. content.Select(b => b == '\n' ? (byte)'\v' : b), (byte)'\n']);
        Assert.Equal(row, digest.ToString());

        var objects = new RowDigest();
        var hash = new LargeObjectHash(4711);
        foreach (byte[] piece in content.Chunk(700)) hash.Append(piece);
        objects.AppendLargeObject(hash);
        Assert.Equal(large, objects.ToString());
    }

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
