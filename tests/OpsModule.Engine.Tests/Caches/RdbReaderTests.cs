using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using OpsModule.Connections.Redis.Rdb;
using OpsModule.Engine.Areas.Backups.Contents;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Caches;

/// <summary>The reader of RDB against what a real server writes, and what redis-check-rdb says of it.</summary>
public sealed class RdbReaderTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static byte[]? _dump;

    [Fact]
    public void The_checksum_is_that_of_the_reference() => Assert.Equal(0xe9c6d914c4b8d9ca, RdbCrc.Append(0, "123456789"u8));

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(100_001)]
    public void The_checksum_does_not_depend_on_how_the_bytes_come(int length)
    {
        byte[] bytes = new byte[length];
        Proof.Random(length).NextBytes(bytes);
        ulong one = 0;
        foreach (byte b in bytes) one = RdbCrc.Append(one, [b]);
        Assert.Equal(one, RdbCrc.Append(0, bytes));
        Assert.Equal(one, RdbCrc.Append(RdbCrc.Append(0, bytes.AsSpan(0, length / 3)), bytes.AsSpan(length / 3)));
    }

    [Fact]
    public async Task It_counts_what_the_server_has()
    {
        byte[] dump = await DumpAsync();
        var counter = new KeyCounter();
        RdbFacts rdb = RdbReader.Walk(new MemoryStream(dump), counter, default);
        CacheFacts facts = counter.Facts(rdb);
        int port = await FilledAsync();
        Assert.Equal((10, "7.0.15"[..3], 1, true), (rdb.Version, rdb.ServerVersion![..3], rdb.Functions, rdb.HasChecksum));
        Assert.Equal([(0, await CacheFiller.CountAsync(port)), (3, 2L)], facts.Databases.Select(d => (d.Number, d.Keys)));
        Assert.Equal([40L, 1L], facts.Databases.Select(d => d.Expiring));
        Assert.Equal(["string", "list", "set", "zset", "hash", "stream"], facts.Types.Select(t => t.Name));
        foreach ((string name, string type, long elements) in counter.Seen.Where(s => s.Database == 0).Select(s => (s.Name, s.Type, s.Elements)))
        {
            if (name.Contains('\0', StringComparison.Ordinal)) continue;
            Assert.Equal(type, await CacheFiller.RunAsync(port, $"type {name}\n"));
            string command = type switch { "string" => "exists", "list" => "llen", "set" => "scard", "zset" => "zcard", "hash" => "hlen", _ => "xlen" };
            Assert.Equal($"{name} {elements}", $"{name} {await CacheFiller.RunAsync(port, $"{command} {name}\n")}");
        }
        Assert.Contains(counter.Seen, s => s.Name == "t:demo:bin\0\u00ff\r\n");
        Assert.Contains(counter.Seen, s => s.Name == new string('k', 300));
    }

    [Fact]
    public async Task It_counts_what_redis_check_rdb_counts()
    {
        using var folder = new TempFolder();
        await File.WriteAllBytesAsync(folder["dump.rdb"], await DumpAsync());
        var info = new ProcessStartInfo("redis-check-rdb", [folder["dump.rdb"]]) { RedirectStandardOutput = true };
        using Process check = Process.Start(info)!;
        string said = await check.StandardOutput.ReadToEndAsync();
        var counter = new KeyCounter();
        CacheFacts facts = counter.Facts(RdbReader.Walk(new MemoryStream(await DumpAsync()), counter, default));
        Assert.Contains("Checksum OK", said, StringComparison.Ordinal);
        Assert.Contains($"] {facts.Keys} keys read", said, StringComparison.Ordinal);
        Assert.Contains($"{facts.Expiring} expires", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_payload_is_what_dump_gives()
    {
        var payloads = new PayloadKeeper();
        int port = await FilledAsync();
        RdbReader.Walk(new MemoryStream(await DumpAsync()), payloads, default);
        foreach (string name in new[] { "number:16", "text:packed", "list:large", "list:small", "set:ints", "zset:small", "zset:large", "hash:small", "stream", "hll" })
        {
            string dumped = await CacheFiller.RunAsync(port, $"dump {name}\n", "--no-raw");
            Assert.True(dumped == Quoted(payloads.Of[name]), name);
        }
    }

    [Theory]
    [InlineData("maxmemory-policy allkeys-lfu", true, false)]
    [InlineData("maxmemory-policy allkeys-lru", false, true)]
    [InlineData("rdbcompression no", false, false)]
    public async Task What_a_policy_or_a_setting_writes_is_read(string setting, bool frequency, bool idle)
    {
        int port = await redis.StartAsync("set" + setting.GetHashCode(StringComparison.Ordinal), $"save \"\"\n{setting}");
        await CacheFiller.FillAsync(port, 5);
        var counter = new KeyCounter();
        RdbFacts rdb = RdbReader.Walk(new MemoryStream(await DumpAsync(port)), counter, default);
        Assert.Equal(await CacheFiller.CountAsync(port) + 2, rdb.Keys);
        Assert.All(counter.Seen, s => Assert.Equal((frequency, idle), (s.HasFrequency, s.HasIdle)));
    }

    [Fact]
    public async Task A_server_without_checksums_is_told_apart()
    {
        int port = await redis.StartAsync("nosum", "save \"\"\nrdbchecksum no");
        await CacheFiller.FillAsync(port, 2);
        Assert.False(RdbReader.Walk(new MemoryStream(await DumpAsync(port)), new KeyCounter(), default).HasChecksum);
    }

    /// <summary>Types of other versions, as rdb.c of those versions writes them; redis-check-rdb of 7.0 reads the older ones as well.</summary>
    [Theory]
    [InlineData(9, 1, "02 0161 0162", "list", 2)]
    [InlineData(9, 3, "02 0161 FE 0162 03312E35", "zset", 2)]
    [InlineData(9, 4, "01 0161 0162", "hash", 1)]
    [InlineData(9, 9, "09 02 01 61 01 00 62 FF 00 00", "hash", 2)]
    [InlineData(9, 11, "0C 02000000 02000000 01000200", "set", 2)]
    [InlineData(9, 10, "0E 0E000000 0A000000 0100 00F2FF FF", "list", 1)]
    [InlineData(9, 15, "00 00 00 00 00", "stream", 0)]
    [InlineData(12, 24, "0000000000000000 01 05 0161 0162", "hash", 1)]
    [InlineData(12, 25, "0000000000000000 0C 0C0000000300 000100 0101 FF", "hash", 1)]
    [InlineData(12, 20, "09 09000000 0200 0101 FF", "set", 2)]
    [InlineData(11, 21, "00 00 00 00 00 00 00 00 00 01 0167 00 00 00 00 01 0163 0000000000000000 0000000000000000 00", "stream", 0)]
    [InlineData(10, 7, "81 B5C9D8AC9A2F4401 02 05 05 0161 04 0000000000000000 03 00000000 01 07 00", "module", -1)]
    public void Types_of_other_versions_are_read(int version, byte type, string value, string expected, long elements)
    {
        byte[] dump = Made(version, [type, 1, (byte)'k', .. Convert.FromHexString(value.Replace(" ", "", StringComparison.Ordinal))]);
        var counter = new KeyCounter();
        RdbFacts rdb = RdbReader.Walk(new MemoryStream(dump), counter, default);
        Assert.Equal((expected, elements, type == 7 ? 1 : 0), (Assert.Single(counter.Seen).Type, counter.Seen[0].Elements, rdb.Modules.Count));
    }

    [Theory]
    [InlineData(80, "RdbUnknown", "version 80")]
    [InlineData(8, "RdbUnknown", "version 8 ")]
    [InlineData(13, "RdbUnknown", "version 13")]
    public void Versions_that_are_not_known_are_refused(int version, string id, string word)
    {
        OpsException refused = Assert.Throws<OpsException>(() => RdbReader.Walk(new MemoryStream(Made(version, [])), new KeyCounter(), default));
        Assert.Equal(id, refused.ErrorId);
        Assert.Contains(word, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_type_that_is_not_known_is_refused() =>
        Assert.Equal("RdbUnknown", Assert.Throws<OpsException>(() => RdbReader.Walk(new MemoryStream(Made(10, [42, 1, (byte)'k', 0])), new KeyCounter(), default)).ErrorId);

    [Theory]
    [InlineData("")]
    [InlineData("REDIS")]
    [InlineData("PGDMP0010")]
    [InlineData("REDIS00x0")]
    public void What_is_no_rdb_is_refused(string text) =>
        Assert.Throws<OpsException>(() => RdbReader.Walk(new MemoryStream(Encoding.Latin1.GetBytes(text)), new KeyCounter(), default));

    [Fact]
    public async Task Every_corruption_is_found()
    {
        byte[] dump = await DumpAsync();
        Proof.ForEach(1000, 60, (random, _) =>
        {
            byte[] damaged = (byte[])dump.Clone();
            int at = random.Next(damaged.Length);
            damaged[at] ^= (byte)(1 << random.Next(8));
            OpsException found = Assert.Throws<OpsException>(() => RdbReader.Walk(new MemoryStream(damaged), new KeyCounter(), default));
            Assert.Contains(found.ErrorId, new[] { "RdbDamaged", "RdbTruncated", "RdbUnknown" });
        });
    }

    [Fact]
    public async Task Every_end_before_the_end_is_found()
    {
        byte[] dump = await DumpAsync();
        Proof.ForEach(1000, 60, (random, run) =>
        {
            int length = run == 0 ? dump.Length - 1 : random.Next(dump.Length);
            Assert.Equal("RdbTruncated", Assert.Throws<OpsException>(() => RdbReader.Walk(new MemoryStream(dump, 0, length), new KeyCounter(), default)).ErrorId);
        });
    }

    [Fact]
    public async Task More_behind_the_end_is_found()
    {
        byte[] longer = [.. await DumpAsync(), 0];
        Assert.Equal("RdbDamaged", Assert.Throws<OpsException>(() => RdbReader.Walk(new MemoryStream(longer), new KeyCounter(), default)).ErrorId);
    }

    /// <summary>Without a checksum only the structure tells; nothing that is wrong may end in anything but an error of ours.</summary>
    [Fact]
    public async Task Damage_without_a_checksum_never_ends_in_another_error()
    {
        int port = await redis.StartAsync("nosum2", "save \"\"\nrdbchecksum no");
        await CacheFiller.FillAsync(port, 3);
        byte[] dump = await DumpAsync(port);
        Proof.ForEach(2000, 200, (random, _) =>
        {
            byte[] damaged = (byte[])dump.Clone();
            for (int i = random.Next(1, 4); i > 0; i--) damaged[random.Next(9, damaged.Length)] = (byte)random.Next(256);
            try { RdbReader.Walk(new MemoryStream(damaged), new PayloadKeeper(), default); }
            catch (OpsException) { /* found */ }
        });
    }

    [Fact]
    public async Task Bytes_that_come_one_by_one_are_the_same()
    {
        byte[] dump = await DumpAsync();
        KeyCounter whole = new(), dribbled = new();
        CacheFacts one = whole.Facts(RdbReader.Walk(new MemoryStream(dump), whole, default));
        CacheFacts other = dribbled.Facts(RdbReader.Walk(new DribblingStream(dump), dribbled, default));
        Assert.Equal((one.Digest, one.Keys, one.ToString()), (other.Digest, other.Keys, other.ToString()));
    }

    private static byte[] Made(int version, byte[] body)
    {
        byte[] bytes = [.. Encoding.ASCII.GetBytes($"REDIS{version:0000}"), 254, 0, .. body, 255];
        byte[] crc = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(crc, RdbCrc.Append(0, bytes));
        return [.. bytes, .. crc];
    }

    private static string Quoted(byte[] bytes)
    {
        var text = new StringBuilder("\"");
        foreach (byte b in bytes)
            text.Append(b switch
            {
                (byte)'\\' => "\\\\", (byte)'"' => "\\\"", (byte)'\n' => "\\n", (byte)'\r' => "\\r", (byte)'\t' => "\\t", 7 => "\\a", 8 => "\\b",
                >= 32 and < 127 => ((char)b).ToString(), _ => $"\\x{b:x2}",
            });
        return text.Append('"').ToString();
    }

    private int _port;

    private async Task<int> FilledAsync()
    {
        if (_port != 0) return _port;
        _port = await redis.StartAsync("filled" + Guid.NewGuid().ToString("N")[..6], "save \"\"");
        await CacheFiller.FillAsync(_port);
        return _port;
    }

    private async Task<byte[]> DumpAsync()
    {
        if (_port == 0 && _dump is { } known) return known;
        return _dump = await DumpAsync(await FilledAsync());
    }

    private static async Task<byte[]> DumpAsync(int port)
    {
        using var folder = new TempFolder();
        await CacheFiller.RunAsync(port, "config set repl-diskless-sync-delay 0\n");
        await CacheFiller.RunAsync(port, "", "--rdb", folder["dump.rdb"]);
        return await File.ReadAllBytesAsync(folder["dump.rdb"]);
    }

    private sealed record SeenKey(int Database, string Name, string Type, long Elements, bool HasFrequency, bool HasIdle);

    private sealed class KeyCounter : CacheCounter
    {
        public List<SeenKey> Seen { get; } = [];

        public override void OnKey(RdbKey key, ReadOnlyMemory<byte> payload)
        {
            base.OnKey(key, payload);
            Seen.Add(new SeenKey(key.Database, Encoding.Latin1.GetString(key.Name.Span), NameOf(key.Kind), key.Elements, key.Frequency is not null, key.Idle is not null));
        }
    }

    private sealed class PayloadKeeper : RdbVisitor
    {
        public Dictionary<string, byte[]> Of { get; } = [];

        public override bool WantsValue(RdbKey key) => true;

        public override void OnKey(RdbKey key, ReadOnlyMemory<byte> payload) => Of[Encoding.Latin1.GetString(key.Name.Span)] = payload.ToArray();
    }

    private sealed class DribblingStream(byte[] bytes) : MemoryStream(bytes)
    {
        private int _turn;

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 1 + (++_turn % 7)));
    }
}
