namespace OpsModule.Engine.Areas.Attacks.Decoding;

/// <summary>A path as the operating system reads it (slashes whose percent sign was filtered out, ..2f, are slashes again), but for its '..', which are what a rule looks for.</summary>
internal static class PathView
{
    /// <summary>False when there is nothing to undo.</summary>
    public static bool Make(ReadOnlySpan<byte> text, TextBuffer result, ref DecodeTrail trail)
    {
        bool bare = text.IndexOf("..2f"u8) >= 0 || text.IndexOf("..5c"u8) >= 0;
        if (!bare && text.IndexOf((byte)'\\') < 0 && text.IndexOf("//"u8) < 0 && text.IndexOf("/./"u8) < 0) return false;
        result.Clear();
        for (int i = 0; i < text.Length; i++)
        {
            byte b = text[i] == '\\' ? (byte)'/' : text[i];
            if (bare && (text[i..].StartsWith("2f"u8) || text[i..].StartsWith("5c"u8)))
            {
                b = (byte)'/'; // a filter has taken the percent signs out
                i++;
            }
            if (b == '/')
            {
                if (result.Length > 0 && result.Span[^1] == '/') continue; // a repeated one
                if (result.Length > 1 && result.Span[^1] == '.' && result.Span[^2] == '/') { result.Length--; continue; } // a /./
            }
            result.Append(b);
        }
        trail |= DecodeTrail.PathTricks;
        return true;
    }
}
