using System.Text;
using OpsModule.Engine.Areas.Attacks;

namespace OpsModule.Engine.Tests.Attacks;

/// <summary>Logins that fail are counted, and not the lines that are written about them.</summary>
public sealed class LoginAttemptTests
{
    [Theory]
    // three mistyped passwords, as sshd and PAM write them
    [InlineData(3,
        "sshd[7]: Invalid user bob from 203.0.113.50 port 4", "sshd[7]: pam_unix(sshd:auth): check pass; user unknown",
        "sshd[7]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.50", "sshd[7]: Failed password for invalid user bob from 203.0.113.50 port 4 ssh2",
        "sshd[7]: pam_unix(sshd:auth): check pass; user unknown", "sshd[7]: Failed password for invalid user bob from 203.0.113.50 port 4 ssh2",
        "sshd[7]: pam_unix(sshd:auth): check pass; user unknown", "sshd[7]: Failed password for invalid user bob from 203.0.113.50 port 4 ssh2",
        "sshd[7]: Connection closed by invalid user bob 203.0.113.50 port 4 [preauth]",
        "sshd[7]: PAM 2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.50")]
    // a repeated message, and what PAM says in the end
    [InlineData(6, "sshd[7]: Failed password for root from 203.0.113.50 port 4 ssh2", "sshd[7]: message repeated 5 times: [ Failed password for root from 203.0.113.50 port 4 ssh2]",
        "sshd[7]: PAM 5 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.50  user=root")]
    [InlineData(6, "sshd[7]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.50  user=root",
        "sshd[7]: PAM 5 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.50  user=root")]
    [InlineData(1, "sshd[7]: Invalid user bob from 203.0.113.50 port 4", "sshd[7]: Connection closed by invalid user bob 203.0.113.50 port 4 [preauth]")]
    [InlineData(1, "sshd[7]: Disconnected from authenticating user root 203.0.113.50 port 4 [preauth]")]
    [InlineData(2, "sshd[7]: Failed password for root from 203.0.113.50 port 4 ssh2", "sshd[8]: Failed password for root from 203.0.113.50 port 5 ssh2")]
    [InlineData(1, "vsftpd[7]: pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=x rhost=203.0.113.50")]
    public async Task Lines_about_one_login_are_one(int expected, params string[] messages)
    {
        string text = string.Join('\n', messages.Select((m, i) => $"Nov 25 10:00:{i:00} host {m}"));
        var tally = new AttackTally();
        tally.Add(await FindAsync(text));
        AttackSummary summary = tally.Summarize(10);
        Assert.Equal(expected, summary.Matches);
        Assert.Equal(("203.0.113.50", (long)expected), (summary.Addresses[0].Value, summary.Addresses[0].Count));

        var scanner = new EntryScanner(new AttackQuery(), TimeProvider.System);
        Assert.Equal(expected, text.Split('\n').Sum(l => scanner.Scan(l, "x", null, 1).Sum(m => m.Attempts)));
    }

    [Fact]
    public async Task Three_mistyped_passwords_are_no_brute_force_and_eleven_are()
    {
        Assert.Empty((await MeasureAsync(3)).Bursts);
        Assert.Equal(11, Assert.Single((await MeasureAsync(11)).Bursts).Most);
    }

    private static async Task<AttackSummary> MeasureAsync(int attempts)
    {
        var text = new StringBuilder();
        for (int i = 0; i < attempts; i++)
            text.Append($"Nov 25 10:00:{i:00} host sshd[{i + 9}]: Invalid user bob from 203.0.113.50 port 4{i}\n")
                .Append($"Nov 25 10:00:{i:00} host sshd[{i + 9}]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.50\n")
                .Append($"Nov 25 10:00:{i:00} host sshd[{i + 9}]: Failed password for invalid user bob from 203.0.113.50 port 4{i} ssh2\n")
                .Append($"Nov 25 10:00:{i:00} host sshd[{i + 9}]: Connection closed by invalid user bob 203.0.113.50 port 4{i} [preauth]\n");
        var tally = new AttackTally();
        tally.Add(await FindAsync(text.ToString()));
        return tally.Summarize(5);
    }

    private static Task<List<AttackMatch>> FindAsync(string text) =>
        Hunting.AllAsync(new AttackScanner(new AttackQuery(), TimeProvider.System).ScanStreamAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), "auth.log", CancellationToken.None));
}
