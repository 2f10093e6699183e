using System.Text;

namespace OpsModule.Engine.Areas.Recovery.Kits;

/// <summary>Words for a POSIX shell on a page that a person follows; nothing of this module runs them.</summary>
internal static class ShellText
{
    /// <summary>A text as one word, whatever is in it.</summary>
    public static string Quote(string text) => "'" + text.Replace("'", "'\\''") + "'";

    /// <summary>A name that a file of the recovery has; other characters than plain ones become a line.</summary>
    public static string FileName(string text)
    {
        var name = new StringBuilder();
        foreach (char c in text) name.Append(char.IsAsciiLetterOrDigit(c) || c == '_' ? c : '-');
        // What begins with a line would be taken for an option.
        return name.Length == 0 || name[0] == '-' ? "_" + name : name.ToString();
    }

    /// <summary>Foreign text in a line of the page: nothing in it ends a line, a cell or a block.</summary>
    public static string Inline(string? text)
    {
        var line = new StringBuilder();
        foreach (char c in text ?? "") line.Append(c switch { '|' or '`' or '<' or '>' => ' ', _ when char.IsControl(c) => ' ', _ => c });
        return line.ToString();
    }
}
