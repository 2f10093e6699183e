using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Attacks.Rules;

/// <summary>The rules that come with the module, and those of files.</summary>
public static class RuleCatalog
{
    private static readonly Lazy<IReadOnlyList<AttackRule>> OwnRules = new(() => Collect([Folder()], RuleFile.ReadOwn));

    /// <summary>The rules of the module.</summary>
    public static IReadOnlyList<AttackRule> Own => OwnRules.Value;

    /// <summary>Reads rules from files and folders (the *.yaml and *.yml in them).</summary>
    /// <exception cref="OpsException"><c>RuleFileNotFound</c>, <c>RuleFileInvalid</c> with place and expectation, <c>RuleTwice</c>.</exception>
    public static IReadOnlyList<AttackRule> Read(IEnumerable<string> paths) => Collect(paths, RuleFile.Read);

    private static IReadOnlyList<AttackRule> Collect(IEnumerable<string> paths, Func<string, RuleFile> readFile)
    {
        var rules = new Dictionary<string, AttackRule>(StringComparer.OrdinalIgnoreCase);
        foreach (string file in paths.SelectMany(Files))
        {
            RuleFile read = readFile(file);
            if (read.Findings.FirstOrDefault(f => f.Severity == FindingSeverity.Error) is { } error)
                throw new OpsException("RuleFileInvalid", OpsErrorCategory.InvalidData, $"{file}({error.Line},{error.Column}): {error.Message}",
                    "Correct the file; Test-OpsAttackRule shows everything that is wrong with it.", file);
            foreach (AttackRule rule in read.Rules)
                if (!rules.TryAdd(rule.Id, rule))
                    throw new OpsException("RuleTwice", OpsErrorCategory.InvalidData, $"The rule {rule.Id} stands in {rules[rule.Id].File} and in {file}.", "Give one of them another id.", rule.Id);
        }
        return [.. rules.Values];
    }

    internal static IEnumerable<string> Files(string path)
    {
        if (File.Exists(path)) return [path];
        if (Directory.Exists(path))
            return Directory.EnumerateFiles(path).Where(f => Path.GetExtension(f) is ".yaml" or ".yml").Order(StringComparer.Ordinal);
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
