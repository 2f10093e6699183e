using System.Text;

namespace OpsModule.Engine.Areas.Logs.Reading;

/// <summary>What programs write to colour their lines in a terminal, and the mark that some write before UTF-8: it stands in the way of
/// times and levels.</summary>
internal static class TerminalColours
{
    private const byte Escape = 0x1B;

    /// <summary>The line without them.</summary>
    /// <param name="line">The line.</param>
    /// <param name="plain">Keeps the line when something was taken out.</param>
    public static ReadOnlySpan<byte> Strip(ReadOnlySpan<byte> line, ref byte[] plain)
    {
        if (line.StartsWith("\uFEFF"u8)) line = line[3..];
        int escape = line.IndexOf(Escape);
        if (escape < 0) return line;
        if (plain.Length < line.Length) plain = new byte[line.Length];
        int filled = 0;
        for (; escape >= 0; escape = line.IndexOf(Escape))
        {
            line[..escape].CopyTo(plain.AsSpan(filled));
            filled += escape;
            line = line[(escape + SequenceLength(line[escape..]))..];
        }
        line.CopyTo(plain.AsSpan(filled));
        return plain.AsSpan(0, filled + line.Length);
    }

    /// <summary>A message that ends a plain line, as the coloured one has it.</summary>
    public static string Coloured(ReadOnlySpan<byte> line, ReadOnlySpan<byte> plain, string message)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(message);
        if (!plain.EndsWith(bytes)) return message;
        int before = plain.Length - bytes.Length, at = line.StartsWith("\uFEFF"u8) ? 3 : 0;
        while (at < line.Length && (before > 0 || line[at] == Escape))
        {
            if (line[at] == Escape) { at += SequenceLength(line[at..]); continue; }
            at++;
            before--;
        }
        return Encoding.UTF8.GetString(line[at..]);
    }

    private static int SequenceLength(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2 || text[1] != '[') return 1;
        int end = 2;
        while (end < text.Length && text[end] is >= 0x20 and < 0x40) end++;
        return end < text.Length && text[end] is >= 0x40 and < 0x7F ? end + 1 : end;
    }
}
