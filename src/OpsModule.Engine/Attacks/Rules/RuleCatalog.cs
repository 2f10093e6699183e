using OpsModule.Engine.Files;

namespace OpsModule.Engine.Attacks.Rules;

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

    /// <summary>Beside the engine's assembly, or beside the folder that it lies in.</summary>
    internal static string Folder()
    {
        string here = Path.GetDirectoryName(typeof(RuleCatalog).Assembly.Location)!;
        string inside = Path.Combine(here, "rules");
        return Directory.Exists(inside) ? inside : Path.Combine(Path.GetDirectoryName(here)!, "rules");
    }
}
