using System.Text;
using OpsModule.Engine.Areas.Attacks.Formats;

namespace OpsModule.Engine.Areas.Attacks.Messages;

/// <summary>
/// Finds the address of a client in a line of text. It counts only where a client cannot write: by the form of a known server's message, at the
/// beginning, or behind a word such as <c>from</c> outside of quotation marks when there is no second one. Else nobody is named.
/// </summary>
internal static class ClientAddress
{
    private const int Longest = 8 * 1024;

    /// <summary>Where it stands, or none.</summary>
    public static Range Find(ReadOnlySpan<byte> line)
    {
        string text = Encoding.Latin1.GetString(line[..Math.Min(line.Length, Longest)]);
        int message = MessageHead.End(text);
        if (NetworkMessages.TryFind(text, message, out Range found)) return found;
        if (SshMessages.TryFind(text, message, out found)) return found;
        if (LoginMessages.TryFind(text, message, out found)) return found;
        return LooseAddress.Find(text, message);
    }
}
