using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Imports.Files;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;
using System.Globalization;

namespace OpsModule.Engine.Areas.Imports.Scripts;

/// <summary>
/// What a script may hold to be taken for a dump of one database: what pg_dump writes, and nothing that reaches beyond that database. It is
/// judged before
/// anything is run, and whatever passes is run by a role that is no superuser, on a server that nobody else uses: a rule that lets too much
/// through
/// opens no door, it only tells less early.
/// </summary>
internal sealed class ScriptRules(string file)
{
    /// <summary>Longer statements are rows; their beginnings tell all that is asked for.</summary>
    private const int Beginning = 4096;

    private static readonly HashSet<string> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        "ALTER", "BEGIN", "COMMENT", "COMMIT", "COPY", "CREATE", "DROP", "GRANT", "INSERT", "REFRESH", "REVOKE", "SECURITY", "SELECT",
            "SET",
    };

    private static readonly HashSet<string> OfTheServer = new(StringComparer.OrdinalIgnoreCase) { "ROLE", "USER", "GROUP", "TABLESPACE",
        "SYSTEM" };

    private string? _dropped;

    /// <summary>The database that the script makes; null when it makes none.</summary>
    public string? Database { get; private set; }

    /// <summary>Judges a statement.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="line">Its line.</param>
    /// <param name="tokens">Its tokens, as far as they were read.</param>
    /// <exception cref="OpsException"><c>ImportRefused</c>, <c>ImportNotADump</c>, <c>ImportUnsupported</c>.</exception>
    public ScriptAction Judge(string sql, long line, out List<SqlToken> tokens)
    {
        tokens = SqlTokens.Read(sql.Length > Beginning && !Begins(sql, "CREATE") && !Begins(sql, "ALTER") ? sql[..Beginning] : sql);
        if (tokens is [] or [{ Text: ";" }]) return ScriptAction.Skip;
        string first = tokens[0].Quoted ? "" : tokens[0].Text.ToUpperInvariant();
        if (!Words.Contains(first)) throw NotADump(line, Short(sql), "pg_dump writes no such statement");
        bool ofDatabase = At(tokens, 1).Is("DATABASE");
        if (_dropped is not null && !(first == "CREATE" && ofDatabase))
            throw Refused(line, Short(sql), $"a DROP DATABASE (of {_dropped}) that no CREATE DATABASE follows");
        return first switch
        {
            "COPY" => Copy(sql, line, tokens),
            "SET" => Set(sql, line, tokens),
            "CREATE" or "ALTER" or "DROP" when OfTheServer.Contains(At(tokens, 1).Text) && !At(tokens, 2).Is("MAPPING") =>
                throw Refused(line, Short(sql), "it changes the server, and not the database"),
            "DROP" when ofDatabase => Drop(sql, line, tokens),
            "CREATE" when ofDatabase => Create(sql, line, tokens),
            "CREATE" when At(tokens, 1).Is("EXTENSION") => ScriptAction.Extension,
            "COMMENT" when At(tokens, 1).Is("ON") && At(tokens, 2).Is("EXTENSION") => ScriptAction.Skip,
            "ALTER" when IsOwner(tokens) => ScriptAction.Owner,
            _ => ScriptAction.Run,
        };
    }

    /// <summary>Judges what has come when nothing comes any more.</summary>
    /// <exception cref="OpsException"><c>ImportRefused</c>.</exception>
    public void End(long line)
    {
        if (_dropped is not null) throw Refused(line, "the end", $"a DROP DATABASE (of {_dropped}) that no CREATE DATABASE follows");
    }

    /// <summary>
    /// Judges a command to psql: those that pg_dump writes mean nothing here, and any other is refused. None is ever run.
    /// </summary>
    /// <exception cref="OpsException"><c>ImportRefused</c>, <c>ImportUnsupported</c>.</exception>
    public void JudgeCommand(string command, long line)
    {
        string[] words = command.Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        switch (words)
        {
            case ["\\restrict" or "\\unrestrict", _]: return;
            case ["\\connect", ..]: Connect(command, line); return;
            default: throw Refused(line, Short(command), "a command to psql that pg_dump does not write");
        }
    }

    private void Connect(string command, long line)
    {
        List<SqlToken> tokens = SqlTokens.Read(command);
        // \connect name, or \connect -reuse-previous=on "dbname='name'" where the name needs quotes.
        string? name = tokens is [{ Text: "\\" }, _, var only] ? only.Text : tokens[^1].Text is var text && text.StartsWith("dbname='",
            StringComparison.Ordinal)
            ? text["dbname='".Length..].TrimEnd('\'').Replace("\\'", "'").Replace("\\\\", "\\") : null;
        // pg_restore goes there once more when the database has settings of its own.
        if (Database is null || name != Database)
            throw Refused(line, Short(command), Database is null ? "it goes to a database that the script does not make"
                : $"it goes to another database than {Database}, which the script makes");
    }

    private ScriptAction Copy(string sql, long line, List<SqlToken> tokens)
    {
        int from = tokens.FindIndex(t => t.Is("FROM"));
        if (from < 0 || !At(tokens, from + 1).Is("STDIN")) throw Refused(line, Short(sql),
            "COPY with a file or a program: a dump brings its rows along");
        return from + 2 < tokens.Count && tokens[from + 2].Is(";") ? ScriptAction.CopyRows
            : throw NotADump(line, Short(sql), "pg_dump writes COPY without options");
    }

    private static ScriptAction Set(string sql, long line, List<SqlToken> tokens)
    {
        if (At(tokens, 1).Is("client_encoding")) return ScriptAction.Encoding;
        bool isRole = At(tokens, 1).Is("ROLE") || At(tokens, 1).Is("SESSION") || At(tokens, 1).Is("LOCAL");
        return !isRole ? ScriptAction.Run : throw ImportErrors.Unsupported.Make(
            FormattableString.Invariant($"Line {line:N0} of the script changes who runs it: {Short(sql)}."),
            "Make the dump without --use-set-session-authorization and --role.", sql);
    }

    private ScriptAction Drop(string sql, long line, List<SqlToken> tokens)
    {
        int at = At(tokens, 2).Is("IF") ? 4 : 2;
        if (Database is not null || at >= tokens.Count) throw Refused(line, Short(sql), "it drops a database");
        _dropped = tokens[at].Text;
        return ScriptAction.Skip;
    }

    private ScriptAction Create(string sql, long line, List<SqlToken> tokens)
    {
        string name = At(tokens, 2).Text;
        if (Database is not null)
            throw ImportErrors.Unsupported.Make($"{file} is of several databases ({Database}, {name}), as pg_dumpall writes them.",
                $"Take one by one: pg_dump -Fc -f {name}.dump {name}, or load the file into a server of its own and use "
                    + $"Backup-OpsDatabase.", file);
        if (_dropped is not null && _dropped != name) throw Refused(line, Short(sql), $"it drops the database {_dropped} and makes {name}");
        (_dropped, Database) = (null, name);
        return ScriptAction.CreateDatabase;
    }

    /// <summary>
    /// True for <c>ALTER ... name OWNER TO role;</c> and nothing else in the statement. It is run by the superuser, so no second action of
    /// an ALTER TABLE,
    /// which may call functions, may come along: what follows a comma outside of parentheses is one.
    /// </summary>
    private static bool IsOwner(List<SqlToken> tokens)
    {
        if (tokens.Count < 6 || !tokens[^1].Is(";") || !tokens[^3].Is("TO") || !tokens[^4].Is("OWNER")) return false;
        int depth = 0;
        foreach (SqlToken token in tokens)
        {
            if (token.Is("(")) depth++;
            else if (token.Is(")")) depth--;
            else if (depth == 0 && token.Is(",")) return false;
        }
        return tokens.Count(t => t.Is("OWNER")) == 1;
    }

    private static SqlToken At(List<SqlToken> tokens, int index) => index < tokens.Count ? tokens[index]
        : default(SqlToken) with { Text = "" };

    private static bool Begins(string sql, string word) => sql.AsSpan().StartsWith(word, StringComparison.OrdinalIgnoreCase);

    private OpsException NotADump(long line, string what, string why) => ImportErrors.NotADump.Make(
        string.Create(CultureInfo.InvariantCulture, $"{file} is no dump of a database: {why} (line {line:N0}: {what})."),
        "Give a file that pg_dump has written; run other scripts with psql.", file);

    private OpsException Refused(long line, string what, string why) => ImportErrors.Refused.Make(
        string.Create(CultureInfo.InvariantCulture,
            $"{file} holds what no dump of one database holds, in line {line:N0}: {what}. That is {why}. Nothing of it was run."),
        "Find out who wrote the file. If it is yours, take that line out, or make the dump anew with pg_dump.", file);

    /// <summary>The beginning of a statement, for a message.</summary>
    public static string Short(string sql)
    {
        string line = PrintableText.Of(sql.Length > 80 ? sql[..80] + "..." : sql).ReplaceLineEndings(" ");
        return line.TrimEnd(';', ' ');
    }
}
