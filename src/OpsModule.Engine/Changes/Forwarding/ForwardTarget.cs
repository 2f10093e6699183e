using System.Globalization;
using System.Text.RegularExpressions;
using OpsModule.Connections.Vaults;

namespace OpsModule.Engine.Changes.Forwarding;

/// <summary>One entry of <c>journal.forward</c>.</summary>
public sealed partial record ForwardTarget
{
    /// <summary>What a text entry may be.</summary>
    public const string Expected = "store:NAME, syslog:udp://HOST[:PORT], syslog:tcp://HOST[:PORT] or syslog:local";

    /// <summary>What kind it is.</summary>
    public required ForwardKind Kind { get; init; }

    /// <summary>
    /// What it is called in messages and in the state folder: as it was written, and for a webhook its place, never its URL.
    /// </summary>
    public required string Name { get; init; }

    /// <summary>The store's name.</summary>
    public string? Store { get; init; }

    /// <summary>The syslog server's host, or the path of the local socket.</summary>
    public string? Host { get; init; }

    /// <summary>Its port.</summary>
    public int Port { get; init; }

    /// <summary>The webhook's URL.</summary>
    public SecretReference? Url { get; init; }

    /// <summary>Token for <c>Authorization: Bearer</c>.</summary>
    public SecretReference? Bearer { get; init; }

    /// <summary>Reads a text entry; null when it is none.</summary>
    public static ForwardTarget? Parse(string text)
    {
        if (text.StartsWith("store:", StringComparison.Ordinal) && text.Length > 6)
            return new ForwardTarget { Kind = ForwardKind.Store, Name = text, Store = text[6..] };
        if (text == "syslog:local") return new ForwardTarget { Kind = ForwardKind.SyslogLocal, Name = text, Host = "/dev/log" };
        if (Syslog().Match(text) is not { Success: true } match) return null;
        bool tcp = match.Groups[1].Value == "tcp";
        int port = match.Groups[3].Success ? int.Parse(match.Groups[3].ValueSpan, CultureInfo.InvariantCulture) : tcp ? 601 : 514;
        if (port is 0 or > 65535) return null;
        string host = match.Groups[2].Value.Trim('[', ']');
        return new ForwardTarget { Kind = tcp ? ForwardKind.SyslogTcp : ForwardKind.SyslogUdp, Name = text, Host = host, Port = port };
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    [GeneratedRegex(@"\Asyslog:(udp|tcp)://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?\z")]
    private static partial Regex Syslog();
}
