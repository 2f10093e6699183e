namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>Recognises the lines in which a server or an application logs its own SQL: that an application speaks SQL is no attack.</summary>
internal static class StatementLog
{
    private static readonly byte[][] Marks =
    [
        "LOG:  statement: "u8.ToArray(), "LOG:  execute "u8.ToArray(), "LOG:  parse "u8.ToArray(), "LOG:  bind "u8.ToArray(), "STATEMENT:  "u8.ToArray(), " ms  statement: "u8.ToArray(),
        " ms  execute "u8.ToArray(), " ms  parse "u8.ToArray(), " ms  bind "u8.ToArray(), " ms  plan:"u8.ToArray(), "QUERY:  "u8.ToArray(), "CONTEXT:  "u8.ToArray(),
        "LOG: statement: "u8.ToArray(), "LOG: execute "u8.ToArray(), "Executed DbCommand"u8.ToArray(), "Executing DbCommand"u8.ToArray(), "Hibernate: "u8.ToArray(),
        " Query\t"u8.ToArray(), " Prepare\t"u8.ToArray(), " Execute\t"u8.ToArray(), "sqlalchemy.engine"u8.ToArray(), "ActiveRecord"u8.ToArray(),
    ];

    /// <summary>Words of a line's head that tell nothing by themselves, such as a user's and a database's name; more of them are a sentence.</summary>
    private const int MostWords = 2;

    /// <summary>Where the statement begins, or -1 when the line is none.</summary>
    public static int Find(ReadOnlySpan<byte> line)
    {
        foreach (byte[] mark in Marks)
            if (line.IndexOf(mark) is >= 0 and var at && IsHead(line[..at])) return at + mark.Length;
        return -1;
    }

    /// <summary>
    /// True for what a server writes before a mark: time, level, process, names. Anything else may come from a client, who would hide behind a mark of his own.
    /// </summary>
    private static bool IsHead(ReadOnlySpan<byte> head)
    {
        if (head.IndexOfAny("\"'<>?&%"u8) >= 0 || head.IndexOf((byte)'\\') >= 0) return false;
        int words = 0;
        while (!head.IsEmpty)
        {
            int end = head.IndexOfAny((byte)' ', (byte)'\t');
            ReadOnlySpan<byte> word = end < 0 ? head : head[..end];
            head = end < 0 ? default : head[(end + 1)..];
            if (word.IndexOf((byte)'/') >= 0 && (word.IndexOfAnyExcept("0123456789/:."u8) >= 0 || word.IndexOfAnyInRange((byte)'0', (byte)'9') < 0)) return false; // a path, not a day
            if (word.IndexOfAnyInRange((byte)'a', (byte)'z') < 0) continue; // a time, a number, a level
            if (word.IndexOfAny(":.@=[]"u8) < 0 && ++words > MostWords) return false;
        }
        return true;
    }
}
