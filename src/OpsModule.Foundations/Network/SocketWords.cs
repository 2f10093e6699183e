using System.Net.Sockets;

namespace OpsModule.Foundations.Network;

/// <summary>Says in words why a connection was not made; the system's own words differ by version and repeat the address.</summary>
public static class SocketWords
{
    /// <summary>The same of what a client of HTTP throws: the reason that lies at the bottom of it.</summary>
    public static string Of(Exception e) => e.GetBaseException() is SocketException socket ? Of(socket)
        : e.GetBaseException().Message.TrimEnd('.');

    /// <summary>The reason in words, without a full stop; an error that has no words here keeps those of the system.</summary>
    public static string Of(SocketException e) => e.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "the connection is refused, nothing listens there",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "the name has no address",
        SocketError.NetworkUnreachable or SocketError.HostUnreachable => "there is no way to that network",
        SocketError.TimedOut => "nothing answers, and a firewall may be the reason",
        SocketError.ConnectionReset => "the connection was cut",
        _ => e.Message.TrimEnd('.'),
    };
}
