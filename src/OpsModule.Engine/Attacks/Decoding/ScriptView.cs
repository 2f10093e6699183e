namespace OpsModule.Engine.Attacks.Decoding;

/// <summary>Markup and scripts without blanks and comments.</summary>
internal static class ScriptView
{
    public static void Make(ReadOnlySpan<byte> text, TextBuffer result)
    {
        result.Clear();
        while (text.Length > 0)
        {
            if (text.StartsWith("/*"u8) && text[2..].IndexOf("*/"u8) is >= 0 and var end) text = text[(end + 4)..];
            else
            {
                if (text[0] != ' ') result.Append(text[0]);
                text = text[1..];
            }
        }
    }
}
