using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Attacks.Rules;

/// <summary>The rules that come with the module, and those of files.</summary>
public static class RuleCatalog
{
    private static readonly Lazy<IReadOnlyList<AttackRule>> OwnRules = new(() => RuleBook.Read([Folder()], RuleFile.ReadOwn).Rules);

    /// <summary>The rules of the module.</summary>
    public static IReadOnlyList<AttackRule> Own => OwnRules.Value;

    /// <summary>Reads rules from files and folders (the *.yaml and *.yml in them).</summary>
    /// <exception cref="OpsException"><c>RuleFileNotFound</c>, <c>RuleFileInvalid</c> with place and expectation, <c>RuleTwice</c>.</exception>
    public static IReadOnlyList<AttackRule> Read(IEnumerable<string> paths) => RuleBook.Read(paths).Rules;

    internal static IEnumerable<string> Files(string path)
    {
        if (File.Exists(path)) return [path];
        if (Directory.Exists(path))
            return Directory.EnumerateFiles(path).Where(f => Path.GetExtension(f) is ".yaml" or ".yml" && ForeignFile.IsForWildcards(f)).Order(StringComparer.Ordinal);
        throw new OpsException("RuleFileNotFound", OpsErrorCategory.ObjectNotFound, $"There is no rule file or folder {path}.", "Correct the path.", path);
    }

    /// <summary>Beside the engine's assembly, or beside a folder that it lies in: the module keeps it in <c>deps</c> and in <c>native/&lt;system&gt;</c>.</summary>
    internal static string Folder()
    {
        string here = Path.GetDirectoryName(typeof(RuleCatalog).Assembly.Location)!;
        string[] candidates = [.. new[] { ".", "..", "../.." }.Select(up => Path.GetFullPath(Path.Combine(here, up, "rules")))];
        return candidates.FirstOrDefault(Directory.Exists) ?? candidates[0];
    }
}
