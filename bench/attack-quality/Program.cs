using OpsModule.Bench.AttackQuality;
using OpsModule.Engine.Areas.Attacks.Rules;

if (args.Length == 0 || args[0] is "-h" or "--help")
{
    Console.WriteLine("""
        attack-quality FOLDER... [--rules FOLDER] [--misses CATEGORY] [--alarms] [--formats FILE]

        Measures the attack rules on data sets. A folder has attack.tsv (category, tab, payload; escapes \\ \t \n \r \xNN \uNNNN), benign.log, or both.
          --rules FOLDER     measure these rules instead of the module's
          --misses CATEGORY  also print the payloads that are not found
          --formats FILE     also measure each payload in lines of these formats (tests/data/attacks/formats.tsv)
          --alarms           also print what is found in the benign lines
        """);
    return 0;
}
string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;
string? rulesFolder = Option("--rules"), misses = Option("--misses"), formats = Option("--formats");
string[] folders = [.. args.Where((a, i) => !a.StartsWith("--", StringComparison.Ordinal) && (i == 0 || args[i - 1] is not ("--rules" or "--misses" or "--formats")))];

IReadOnlyList<AttackRule> rules = rulesFolder is null ? RuleCatalog.Own : RuleCatalog.Read([rulesFolder]);
var quality = new Quality(rules);
foreach (string folder in folders)
{
    if (folders.Length > 1) Console.WriteLine($"## {Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))}\n");
    if (File.Exists(Path.Combine(folder, "attack.tsv"))) await quality.MeasureRecallAsync(DataSet.Attacks(Path.Combine(folder, "attack.tsv")), misses);
    if (formats is not null && File.Exists(Path.Combine(folder, "attack.tsv")))
        await quality.MeasureFormatsAsync(DataSet.Attacks(Path.Combine(folder, "attack.tsv")), DataSet.Formats(formats));
    if (File.Exists(Path.Combine(folder, "benign.log"))) await quality.MeasureAlarmsAsync(DataSet.Benign(Path.Combine(folder, "benign.log")), args.Contains("--alarms"));
}
return 0;
