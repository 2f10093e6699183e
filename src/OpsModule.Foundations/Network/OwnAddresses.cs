using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace OpsModule.Foundations.Network;

/// <summary>The addresses that this machine has.</summary>
public static class OwnAddresses
{
    private const int Looks = 10;

    /// <summary>All of them, each once; those of IPv6 without a scope.</summary>
    /// <exception cref="IOException">They cannot be read.</exception>
    public static IReadOnlyList<IPAddress> Read()
    {
        // An interface that goes away while they are read (a container that ends) makes .NET fail: the next look has it no more.
        for (int look = 1; ; look++)
        {
            try
            {
                return [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses)
                    .Select(a => a.Address).Select(a => a.AddressFamily == AddressFamily.InterNetworkV6
                        ? new IPAddress(a.GetAddressBytes()) : a).Distinct()];
            }
            catch (Exception e) when (e is NetworkInformationException or ArgumentException or IOException)
            {
                if (look == Looks) throw new IOException(e.Message, e);
                Thread.Sleep(20);
            }
        }
    }
}
