using System.Globalization;
using System.Net.Sockets;
using System.Text;
using OpsModule.Engine.Changes.Forwarding;

namespace OpsModule.Engine.Outlets.Forwarding;

/// <summary>
/// Sends one message to a syslog. Over TCP it is framed by its length (RFC 6587); UDP and the local socket carry it whole.
/// </summary>
internal static class SyslogSender
{
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(2);

    /// <exception cref="SocketException">When it cannot be sent. That UDP has arrived nobody knows.</exception>
    public static async Task SendAsync(ForwardTarget target, byte[] message, CancellationToken cancellationToken)
    {
        switch (target.Kind)
        {
            case ForwardKind.SyslogUdp:
                using (var udp = new UdpClient(target.Host!, target.Port)) await udp.SendAsync(message, cancellationToken)
                    .ConfigureAwait(false);
                break;
            case ForwardKind.SyslogLocal:
                using (var local = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified))
                {
                    await local.ConnectAsync(new UnixDomainSocketEndPoint(target.Host!), cancellationToken).ConfigureAwait(false);
                    await local.SendAsync(message, SocketFlags.None, cancellationToken).ConfigureAwait(false);
                }
                break;
            default:
                using (var tcp = new TcpClient()) await SendAsync(tcp, target, message, cancellationToken).ConfigureAwait(false);
                break;
        }
    }

    private static async Task SendAsync(TcpClient tcp, ForwardTarget target, byte[] message, CancellationToken cancellationToken)
    {
        await tcp.ConnectAsync(target.Host!, target.Port, cancellationToken).ConfigureAwait(false);
        NetworkStream stream = tcp.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(message.Length.ToString(CultureInfo.InvariantCulture) + " "), cancellationToken)
            .ConfigureAwait(false);
        await stream.WriteAsync(message, cancellationToken).ConfigureAwait(false);
        tcp.Client.Shutdown(SocketShutdown.Send);
        // A server that does not want it resets the connection; one that has read all of it closes it, or at least stays silent.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Goodbye);
        byte[] rest = new byte[256];
        try { while (await stream.ReadAsync(rest, patience.Token).ConfigureAwait(false) > 0) { } }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested) { /* it keeps connections open */ }
    }
}
