using OpsModule.Engine.Areas.Attacks.Blocked;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Attacks;

/// <summary>What the programs print of whom they block, and when their number is unusual.</summary>
public sealed class BlockedAddressTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2025, 11, 25, 10, 0, 0, TimeSpan.Zero);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Sets_of_nftables()
    {
        const string Json = """
            {"nftables":[{"metainfo":{"version":"1.0.6"}},{"set":{"family":"inet","name":"blocked4","table":"opsmodule","type":"ipv4_addr","handle":1,"flags":["timeout"],"timeout":86400,
            "elem":[{"elem":{"val":"203.0.113.7","timeout":86400,"expires":82800,"comment":"2 matches"}},"198.51.100.1",{"prefix":{"addr":"192.0.2.0","len":24}}]}},
            {"set":{"family":"inet","name":"blocked6","table":"opsmodule","type":"ipv6_addr"}},{"set":{"family":"inet","name":"ports","table":"x","type":"inet_service","elem":[22]}}]}
            """;
        (string Source, IReadOnlyList<BlockedAddress> Addresses)[] sets = [.. BlockedText.Nftables(Json, Now)];
        Assert.Equal(["inet opsmodule blocked4", "inet opsmodule blocked6"], sets.Select(s => s.Source));
        Assert.Equal(["203.0.113.7", "198.51.100.1", "192.0.2.0/24"], sets[0].Addresses.Select(a => a.Address));
        Assert.Equal((TimeSpan.FromHours(1), Now.AddHours(23), "2 matches"), (sets[0].Addresses[0].Age, sets[0].Addresses[0].Until, sets[0].Addresses[0].Reason));
        Assert.Empty(sets[1].Addresses);
    }

    [Fact]
    public void Jails_of_fail2ban()
    {
        Assert.Equal(["sshd", "web"], BlockedText.Jails("Status\n|- Number of jail:\t2\n`- Jail list:\tsshd, web\n"));
        BlockedAddress[] banned = [.. BlockedText.Fail2ban("203.0.113.7 \t2025-11-25 09:00:00 + 600 = 2025-11-25 09:10:00\n2001:db8::1 \t2025-11-25 09:30:00 + -1 = 9999-12-31 23:59:59\n",
            "sshd", TimeSpan.Zero, Now)];
        Assert.Equal([("203.0.113.7", TimeSpan.FromHours(1)), ("2001:db8::1", TimeSpan.FromMinutes(30))], banned.Select(b => (b.Address, b.Age!.Value)));
        Assert.Null(banned[1].Until);
    }

    [Fact]
    public void Decisions_of_CrowdSec()
    {
        Assert.Empty(BlockedText.CrowdSec("null", Now));
        BlockedAddress one = Assert.Single(BlockedText.CrowdSec("""
            [{"created_at":"2025-11-25T08:00:00Z","decisions":[{"duration":"1h59m59.5s","origin":"cscli","scenario":"ssh-bf","scope":"Ip","type":"ban","value":"203.0.113.7"},
            {"duration":"1h","origin":"cscli","scenario":"x","scope":"Ip","type":"captcha","value":"203.0.113.8"}]}]
            """, Now));
        Assert.Equal(("203.0.113.7", "cscli", "ssh-bf", TimeSpan.FromHours(2)), (one.Address, one.Source, one.Reason, one.Age));
    }

    [Fact]
    public void A_number_outside_of_the_last_fourteen_days_is_a_finding()
    {
        BlockedAddressCount Count(DateTimeOffset time, int count)
        {
            var memory = new BlockedMemory(_folder.Path, "test", time);
            BlockedAddressCount result = memory.Compare(BlockedAddressSource.Fail2ban, "sshd", count, null);
            Assert.True(memory.Save());
            return result;
        }

        for (int day = 0; day < 13; day++) Assert.Null(Count(Now.AddDays(day), 10 + day % 3).Finding);
        Assert.Equal((10, 12), Count(Now.AddDays(13), 11) is var known ? (known.Lowest, known.Highest) : default);
        Assert.Contains("10 to 12", Count(Now.AddDays(13.5), 40).Finding, StringComparison.Ordinal);
        Assert.Contains("emptied", Count(Now.AddDays(13.6), 0).Finding, StringComparison.Ordinal);
        // After fourteen days only those two are left, and too few to compare with.
        Assert.Null(Count(Now.AddDays(27.1), 3).Finding);
    }
}
