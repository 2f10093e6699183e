using System.Globalization;
using System.Text;

namespace OpsModule.Connections.Redis;

/// <summary>Gathers what the library writes, however it is cut, into whole commands (RESP: a list of texts, each with its length before it).</summary>
internal sealed class CommandBuffer
{
    private byte[] _bytes = [];

    /// <summary>Adds what was written.</summary>
    public void Add(ReadOnlySpan<byte> bytes) => _bytes = [.. _bytes, .. bytes];

    /// <summary>Takes the next whole command; null while there is none.</summary>
    /// <exception cref="InvalidOperationException">The library writes no command.</exception>
    public byte[]? Take()
    {
        int at = 0;
        if (!TryHeader('*', ref at, out int texts)) return null;
        for (int i = 0; i < texts; i++)
        {
            if (!TryHeader('$', ref at, out int length) || _bytes.Length - at < length + 2) return null;
            at += length + 2;
        }
        byte[] command = _bytes[..at];
        _bytes = _bytes[at..];
        return command;
    }

    private bool TryHeader(char kind, ref int at, out int number)
    {
        number = 0;
        int end = _bytes.AsSpan(at).IndexOf((byte)'\n');
        if (end < 0) return false;
        string line = Encoding.Latin1.GetString(_bytes, at, end);
        if (line.Length < 3 || line[0] != kind || line[^1] != '\r' || !int.TryParse(line.AsSpan(1, line.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out number))
            throw new InvalidOperationException("StackExchange.Redis writes commands in another way than this version of the module knows.");
        at += end + 1;
        return true;
    }
}
