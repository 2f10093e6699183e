using System.Text;
using System.Text.RegularExpressions;

namespace OpsModule.Foundations.Files;

/// <summary>
/// Paths with wildcards as PowerShell writes them: * and ?, a set such as [0-9], and a backtick before one of these for the character itself.
/// A file that has the very name comes first, whatever characters are in it.
/// </summary>
public static class PathPattern
{
    private const char Escaping = '`';

    /// <summary>True when it means more than one name.</summary>
    public static bool HasWildcard(string path)
    {
        for (int i = 0; i < path.Length; i++)
        {
            if (path[i] == Escaping) i++;
            else if (path[i] is '*' or '?' || (path[i] == '[' && path.IndexOf(']', i + 1) > 0)) return true;
        }
        return false;
    }

    /// <summary>The pattern that means exactly this path.</summary>
    public static string Escape(string path)
    {
        if (path.AsSpan().IndexOfAny("*?[]`") < 0) return path;
        var escaped = new StringBuilder(path.Length + 8);
        foreach (char c in path) escaped.Append(c is '*' or '?' or '[' or ']' or Escaping ? "`" : "").Append(c);
        return escaped.ToString();
    }

    /// <summary>The path that a pattern without wildcards means.</summary>
    public static string Unescape(string path)
    {
        if (!path.Contains(Escaping)) return path;
        var plain = new StringBuilder(path.Length);
        for (int i = 0; i < path.Length; i++)
        {
            if (path[i] == Escaping && i + 1 < path.Length && path[i + 1] is '*' or '?' or '[' or ']' or Escaping) i++;
            plain.Append(path[i]);
        }
        return plain.ToString();
    }

    /// <summary>The files and folders that are there, in the order of their names; none when there is none. Hidden ones only when the pattern begins with a dot.</summary>
    /// <param name="full">A full path.</param>
    /// <param name="isNamed">Whether it means a file by its very name, and not by a wildcard.</param>
    public static IReadOnlyList<string> Expand(string full, out bool isNamed)
    {
        isNamed = true;
        if (Path.Exists(full)) return [full];
        if (!HasWildcard(full)) return Unescape(full) is var plain && Path.Exists(plain) ? [plain] : [];
        isNamed = false;
        string root = Path.GetPathRoot(full)!;
        IEnumerable<string> level = [root];
        string[] parts = full[root.Length..].Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < parts.Length; i++)
        {
            (string part, bool last) = (parts[i], i == parts.Length - 1);
            level = [.. level.SelectMany(folder => Step(folder, part, last))];
        }
        return [.. level];
    }

    private static IEnumerable<string> Step(string folder, string part, bool last)
    {
        if (!HasWildcard(part))
        {
            string path = Path.Combine(folder, Unescape(part));
            return Directory.Exists(path) || (last && File.Exists(path)) ? [path] : [];
        }
        Regex names = Names(part);
        try
        {
            return [.. (last ? Directory.GetFileSystemEntries(folder) : Directory.GetDirectories(folder))
                .Where(p => Path.GetFileName(p) is var name && (name[0] != '.' || part[0] == '.') && names.IsMatch(name)).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is UnauthorizedAccessException or DirectoryNotFoundException) { return []; }
    }

    /// <summary>Without backtracking: a pattern of many stars must not take for ever.</summary>
    private static Regex Names(string part)
    {
        var pattern = new StringBuilder(@"\A");
        for (int i = 0; i < part.Length; i++)
        {
            int end = part[i] == '[' ? part.IndexOf(']', i + 1) : -1;
            if (part[i] == Escaping && i + 1 < part.Length) pattern.Append(Regex.Escape(part[++i].ToString()));
            else if (part[i] == '*') pattern.Append(".*");
            else if (part[i] == '?') pattern.Append('.');
            else if (end > i + 1)
            {
                pattern.Append('[').Append(Set(part[(i + 1)..end])).Append(']');
                i = end;
            }
            else pattern.Append(Regex.Escape(part[i].ToString()));
        }
        return new Regex(pattern.Append(@"\z").ToString(), RegexOptions.NonBacktracking | RegexOptions.Singleline | RegexOptions.CultureInvariant);
    }

    /// <summary>Only the minus between two characters is one of a range; everything else stands for itself. A range that is none is its characters.</summary>
    private static string Set(string characters)
    {
        var set = new StringBuilder();
        for (int i = 0; i < characters.Length; i++)
        {
            bool isRange = i > 0 && i + 1 < characters.Length && characters[i] == '-' && characters[i - 1] < characters[i + 1];
            set.Append(isRange ? "-" : $"\\u{(int)characters[i]:x4}");
        }
        return set.ToString();
    }
}
