using System.Globalization;
using OpsModule.Foundations.Errors;

namespace OpsModule.Foundations.Network;

/// <summary>An address as it is written in the environment file.</summary>
public static class Address
{
    /// <summary>Host and port of <c>host:port</c> or <c>[address]:port</c>.</summary>
    /// <exception cref="OpsException"><c>AddressInvalid</c>.</exception>
    public static (string Host, int Port) Parse(string text)
    {
        int colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and <= 65535
            ? (text[..colon].Trim('[', ']'), port)
            : throw new OpsException("AddressInvalid", OpsErrorCategory.InvalidArgument, $"'{text}' is no address.", "Write it as host:port.", text);
    }
}
