using System.Globalization;
using System.Text.RegularExpressions;

namespace OpsModule.Engine.Areas.Attacks.Logins;

/// <summary>A line about a login that failed, of a program that writes several about one.</summary>
/// <param name="Key">The connection: the host, the program and its process.</param>
/// <param name="Kind">What it says.</param>
/// <param name="Count">How many logins.</param>
internal readonly record struct LoginLine(string Key, LoginKind Kind, int Count)
{
    private const int MostRepeats = 100_000;

    /// <summary>Reads one; null for a line that stands for itself.</summary>
    public static LoginLine? Read(string line)
    {
        Match tag = LoginPatterns.Tag().Match(line);
        if (!tag.Success) return null;
        string program = tag.Groups["program"].Value, message = line[(tag.Index + tag.Length)..];
        if (program == "sshd-session" || program == "sshd-auth") program = "sshd";
        string key = $"{tag.Groups["host"].Value} {program} {tag.Groups["pid"].Value}";
        int repeats = 1;
        if (LoginPatterns.Repeated().Match(message) is { Success: true } repeated)
        {
            repeats = Number(repeated.Groups["n"].Value);
            message = repeated.Groups["m"].Value;
        }
        if (LoginPatterns.More().Match(message) is { Success: true } more) return new LoginLine(key, LoginKind.Total,
            Number(more.Groups["n"].Value) + 1);
        if (LoginPatterns.Tries().Match(message) is { Success: true } tries) return new LoginLine(key, LoginKind.Total,
            Number(tries.Groups["n"].Value));
        if (LoginPatterns.Attempt().IsMatch(message)) return new LoginLine(key, LoginKind.Attempt, repeats);
        if (LoginPatterns.Sign().IsMatch(message)) return new LoginLine(key, LoginKind.Sign, repeats);
        if (LoginPatterns.End().IsMatch(message)) return new LoginLine(key, LoginKind.End, 1);
        return repeats > 1 ? new LoginLine(key, LoginKind.Attempt, repeats) : null;
    }

    private static int Number(string digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? Math.Clamp(number, 1, MostRepeats) : 1;
}
