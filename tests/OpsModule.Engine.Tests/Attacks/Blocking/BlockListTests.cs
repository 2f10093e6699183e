using System.Diagnostics;
using System.Net;
using System.Text.Json;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Allowing;
using OpsModule.Engine.Areas.Attacks.Blocking;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Attacks.Blocking;

/// <summary>Who is blocked, who never is, and whether the programs take it.</summary>
public sealed class BlockListTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string File => _folder["blocked"];

    private BlockListFile Writer(BlockListFormat format, TimeSpan? duration = null) => new(File, format, duration ?? TimeSpan.FromHours(6), "sshd", TimeProvider.System);

    private static BlockList Sample()
    {
        var list = new BlockList();
        for (int i = 0; i < 3; i++) list.Add(AttackSamples.Match("203.0.113.7", i));
        list.Add(AttackSamples.Match("2001:0DB8:0::1"));
        list.Add(AttackSamples.Match("::ffff:198.51.100.9") with { Category = AttackCategory.Log4Shell, Severity = AttackSeverity.Critical });
        return list;
    }

    [Fact]
    public void What_is_left_out_is_said_with_its_reason()
    {
        var list = new BlockList(new AllowList([AllowEntry.Parse("203.0.113.7")]), proxies: [IPNetwork.Parse("198.51.100.0/24")], own: [IPAddress.Parse("192.0.2.1")]);
        foreach (string address in (string[])["203.0.113.7", "198.51.100.4", "192.0.2.1", "127.0.0.1", "10.1.2.3", "010.0.0.1", "203.0.113.8"]) list.Add(AttackSamples.Match(address));
        Assert.Equal(
            [("010.0.0.1", "no address"), ("10.1.2.3", "a private network"), ("127.0.0.1", "loopback, a group of hosts, or reserved"), ("192.0.2.1", "an address of this machine"),
                ("198.51.100.4", "a trusted proxy"), ("203.0.113.7", "allowed")], list.LeftOut.Select(o => (o.Address, o.Reason)));
        Assert.Equal("203.0.113.8", Assert.Single(list.Entries(1)).Address.ToString());
    }

    [Theory]
    [InlineData("10.1.2.3")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("169.254.169.254")]
    [InlineData("100.64.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("64:ff9b::10.0.0.1")]
    [InlineData("fd00::1")]
    [InlineData("fe80::1")]
    public void Private_addresses_are_blocked_only_when_asked(string address)
    {
        var list = new BlockList();
        Assert.True(list.Add(AttackSamples.Match(address)));
        Assert.Equal((0, 1), (list.Count(1), list.Private));
        var all = new BlockList(includePrivate: true);
        all.Add(AttackSamples.Match(address));
        Assert.Equal((1, 0), (all.Count(1), all.Private));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.8.9.10")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::127.0.0.1")]
    [InlineData("64:ff9b::127.0.0.1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("ff02::1")]
    [InlineData("198.51.100.4")]
    [InlineData("::ffff:198.51.100.4")]
    [InlineData("2001:db8::4")]
    public void This_machine_and_no_machine_are_never_blocked(string address)
    {
        var list = new BlockList(includePrivate: true, own: [IPAddress.Parse("198.51.100.4"), IPAddress.Parse("2001:db8::4")]);
        list.Add(AttackSamples.Match(address));
        list.Add(new AttackOffender { By = AttackKey.Address, Value = address, Count = 50 });
        list.Add(AttackSamples.Match("203.0.113.7"));
        Assert.Equal((1, 1), (list.Count(1), list.Private));
    }

    [Fact]
    public void The_addresses_of_this_machine_are_known()
    {
        var list = new BlockList(includePrivate: true);
        foreach (IPAddress own in HostAddress.Own()) list.Add(AttackSamples.Match($"{own}"));
        Assert.Equal((0, HostAddress.Own().Count), (list.Count(1), list.Private));
        Assert.NotEmpty(HostAddress.Own());
    }

    [Fact]
    public void Proxies_that_are_trusted_are_never_blocked()
    {
        var list = new BlockList(includePrivate: true, proxies: [IPNetwork.Parse("10.0.0.0/8")]);
        list.Add(AttackSamples.Match("10.1.2.3"));
        list.Add(AttackSamples.Match("::ffff:10.1.2.4"));
        Assert.Equal((0, 2), (list.Count(1), list.Allowed));
    }

    [Theory]
    [InlineData("010.0.0.1")]
    [InlineData("8.8.8.08")]
    [InlineData("0x8.8.8.8")]
    [InlineData("8.8.8")]
    [InlineData("134744072")]
    [InlineData("0x08080808")]
    [InlineData("8.8.8.8 ")]
    [InlineData(" 8.8.8.8")]
    [InlineData("::ffff:8.8.8.010")]
    [InlineData("2001:db8::1%eth0")]
    [InlineData("[2001:db8::1]")]
    [InlineData("8.8.8.8:80")]
    [InlineData("\uff18.8.8.8")]
    public void What_libraries_read_in_different_ways_is_never_written(string text)
    {
        var list = new BlockList(includePrivate: true);
        list.Add(AttackSamples.Match(text));
        list.Add(new AttackOffender { By = AttackKey.Address, Value = text, Count = 50 });
        Assert.Equal((0, 1), (list.Count(1), list.Invalid));
        Assert.Throws<OpsException>(() => AllowEntry.Parse("address:" + text.Trim() + (text.Trim().Length < text.Length ? "x" : "")));
    }

    [Theory]
    [InlineData("host.example")]
    [InlineData("203.0.113.7; allow all")]
    [InlineData("203.0.113.0/24")]
    [InlineData("203.0.113")]
    [InlineData("0")]
    [InlineData("203.0.113.7\n0.0.0.0/0")]
    public void What_is_no_address_is_never_written(string text)
    {
        var list = new BlockList(includePrivate: true);
        list.Add(AttackSamples.Match(text));
        Assert.Equal((0, 1), (list.Count(1), list.Invalid));
    }

    [Fact]
    public void What_is_allowed_is_never_blocked()
    {
        var list = new BlockList(new AllowList([AllowEntry.Parse("203.0.113.0/24"), AllowEntry.Parse("path:/health")]));
        list.Add(AttackSamples.Match("203.0.113.7"));
        list.Add(AttackSamples.Match("198.51.100.9") with { Path = "/health" });
        list.Add(new AttackOffender { By = AttackKey.Address, Value = "203.0.113.8", Count = 5 });
        list.Add(AttackSamples.Match("198.51.100.10"));
        Assert.Equal((1, 3), (list.Count(1), list.Allowed));
    }

    [Fact]
    public void Only_matches_that_are_certain_count()
    {
        var list = new BlockList();
        list.Add(new AttackOffender { By = AttackKey.Address, Value = "203.0.113.7", Count = 50, CountError = 45 });
        list.Add(new AttackOffender { By = AttackKey.Address, Value = "203.0.113.8", Count = 10 });
        Assert.Equal("203.0.113.8", $"{Assert.Single(list.Entries(6)).Address}");
        Assert.False(list.Add(new AttackOffender { By = AttackKey.Path, Value = "/a", Count = 10 }));
        Assert.False(list.Add("203.0.113.7"));
    }

    [Fact]
    public void A_summary_brings_its_addresses_and_bursts()
    {
        var tally = new AttackTally();
        tally.Add(Enumerable.Range(0, 30).Select(i => AttackSamples.Match("203.0.113.7", i)));
        var list = new BlockList();
        Assert.True(list.Add(tally.Summarize(5)));
        BlockEntry entry = Assert.Single(list.Entries(1));
        Assert.Equal("30 matches, High, SqlInjection attack-wave, last 2026-11-21T03:16:29Z", entry.Reason);
    }

    [Fact]
    public void Nginx_takes_it()
    {
        BlockListRecord record = Writer(BlockListFormat.Nginx).Write(Sample(), 1);
        Assert.Equal((3, null), (record.Addresses, record.Duration));
        string[] lines = System.IO.File.ReadAllLines(File);
        Assert.Equal("deny 198.51.100.9; # 1 match, Critical, Log4Shell, last 2026-11-21T03:16:00Z", lines[1]);
        Assert.StartsWith("deny 203.0.113.7; # 3 matches", lines[2]);
        Assert.StartsWith("deny 2001:db8::1;", lines[3]);
        System.IO.File.WriteAllText(_folder["nginx.conf"], $"pid {_folder["pid"]};\nerror_log stderr;\nevents {{}}\nhttp {{ access_log off; include {File}; server {{ listen 127.0.0.1:1; }} }}\n");
        Check("nginx", "-t", "-p", _folder.Path, "-c", _folder["nginx.conf"]);
    }

    [Fact]
    public void Nftables_takes_it()
    {
        Writer(BlockListFormat.Nftables).Write(Sample(), 1);
        string text = System.IO.File.ReadAllText(File);
        Assert.Contains("203.0.113.7 timeout 21600s comment \"3 matches", text);
        Assert.Contains("add table inet opsmodule\ndelete table inet opsmodule\n", text);
        Check("nft", "-c", "-f", File);
        Writer(BlockListFormat.Nftables).Write(new BlockList(), 1);
        Check("nft", "-c", "-f", File);
    }

    [Fact]
    public void HAProxy_takes_it()
    {
        Writer(BlockListFormat.HAProxy).Write(Sample(), 1);
        Assert.Equal(["198.51.100.9", "203.0.113.7", "2001:db8::1"], System.IO.File.ReadAllLines(File).Where(l => !l.StartsWith('#')));
        System.IO.File.WriteAllText(_folder["haproxy.cfg"], $"defaults\n mode http\n timeout client 1s\n timeout server 1s\n timeout connect 1s\nfrontend f\n bind 127.0.0.1:1\n acl blocked src -f {File}\n http-request deny if blocked\n");
        Check("haproxy", "-c", "-f", _folder["haproxy.cfg"]);
    }

    [Fact]
    public void CrowdSec_gets_decisions()
    {
        BlockListRecord record = Writer(BlockListFormat.CrowdSec).Write(Sample(), 1);
        Assert.Equal(TimeSpan.FromHours(6), record.Duration);
        using JsonDocument json = JsonDocument.Parse(System.IO.File.ReadAllText(File));
        JsonElement first = json.RootElement[0];
        Assert.Equal(["duration=21600s", "reason=OpsModule: 1 match, Critical, Log4Shell, last 2026-11-21T03:16:00Z", "scope=ip", "type=ban", "value=198.51.100.9"],
            first.EnumerateObject().Select(p => $"{p.Name}={p.Value}"));
        Assert.Equal(3, json.RootElement.GetArrayLength());
    }

    [Fact]
    public void Fail2ban_is_told_by_a_script()
    {
        Writer(BlockListFormat.Fail2ban).Write(Sample(), 1);
        string[] lines = System.IO.File.ReadAllLines(File);
        Assert.Equal(("#!/bin/sh", "set -e"), (lines[0], lines[2]));
        // The script runs: a stand-in for the client writes down what it is asked.
        System.IO.File.WriteAllText(_folder["fail2ban-client"], $"#!/bin/sh\necho \"$@\" >> {_folder["asked"]}\n");
        System.IO.File.SetUnixFileMode(_folder["fail2ban-client"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Check("env", $"PATH={_folder.Path}:/usr/bin:/bin", "sh", File);
        Assert.Equal(["set sshd banip 198.51.100.9", "set sshd banip 203.0.113.7", "set sshd banip 2001:db8::1"], System.IO.File.ReadAllLines(_folder["asked"]));
    }

    [Fact]
    public void Fail2ban_itself_bans_them_where_it_is_installed()
    {
        if (!System.IO.File.Exists("/usr/bin/fail2ban-client")) return;
        // A server of the test's own: a jail that watches an empty file and whose action writes down what it is told. No firewall is touched.
        foreach (string folder in (string[])["conf/action.d", "conf/filter.d"]) Directory.CreateDirectory(_folder[folder]);
        Put("conf/fail2ban.conf", $"[Definition]\nloglevel = INFO\nlogtarget = {_folder["log"]}\nsyslogsocket = auto\nsocket = {_folder["socket"]}\npidfile = {_folder["pid"]}\ndbfile = None\nallowipv6 = auto\n");
        Put("conf/jail.conf", $"[sshd]\nenabled = true\nbackend = polling\nlogpath = {_folder["app.log"]}\nfilter = none\naction = noted\nbantime = 1h\n");
        Put("conf/filter.d/none.conf", "[Definition]\nfailregex = ^NEVER <HOST>$\n");
        Put("conf/action.d/noted.conf", $"[Definition]\nactionban = echo <ip> >> {_folder["banned"]}\nactionunban = true\n");
        Put("app.log", "");
        Put("bin-client", $"#!/bin/sh\nexec /usr/bin/fail2ban-client -c {_folder["conf"]} -s {_folder["socket"]} -p {_folder["pid"]} \"$@\"\n");
        Directory.CreateDirectory(_folder["bin"]);
        System.IO.File.Move(_folder["bin-client"], _folder["bin/fail2ban-client"]);
        System.IO.File.SetUnixFileMode(_folder["bin/fail2ban-client"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Writer(BlockListFormat.Fail2ban).Write(Sample(), 1);
        Check(_folder["bin/fail2ban-client"], "start");
        try
        {
            Check("env", $"PATH={_folder["bin"]}:/usr/bin:/bin", "sh", File);
            Check("sh", "-c", $"{_folder["bin/fail2ban-client"]} get sshd banip > {_folder["in-jail"]}");
        }
        finally { Check(_folder["bin/fail2ban-client"], "stop"); }
        Assert.Equal(["198.51.100.9", "2001:db8::1", "203.0.113.7"], System.IO.File.ReadAllText(_folder["in-jail"]).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    private void Put(string name, string text) => System.IO.File.WriteAllText(_folder[name], text);

    [Theory]
    [InlineData(BlockListFormat.Nginx)]
    [InlineData(BlockListFormat.Nftables)]
    [InlineData(BlockListFormat.Fail2ban)]
    [InlineData(BlockListFormat.CrowdSec)]
    [InlineData(BlockListFormat.HAProxy)]
    public void A_list_replaces_its_predecessor_and_nothing_else(BlockListFormat format)
    {
        System.IO.File.WriteAllText(File, "deny all;\n");
        Assert.Equal("BlockListExists", Assert.Throws<OpsException>(() => Writer(format).CheckFree(force: false)).ErrorId);
        Writer(format).CheckFree(force: true);
        Writer(format).Write(new BlockList(), 1);
        System.IO.File.SetUnixFileMode(File, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Writer(format).CheckFree(force: false);
        Writer(format).Write(Sample(), 1);
        Writer(format).CheckFree(force: false);
        Assert.Contains("203.0.113.7", System.IO.File.ReadAllText(File));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        Assert.Equal([File], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_reason_is_nothing_but_a_reason()
    {
        var list = new BlockList();
        list.Add(new AttackBurst
        {
            Rule = "x\"; }\nallow all; #é", Title = "t", By = AttackKey.Address, Value = "203.0.113.7", Most = 5, More = 1, MostTime = AttackSamples.Start, FirstTime = AttackSamples.Start,
            LastTime = AttackSamples.Start, Within = TimeSpan.FromMinutes(1),
        });
        Assert.Equal("5 matches, Information, x?? ??allow all? ??, last 2026-11-21T03:16:00Z", Assert.Single(list.Entries(1)).Reason);
    }

    private static void Check(string program, params string[] arguments)
    {
        string place = System.IO.File.Exists($"/usr/sbin/{program}") ? $"/usr/sbin/{program}" : program;
        using var process = Process.Start(new ProcessStartInfo(place, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {error.Result}{output}");
    }
}
