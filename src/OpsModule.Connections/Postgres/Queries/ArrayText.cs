using System.Text;

namespace OpsModule.Connections.Postgres.Queries;

/// <summary>Reads arrays as the server writes them: <c>{1,NULL,"a \"b\""}</c>, arrays of arrays, and with bounds before them.</summary>
public static class ArrayText
{
    /// <summary>The elements, null for NULL; of an array of arrays, arrays. Null for a text that is none.</summary>
    /// <param name="text">The array.</param>
    /// <param name="read">Reads an element.</param>
    public static object?[]? Read(string text, Func<string, object> read)
    {
        int at = text.StartsWith('[') ? text.IndexOf("={", StringComparison.Ordinal) + 1 : 0;
        object?[]? elements = Level(text, ref at, read);
        return at == text.Length ? elements : null;
    }

    private static object?[]? Level(string text, ref int at, Func<string, object> read)
    {
        if (at >= text.Length || text[at] != '{') return null;
        at++;
        var elements = new List<object?>();
        if (at < text.Length && text[at] == '}')
        {
            at++;
            return [];
        }
        while (at < text.Length)
        {
            if (text[at] == '{')
            {
                if (Level(text, ref at, read) is not { } inner) return null;
                elements.Add(inner);
            }
            else if (text[at] == '"') elements.Add(read(Quoted(text, ref at)));
            else elements.Add(Plain(text, ref at) is var word && word == "NULL" ? null : read(word));
            if (at >= text.Length) return null;
            if (text[at++] == '}') return [.. elements];
        }
        return null;
    }

    private static string Quoted(string text, ref int at)
    {
        var value = new StringBuilder();
        for (at++; at < text.Length && text[at] != '"'; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length) at++;
            value.Append(text[at]);
        }
        at++;
        return value.ToString();
    }

    private static string Plain(string text, ref int at)
    {
        int begin = at;
        while (at < text.Length && text[at] is not (',' or '}')) at++;
        return text[begin..at];
    }
}
