using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace OpsModule.Foundations.Network;

/// <summary>Asks a name server for the addresses of a name (RFC 1035, over UDP), through a socket that the caller makes.</summary>
/// <remarks>The system's own resolver asks from the network of this process and from no other.</remarks>
public static class NameQuestion
{
    /// <summary>The kinds of records that hold addresses.</summary>
    private const ushort Ipv4 = 1, Ipv6 = 28;

    private const int Port = 53, HeadLength = 12, MostBytes = 4096, Attempts = 2, NoSuchName = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The addresses of a name, those of IPv4 first; empty when there is no such name.</summary>
    /// <param name="make">Makes a socket in the network that is asked from.</param>
    /// <param name="server">Whom to ask.</param>
    /// <param name="name">The name; no suffix is added.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="SocketException">It cannot be asked, or has not answered.</exception>
    public static async Task<IReadOnlyList<IPAddress>> AskAsync(Func<AddressFamily, SocketType, Socket> make, IPAddress server, string name,
        CancellationToken cancellationToken)
    {
        var found = new List<IPAddress>();
        foreach (ushort kind in (ushort[])[Ipv4, Ipv6])
        {
            found.AddRange(await AskAsync(make, server, name, kind, cancellationToken).ConfigureAwait(false));
            if (found.Count > 0) break;
        }
        return found;
    }

    private static async Task<IReadOnlyList<IPAddress>> AskAsync(Func<AddressFamily, SocketType, Socket> make, IPAddress server,
        string name,
        ushort kind, CancellationToken ct)
    {
        ushort id = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1);
        if (Write(id, name, kind) is not { } question) return [];
        for (int attempt = 1; ; attempt++)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limit.CancelAfter(Patience);
            try
            {
                using Socket socket = make(server.AddressFamily, SocketType.Dgram);
                // Connected, so that nobody else can answer.
                await socket.ConnectAsync(new IPEndPoint(server, Port), limit.Token).ConfigureAwait(false);
                await socket.SendAsync(question, limit.Token).ConfigureAwait(false);
                byte[] answer = new byte[MostBytes];
                while (true)
                {
                    int length = await socket.ReceiveAsync(answer, limit.Token).ConfigureAwait(false);
                    if (Read(answer.AsSpan(0, length), id, kind) is { } addresses) return addresses;
                }
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                if (attempt == Attempts) throw new SocketException((int)SocketError.TimedOut);
            }
        }
    }

    /// <summary>A question; null for what can be no name.</summary>
    public static byte[]? Write(ushort id, string name, ushort kind)
    {
        string[] labels = name.TrimEnd('.').Split('.');
        if (name.Length > 253 || labels.Any(l => l.Length is 0 or > 63 || !l.All(char.IsAscii))) return null;
        byte[] written = new byte[HeadLength + labels.Sum(l => l.Length + 1) + 5];
        BinaryPrimitives.WriteUInt16BigEndian(written, id);
        BinaryPrimitives.WriteUInt16BigEndian(written.AsSpan(2), 0x0100); // asks on its own
        BinaryPrimitives.WriteUInt16BigEndian(written.AsSpan(4), 1);
        int at = HeadLength;
        foreach (string label in labels)
        {
            written[at++] = (byte)label.Length;
            at += Encoding.ASCII.GetBytes(label, written.AsSpan(at));
        }
        BinaryPrimitives.WriteUInt16BigEndian(written.AsSpan(at + 1), kind);
        BinaryPrimitives.WriteUInt16BigEndian(written.AsSpan(at + 3), 1);
        return written;
    }

    /// <summary>The addresses of an answer; null when it is none to this question.</summary>
    /// <exception cref="SocketException">The server could not say, or what it said cannot be read.</exception>
    public static IReadOnlyList<IPAddress>? Read(ReadOnlySpan<byte> answer, ushort id, ushort kind)
    {
        if (answer.Length < HeadLength || BinaryPrimitives.ReadUInt16BigEndian(answer) != id || (answer[2] & 0x80) == 0) return null;
        int code = answer[3] & 0x0F;
        if (code == NoSuchName) return [];
        if (code != 0) throw new SocketException((int)SocketError.TryAgain);
        var found = new List<IPAddress>();
        try
        {
            int at = HeadLength, questions = BinaryPrimitives.ReadUInt16BigEndian(answer[4..]),
                records = BinaryPrimitives.ReadUInt16BigEndian(answer[6..]);
            for (int i = 0; i < questions; i++) at = PassName(answer, at) + 4;
            for (int i = 0; i < records; i++)
            {
                at = PassName(answer, at);
                ushort type = BinaryPrimitives.ReadUInt16BigEndian(answer[at..]);
                int length = BinaryPrimitives.ReadUInt16BigEndian(answer[(at + 8)..]);
                if (type == kind && length == (kind == Ipv4 ? 4 : 16)) found.Add(new IPAddress(answer.Slice(at + 10, length)));
                at += 10 + length;
            }
        }
        catch (ArgumentOutOfRangeException) { throw new SocketException((int)SocketError.NoRecovery); }
        catch (IndexOutOfRangeException) { throw new SocketException((int)SocketError.NoRecovery); }
        return found;
    }

    private static int PassName(ReadOnlySpan<byte> answer, int at)
    {
        while (true)
        {
            byte length = answer[at];
            if (length == 0) return at + 1;
            if (length >= 0xC0) return at + 2; // the rest stands elsewhere
            at += length + 1;
        }
    }
}
