using System.Text;

namespace OpsModule.Connections.Platforms.Compose;

/// <summary>Replaces <c>${VAR}</c> as Compose does, from the process's environment and the project's <c>.env</c>.</summary>
public sealed class ComposeVariables(IReadOnlyDictionary<string, string> envFile)
{
    /// <summary>Variables with this beginning are Compose's own settings.</summary>
    public const string ComposePrefix = "COMPOSE_";

    private const int MaxDepth = 8;

    /// <summary>Values from the project's .env.</summary>
    public IReadOnlyDictionary<string, string> EnvFile { get; } = envFile;

    /// <summary>The variable's value, or null when it is set nowhere.</summary>
    /// <remarks>What somebody's shell says to Compose is about the project that he works on there, not about this one.</remarks>
    public string? Find(string name) => ComposeEnvFile.Shell(name) ?? EnvFile.GetValueOrDefault(name);

    /// <summary>Replaces all variables; those that are not set become empty.</summary>
    public string Expand(string text) => Expand(text, 0);

    /// <summary>The variable's name when a text is nothing but one variable, else null.</summary>
    public static string? OnlyVariable(string text)
    {
        if (text.Length < 2 || text[0] != '$' || text[1] == '$') return null;
        bool braces = text[1] == '{';
        int start = braces ? 2 : 1;
        int end = NameEnd(text, start);
        if (end == start || (!braces && end < text.Length)) return null;
        return !braces || ClosingBrace(text, start) == text.Length - 1 ? text[start..end] : null;
    }

    private string Expand(string text, int depth)
    {
        if (!text.Contains('$') || depth > MaxDepth) return text;
        var result = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '$' || i + 1 == text.Length)
            {
                result.Append(text[i]);
            }
            else if (text[i + 1] == '$')
            {
                result.Append('$');
                i++;
            }
            else if (text[i + 1] == '{' && ClosingBrace(text, i + 2) is var close and > 0)
            {
                result.Append(Value(text[(i + 2)..close], depth));
                i = close;
            }
            else if (NameEnd(text, i + 1) is var end && end > i + 1)
            {
                result.Append(Find(text[(i + 1)..end]));
                i = end - 1;
            }
            else
            {
                result.Append('$');
            }
        }
        return result.ToString();
    }

    /// <summary>What stands between the braces: a name, and after it perhaps what to do when it is or is not set.</summary>
    private string Value(string inside, int depth)
    {
        int end = NameEnd(inside, 0);
        string? value = Find(inside[..end]);
        string rest = inside[end..];
        bool emptyCounts = !rest.StartsWith(':');
        if (!emptyCounts) rest = rest[1..];
        bool isSet = emptyCounts ? value is not null : !string.IsNullOrEmpty(value);
        string other = rest.Length > 0 ? rest[1..] : "";
        return rest.Length == 0 ? value ?? "" : rest[0] switch
        {
            '-' => isSet ? value! : Expand(other, depth + 1),
            '+' => isSet ? Expand(other, depth + 1) : "",
            _ => value ?? "",
        };
    }

    private static int NameEnd(string text, int start)
    {
        int i = start;
        while (i < text.Length && (char.IsAsciiLetter(text[i]) || text[i] == '_' || (i > start && char.IsAsciiDigit(text[i])))) i++;
        return i;
    }

    private static int ClosingBrace(string text, int start)
    {
        int open = 1;
        for (int i = start; i < text.Length; i++)
        {
            if (text[i] == '{') open++;
            else if (text[i] == '}' && --open == 0) return i;
        }
        return -1;
    }
}
