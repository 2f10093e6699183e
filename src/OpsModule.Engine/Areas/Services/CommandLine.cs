using System.Text;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Services;

/// <summary>
/// Splits a line into a program and its arguments as a POSIX shell would, by blanks, quotes and backslashes. Nothing is expanded, and no shell
/// is asked: a variable, a pattern or a pipe is an argument like any other.
/// </summary>
public static class CommandLine
{
    private const char Single = '\'', Double = '"', Backslash = '\\';

    /// <summary>The words of a line.</summary>
    /// <exception cref="OpsException"><c>CommandLineInvalid</c>: a quote that is not closed, nothing after the last backslash, or no word at all.</exception>
    public static IReadOnlyList<string> Split(string line)
    {
        var words = new List<string>();
        StringBuilder? word = null;
        for (int at = 0; at < line.Length; at++)
        {
            char c = line[at];
            if (c is ' ' or '\t' or '\n' or '\r')
            {
                if (word is not null) words.Add(word.ToString());
                word = null;
                continue;
            }
            word ??= new StringBuilder();
            if (c == Single) at = Quoted(line, at, word);
            else if (c == Double) at = DoublyQuoted(line, at, word);
            else if (c != Backslash) word.Append(c);
            else if (++at == line.Length) throw Invalid("there is nothing after its last backslash", "Write two backslashes for one, or leave it out.");
            else if (line[at] != '\n') word.Append(line[at]);
        }
        if (word is not null) words.Add(word.ToString());
        return words.Count > 0 && words[0].Length > 0 ? words : throw Invalid("it names no program", "Begin it with the program: -CommandLine 'ls -l /'.");
    }

    private static int Quoted(string line, int at, StringBuilder word)
    {
        int end = line.IndexOf(Single, at + 1);
        if (end < 0) throw Unclosed(Single, at);
        word.Append(line, at + 1, end - at - 1);
        return end;
    }

    private static int DoublyQuoted(string line, int begin, StringBuilder word)
    {
        for (int at = begin + 1; at < line.Length; at++)
        {
            if (line[at] == Double) return at;
            // Only before these a backslash is none itself.
            if (line[at] == Backslash && at + 1 < line.Length && line[at + 1] is Double or Backslash or '$' or '`') word.Append(line[++at]);
            else if (line[at] == Backslash && at + 1 < line.Length && line[at + 1] == '\n') at++;
            else word.Append(line[at]);
        }
        throw Unclosed(Double, begin);
    }

    private static OpsException Unclosed(char quote, int at) => Invalid($"the quote {quote} at character {at + 1} is not closed", "Close it, or put a backslash before it.");

    // The line itself may hold a password.
    private static OpsException Invalid(string what, string remedy) => new("CommandLineInvalid", OpsErrorCategory.InvalidArgument, $"The command line cannot be split: {what}.", remedy);
}
