using System.Text.RegularExpressions;

namespace OpsModule.Engine.Areas.Services;

/// <summary>
/// A command in words that may be kept: the program, the names of its options, and how many arguments there are. Values of options and
/// all other arguments are left out, because nobody can tell which of them is a password.
/// </summary>
public static partial class CommandText
{
    private const int MostOptions = 12;

    /// <summary>The program by its name; a text that is no name is not shown.</summary>
    public static string Program(IReadOnlyList<string> command)
    {
        // Who writes a whole line as one text has the program first, and what follows is none of it.
        string first = command.Count == 0 ? "" : command[0].TrimStart().Split((char[]?)null, 2)[0];
        return ProgramName().IsMatch(first) ? first : "a program";
    }

    /// <summary>Whether a text can be the name or path of a program, and no more than that.</summary>
    public static bool IsProgram(string text) => ProgramName().IsMatch(text);

    /// <summary>The whole command: <c>psql (4 arguments: -U, -c)</c>.</summary>
    public static string Of(IReadOnlyList<string> command)
    {
        string[] arguments = [.. command.Skip(1)];
        if (arguments.Length == 0) return Program(command);
        string[] options = [.. arguments.Select(a => Option().Match(a)).Where(m => m.Success).Select(m => m.Value).Distinct().Take(MostOptions)];
        return $"{Program(command)} ({(arguments.Length == 1 ? "1 argument" : $"{arguments.Length} arguments")}{(options.Length == 0 ? "" : ": " + string.Join(", ", options))})";
    }

    [GeneratedRegex(@"^(?:[A-Za-z0-9_.+-]|/)[A-Za-z0-9_.+/-]{0,199}\z")]
    private static partial Regex ProgramName();

    // -p alone is a name; -pSecret is a name and a value. Of --name=value the name is shown.
    [GeneratedRegex(@"^(?:-[A-Za-z]|--[a-z][a-z-]{0,39}(?==|\z))(?=\z|=)")]
    private static partial Regex Option();
}
