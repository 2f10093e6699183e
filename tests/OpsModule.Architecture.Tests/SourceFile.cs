using System.Text.RegularExpressions;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Architecture.Tests;

/// <summary>One file of C#, as far as the rules of the house look at it.</summary>
internal sealed partial record SourceFile(string Path, string Text)
{
    private string? _code;

    /// <summary>Its namespace.</summary>
    public string Namespace => NamespaceLine().Match(Text).Groups[1].Value;

    /// <summary>The types that it declares at its top.</summary>
    public IEnumerable<string> Types => TypeLine().Matches(Code).Select(m => m.Groups[1].Value);

    /// <summary>The project that it is of; what lies in a shorter namespace is of another one, which it does not see.</summary>
    private string Project => Path.Split('/')[1];

    /// <summary>Namespaces whose types it can name.</summary>
    public HashSet<string> Visible => [.. UsingLine().Matches(Text).Select(m => m.Groups[1].Value), .. Ancestors(Namespace).Where(a => a.StartsWith(Project, StringComparison.Ordinal))];

    /// <summary>Words that may be names of types.</summary>
    public HashSet<string> Words => [.. Word().Matches(Code).Select(m => m.Value)];

    public int Lines => Text.AsSpan().Count('\n');

    // Comments and plain texts say nothing of what the compiler sees.
    private string Code => _code ??= PlainText().Replace(Comment().Replace(RawText().Replace(Text, "\"\""), ""), "\"\"");

    /// <summary>All files below a folder of the repository.</summary>
    public static IReadOnlyList<SourceFile> Read(string folder) =>
        [.. Directory.EnumerateFiles(System.IO.Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories)
            .Select(f => System.IO.Path.GetRelativePath(Repository.Root, f).Replace('\\', '/')).Where(f => !BuildFolder().IsMatch(f)).Order(StringComparer.Ordinal)
            .Select(f => new SourceFile(f, File.ReadAllText(System.IO.Path.Combine(Repository.Root, f))))];

    private static IEnumerable<string> Ancestors(string name)
    {
        for (string rest = name; ; rest = rest[..rest.LastIndexOf('.')])
        {
            yield return rest;
            if (!rest.Contains('.')) yield break;
        }
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"^using ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex UsingLine();

    [GeneratedRegex(@"^(?:public|internal)[\w ]*?\b(?:class|struct|interface|enum|record struct|record|delegate [\w<>\[\], ?]+?)\s+(\w+)", RegexOptions.Multiline)]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"\b[A-Z]\w+\b")]
    private static partial Regex Word();

    [GeneratedRegex("\"\"\"[\\s\\S]*?\"\"\"")]
    private static partial Regex RawText();

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comment();

    [GeneratedRegex("(?<![$@])\"(?:\\\\.|[^\"\\\\\\n])*\"")]
    private static partial Regex PlainText();

    [GeneratedRegex(@"/(bin|obj)/")]
    private static partial Regex BuildFolder();
}
