using System.Buffers;
using System.Text;

namespace OpsModule.Engine.Areas.Attacks.Decoding;

/// <summary>Small letters and single blanks, in place.</summary>
internal static class PlainText
{
    /// <summary>Small letters; every run of blanks and control characters becomes one blank. Returns the new length.</summary>
    public static int Fold(Span<byte> text)
    {
        int to = 0;
        bool blank = false;
        foreach (byte b in text)
        {
            if (b <= ' ' || b == 0x7F)
            {
                if (!blank) text[to++] = (byte)' ';
                blank = true;
                continue;
            }
            blank = false;
            text[to++] = b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;
        }
        return to;
    }

    public static void Lower(Span<byte> text)
    {
        // It stops at what is no ASCII.
        while (Ascii.ToLowerInPlace(text, out int done) != OperationStatus.Done) text = text[(done + 1)..];
    }
}
