using System.Text;
using OpsModule.Connections.Files;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Postgres.Poolers;

/// <summary>
/// PgBouncer's list of users (<c>auth_file</c>): a line for each, <c>"user" "secret"</c>. A changed file keeps every other byte, its inode
/// (a file that is mounted into a container by itself would stay the old one there), owner and mode.
/// </summary>
/// <param name="path">The file's full path.</param>
/// <param name="folder">A folder of ours, where the list lies while it is written, so that a write that was cut off is finished.</param>
public sealed class UserList(string path, string folder)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The secret that the list gives a user; null when it names none. A secret.</summary>
    /// <exception cref="OpsException"><c>OperatedFileUnreadable</c>.</exception>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    /// <exception cref="FormatException">A line is none of a list of users.</exception>
    public string? Find(string user) => Lines(Text(Read(File))).LastOrDefault(l => l.User == user)?.Secret;

    /// <summary>Gives a user a secret, in its line or a new one; null takes its lines away.</summary>
    /// <exception cref="OpsException"><c>OperatedFileUnreadable</c>, <c>OperatedFileNotWritten</c>: it is as it was.</exception>
    /// <inheritdoc cref="Find" path="/exception"/>
    public void Set(ChangeScope scope, string user, string? secret)
    {
        OperatedFile file = File;
        byte[] before = Read(file);
        file.Write(scope, Strict.GetBytes(Changed(Text(before), user, secret)), before, inPlace: true);
    }

    private OperatedFile File => OperatedFile.Of(path, folder);

    private byte[] Read(OperatedFile file) => file.Read() ?? throw new FileNotFoundException($"There is no file {path}", path);

    private string Text(byte[] bytes)
    {
        try { return Strict.GetString(bytes); }
        catch (DecoderFallbackException) { throw new FormatException($"{path} is not UTF-8"); }
    }

    /// <summary>The text with another secret of a user.</summary>
    internal static string Changed(string text, string user, string? secret)
    {
        List<UserLine> lines = [.. Lines(text)];
        List<UserLine> own = [.. lines.Where(l => l.User == user)];
        string newline = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
        if (own.Count == 0)
            return secret is null ? text
                : $"{text}{(text.Length == 0 || text.EndsWith('\n') ? "" : newline)}{Quote(user)} {Quote(secret)}{newline}";
        // The last one counts; each says the same afterwards.
        foreach (UserLine line in own.AsEnumerable().Reverse())
            text = secret is null ? text.Remove(line.Start, line.Length) : text.Remove(line.SecretStart, line.SecretLength)
                .Insert(line.SecretStart, Quote(secret));
        return text;
    }

    private static IEnumerable<UserLine> Lines(string text)
    {
        int number = 0;
        for (int start = 0; start < text.Length;)
        {
            int end = text.IndexOf('\n', start) is var found and >= 0 ? found + 1 : text.Length;
            number++;
            if (Parse(text, start, end, number) is { } line) yield return line;
            start = end;
        }
    }

    private static UserLine? Parse(string text, int start, int end, int number)
    {
        int at = start;
        while (at < end && char.IsWhiteSpace(text[at])) at++;
        if (at == end || text[at] == ';') return null;
        if (Quoted(text, ref at, end) is not { } user) throw Broken(number);
        while (at < end && text[at] is ' ' or '\t') at++;
        int secretStart = at;
        return Quoted(text, ref at, end) is { } secret ? new UserLine(user, secret, start, end - start, secretStart, at - secretStart)
            : throw Broken(number);
    }

    private static string? Quoted(string text, ref int at, int end)
    {
        if (at >= end || text[at] != '"') return null;
        var value = new StringBuilder();
        for (at++; at < end; at++)
        {
            if (text[at] != '"') value.Append(text[at]);
            else if (at + 1 < end && text[at + 1] == '"') value.Append(text[at++]);
            else
            {
                at++;
                return value.ToString();
            }
        }
        return null;
    }

    private static FormatException Broken(int number) => new($"line {number} is not \"user\" \"secret\"");

    private static string Quote(string value) => "\"" + value.Replace("\"", "\"\"") + "\"";

    private sealed record UserLine(string User, string Secret, int Start, int Length, int SecretStart, int SecretLength)
    {
        public override string ToString() => User;
    }
}
