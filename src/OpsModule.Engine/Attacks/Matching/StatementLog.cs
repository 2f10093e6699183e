namespace OpsModule.Engine.Attacks.Matching;

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

    /// <summary>Where the statement begins, or -1 when the line is none.</summary>
    public static int Find(ReadOnlySpan<byte> line)
    {
        foreach (byte[] mark in Marks)
            if (line.IndexOf(mark) is >= 0 and var at) return at + mark.Length;
        return -1;
    }
}
