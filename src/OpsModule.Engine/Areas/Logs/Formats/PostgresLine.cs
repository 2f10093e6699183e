using System.Buffers.Text;
using System.Collections.Frozen;
using System.Text;

namespace OpsModule.Engine.Areas.Logs.Formats;

/// <summary>
/// PostgreSQL's server log with its own prefix (<c>%m [%p]</c>), with Debian's (<c>%m [%p] %q%u@%d</c>), RDS' or another that begins with
/// the time, in the
/// languages of its messages, and its csvlog.
/// </summary>
internal static class PostgresLine
{
    private const int LongestPrefix = 256, LongestSeverity = 32;

    /// <summary>The columns of csvlog that are taken.</summary>
    private const int User = 1, Database = 2, Pid = 3, Severity = 11, State = 12, Message = 13;

    /// <summary>FATAL ends one session (a wrong password), PANIC the server.</summary>
    private static readonly FrozenDictionary<string, LogLevel> Severities = new (LogLevel Level, string Words)[]
    {
        (LogLevel.Debug, "DEBUG DEBUG1 DEBUG2 DEBUG3 DEBUG4 DEBUG5"),
        (LogLevel.Information, "LOG INFO NOTICE HINWEIS JOURNAL NOTA AVISO СООБЩЕНИЕ ИНФОРМАЦИЯ ЗАМЕЧАНИЕ"),
        (LogLevel.Warning, "WARNING WARNUNG ATTENTION ADVERTENCIA ATTENZIONE ПРЕДУПРЕЖДЕНИЕ 警告"),
        (LogLevel.Error, "ERROR FATAL FEHLER ERREUR ERRO ERRORE ОШИБКА ВАЖНО エラー 错误"),
        (LogLevel.Critical, "PANIC PANIK PÁNICO ПАНИКА パニック"),
        (LogLevel.Unknown, """
            DETAIL HINT STATEMENT CONTEXT QUERY LOCATION TIPP ANWEISUNG ZUSAMMENHANG KONTEXT ANFRAGE ORT DÉTAIL ASTUCE INSTRUCTION CONTEXTE REQUÊTE EMPLACEMENT DETALLE SUGERENCIA SENTENCIA CONTEXTO
            CONSULTA DETALHE DICA COMANDO DETTAGLI SUGGERIMENTO ISTRUZIONE CONTESTO ПОДРОБНОСТИ ПОДСКАЗКА ОПЕРАТОР КОНТЕКСТ 詳細 ヒント 文 コンテキスト
            """),
    }.SelectMany(s => s.Words.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Select(w =>
        (s.Level, Word: w))).DistinctBy(w => w.Word).ToFrozenDictionary(w => w.Word, w => w.Level);

    public static bool TryParse(ReadOnlySpan<byte> line, in LogClock clock, LogDraft draft)
    {
        if (!LogTime.TryIso(line, clock, out DateTimeOffset time, out int length)) return false;
        ReadOnlySpan<byte> rest = line[length..];
        if (rest.Length > 1 && rest[0] == ',') return TryCsv(rest[1..], time, draft);
        int colon = rest[..Math.Min(rest.Length, LongestPrefix)].IndexOf(":  "u8);
        if (colon < 0) return false;
        int word = rest[..colon].LastIndexOfAny(" :]>,"u8) + 1;
        if (word >= colon || colon - word > LongestSeverity) return false;
        string severity = Encoding.UTF8.GetString(rest[word..colon]);
        if (!Severities.TryGetValue(severity, out LogLevel level)) return false;
        ReadOnlySpan<byte> prefix = rest[..word];
        // Without a process it is PostgreSQL's when nothing but user and database stands there, as with the prefix "%t ".
        bool process = TryProcess(prefix, out long pid, out int behind);
        if (!process && !prefix.Trim((byte)' ').IsEmpty && prefix.IndexOf((byte)'@') < 0 && prefix.IndexOf("user="u8) < 0) return false;
        draft.Format = LogFormat.Postgres;
        draft.Time = time;
        draft.Level = level;
        draft.IsContinuation = level == LogLevel.Unknown;
        if (process) draft.Set("pid", pid);
        TakeWho(prefix[behind..].Trim(" :"u8), draft);
        draft.Set("severity", severity);
        draft.Message = Encoding.UTF8.GetString(draft.IsContinuation ? rest[word..] : rest[(colon + 3)..]);
        return true;
    }

    /// <summary>The first number in brackets, which every usual prefix has.</summary>
    private static bool TryProcess(ReadOnlySpan<byte> prefix, out long pid, out int end)
    {
        pid = end = 0;
        for (int from = 0; prefix[from..].IndexOf((byte)'[') is >= 0 and var bracket; from += bracket + 1)
        {
            ReadOnlySpan<byte> text = prefix[(from + bracket + 1)..];
            if (!Utf8Parser.TryParse(text, out pid, out int used) || used >= text.Length
                || text[used] is not ((byte)']' or (byte)'-')) continue;
            end = Math.Min(prefix.Length, from + bracket + 2 + used);
            return true;
        }
        return false;
    }

    /// <summary><c>user@database</c>, or <c>user=shop,db=shop</c> as pgBadger wants it.</summary>
    private static void TakeWho(ReadOnlySpan<byte> who, LogDraft draft)
    {
        int at = who.IndexOf((byte)'@');
        if (at > 0 && who.IndexOf((byte)' ') < 0)
        {
            draft.SetText("user", who[..at]);
            draft.SetText("database", who[(at + 1)..]);
            return;
        }
        if (who.IndexOf("user="u8) < 0) return;
        draft.SetText("user", Value(who, "user="u8));
        draft.SetText("database", Value(who, "db="u8));
    }

    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> who, ReadOnlySpan<byte> name)
    {
        int at = who.IndexOf(name);
        if (at < 0) return default;
        ReadOnlySpan<byte> value = who[(at + name.Length)..];
        int end = value.IndexOfAny(", "u8);
        return end < 0 ? value : value[..end];
    }

    private static bool TryCsv(ReadOnlySpan<byte> rest, DateTimeOffset time, LogDraft draft)
    {
        string? user = null, database = null, severity = null, state = null, message = null;
        long pid = -1;
        for (int column = User; column <= Message; column++)
        {
            if (!TryColumn(ref rest, out string text, out bool open) && column < Message) return false;
            if (open && column < Message) return false;
            switch (column)
            {
                case User: user = text; break;
                case Database: database = text; break;
                case Pid when !long.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out pid): return false;
                case Severity: severity = text; break;
                case State: state = text; break;
                case Message: (message, draft.IsOpen) = (text, open); break;
            }
        }
        if (severity is null || !Severities.TryGetValue(severity, out LogLevel level)) return false;
        draft.Format = LogFormat.Postgres;
        draft.Time = time;
        draft.Level = level;
        draft.Message = message;
        draft.Set("pid", pid);
        if (user is { Length: > 0 }) draft.Set("user", user);
        if (database is { Length: > 0 }) draft.Set("database", database);
        draft.Set("severity", severity);
        if (state is { Length: > 0 }) draft.Set("state", state);
        // A statement behind the message may go on on further lines, too.
        if (!draft.IsOpen) draft.IsOpen = rest.Count((byte)'"') % 2 == 1;
        return true;
    }

    /// <summary>Takes a column and its comma; false when the line has ended before it.</summary>
    private static bool TryColumn(ref ReadOnlySpan<byte> rest, out string text, out bool open)
    {
        open = false;
        text = "";
        if (rest.IsEmpty) return false;
        if (rest[0] != '"')
        {
            int comma = rest.IndexOf((byte)',');
            text = Encoding.UTF8.GetString(comma < 0 ? rest : rest[..comma]);
            rest = comma < 0 ? default : rest[(comma + 1)..];
            return true;
        }
        int end = 1;
        for (; end < rest.Length; end++)
        {
            if (rest[end] != '"') continue;
            if (end + 1 < rest.Length && rest[end + 1] == '"') end++;
            else break;
        }
        open = end >= rest.Length;
        text = Encoding.UTF8.GetString(rest[1..Math.Min(end, rest.Length)]).Replace("\"\"", "\"", StringComparison.Ordinal);
        rest = end + 2 < rest.Length ? rest[(end + 2)..] : default;
        return true;
    }
}
