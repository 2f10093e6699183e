using System.Collections.Frozen;
using System.Text;
using OpsModule.Engine.Areas.Attacks.Formats;
using OpsModule.Engine.Areas.Attacks.Messages;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>
/// Lines of syslog of programs that speak with nobody outside: schedulers, the kernel, package managers. Commands and files are their
/// trade; what no client can
/// write there is no attack. What they say of logins counts.
/// </summary>
internal static class LocalPrograms
{
    private const int LongestHead = 120;

    private static readonly FrozenSet<string> Names =
        ("cron crond anacron atd run-parts sudo su useradd usermod userdel groupadd groupmod groupdel chage chpasswd kernel audit auditd augenrules audispd "
        + "systemd init dbus dbus-daemon polkitd polkit-agent-helper-1 snapd dockerd containerd networkmanager dhclient dhcpcd wpa_supplicant rsyslogd syslogd syslog-ng logrotate "
        + "apt apt-get dpkg yum dnf rpm packagekitd puppet puppet-agent chef-client salt-minion chronyd ntpd udisksd upowerd smartd mdadm lvm multipathd irqbalance tuned "
        + "xinetd inetd mandb updatedb fstrim gdm cupsd avahi-daemon bluetoothd kubelet k3s crio unattended-upgrade thermald accounts-daemon rtkit-daemon ureadahead dracut grub")
        .Split(' ').ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly byte[][] Logins = ["pam_"u8.ToArray(), "uthentication"u8.ToArray(), "assword"u8.ToArray(),
        "FAILED"u8.ToArray(), "res=failed"u8.ToArray()];

    /// <summary>True for a head that ends with the name of a host: behind words of a message stands no program.</summary>
    private static bool IsHead(ReadOnlySpan<byte> head) => MessageHead.IsHead(head)
        || MessageHead.IsHead(head[..(head.LastIndexOf((byte)' ') + 1)]);

    /// <summary>True for such a line.</summary>
    public static bool IsOne(ReadOnlySpan<byte> line)
    {
        int colon = line[..Math.Min(line.Length, LongestHead)].IndexOf(": "u8);
        if (colon <= 0) return false;
        int end = line[colon - 1] == ']' ? line[..colon].LastIndexOf((byte)'[') : colon;
        int begin = end <= 0 ? -1 : line[..end].LastIndexOf((byte)' ') + 1;
        // The host and a time stand before the program.
        if (begin < 8 || line[..begin].IndexOfAny("\"=?<&%'"u8) >= 0 && line[0] != '<') return false;
        if (!IsHead(line[..begin].TrimEnd((byte)' '))) return false;
        string name = Encoding.Latin1.GetString(line[begin..end]);
        if (name.IndexOf('(', StringComparison.Ordinal) is > 0 and var pam) name = name[..pam]; // "su(pam_unix)"
        if (!Names.Contains(name) && !name.StartsWith("systemd-", StringComparison.Ordinal)) return false;
        foreach (byte[] word in Logins)
            if (line[colon..].IndexOf(word) >= 0) return false;
        return true;
    }
}
