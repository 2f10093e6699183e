using System.Text;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Rules;

namespace OpsModule.Bench.AttackQuality;

/// <summary>Counts what is found where something is to be found, and where nothing is.</summary>
internal sealed class Quality(IReadOnlyList<AttackRule> rules)
{
    /// <summary>A table of recall: a line counts as found only under its own category.</summary>
    public async Task MeasureRecallAsync(IReadOnlyList<(string Name, AttackCategory Category, string[] Payloads)> attacks, string? misses)
    {
        AttackScanner scanner = Scanner(AttackConfidence.Medium);
        Console.WriteLine($"| recall % | payloads | {string.Join(" | ", Renderings.All.Select(r => r.Name))} | mean | as any category |");
        Console.WriteLine($"|---|---:|{string.Concat(Renderings.All.Select(_ => "---:|"))}---:|---:|");
        foreach ((string name, AttackCategory category, string[] payloads) in attacks)
        {
            var right = new List<double>();
            double any = 0;
            var missed = new List<string>();
            foreach ((string rendering, Func<string, string> line) in Renderings.All)
            {
                List<AttackMatch> found = await ScanAsync(scanner, payloads.Select(line));
                HashSet<long> lines = [.. found.Where(m => m.Category == category).Select(m => m.Line)];
                right.Add(100.0 * lines.Count / payloads.Length);
                any += 100.0 * found.Select(m => m.Line).Distinct().Count() / payloads.Length;
                missed.AddRange(payloads.Where((_, i) => !lines.Contains(i + 1)).Select(p => $"{rendering}: {Shown(p)}"));
            }
            Console.WriteLine($"| {name} | {payloads.Length} | {string.Join(" | ", right.Select(r => $"{r:F1}"))} | {right.Average():F1} | {any / Renderings.All.Length:F1} |");
            if (misses == name)
                foreach (string miss in missed) Console.WriteLine($"    {miss}");
        }
        Console.WriteLine();
    }

    /// <summary>A table of recall by format: up to 250 payloads of each category, as a parameter of the request.</summary>
    public async Task MeasureFormatsAsync(IReadOnlyList<(string Name, AttackCategory Category, string[] Payloads)> attacks, IReadOnlyList<(string Name, string Line)> formats)
    {
        AttackScanner scanner = Scanner(AttackConfidence.Medium);
        Console.WriteLine($"| recall % by format | {string.Join(" | ", attacks.Select(a => a.Name))} |");
        Console.WriteLine($"|---|{string.Concat(attacks.Select(_ => "---:|"))}");
        foreach ((string name, string line) in formats)
        {
            var found = new List<string>();
            foreach ((string _, AttackCategory category, string[] payloads) in attacks)
            {
                string[] some = [.. payloads.Where((_, i) => i % Math.Max(1, payloads.Length / 250) == 0)];
                List<AttackMatch> matches = await ScanAsync(scanner, some.Select(p =>
                    line.Replace("{PATH}", "search").Replace("{QUERY}", "q=" + Uri.EscapeDataString(p)).Replace("{AGENT}", "Mozilla/5.0")));
                found.Add($"{100.0 * matches.Where(m => m.Category == category).Select(m => m.Line).Distinct().Count() / some.Length:F1}");
            }
            Console.WriteLine($"| {name} | {string.Join(" | ", found)} |");
        }
        Console.WriteLine();
    }

    /// <summary>A table of benign lines in which something is found.</summary>
    public async Task MeasureAlarmsAsync(IReadOnlyList<(string Name, string[] Lines)> benign, bool show)
    {
        Console.WriteLine("| false positives | lines | Low and above | Medium and above (default) | High | severity High, at the default |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|");
        foreach ((string name, string[] lines) in benign)
        {
            List<AttackMatch> found = await ScanAsync(Scanner(AttackConfidence.Low), lines);
            List<AttackMatch> usual = await ScanAsync(Scanner(AttackConfidence.Medium), lines);
            string Share(IEnumerable<AttackMatch> matches) => matches.Select(m => m.Line).Distinct().Count() is var n ? $"{n} ({100.0 * n / lines.Length:F3} %)" : "";
            Console.WriteLine($"| {name} | {lines.Length} | {Share(found)} | {Share(usual)} | {Share(found.Where(m => m.Confidence == AttackConfidence.High))} | {Share(usual.Where(m => m.Severity >= AttackSeverity.High))} |");
            if (!show) continue;
            foreach (AttackMatch match in usual) Console.WriteLine($"    {match.Rule} {match.Confidence} {match.Severity} [{Shown(match.MatchedText)}] {Shown(match.Raw)}");
        }
        Console.WriteLine();
    }

    private AttackScanner Scanner(AttackConfidence least) => new(new AttackQuery { Rules = rules, MinConfidence = least }, TimeProvider.System);

    private static async Task<List<AttackMatch>> ScanAsync(AttackScanner scanner, IEnumerable<string> lines)
    {
        var found = new List<AttackMatch>();
        var stream = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        await foreach (IReadOnlyList<AttackMatch> batch in scanner.ScanStreamAsync(stream, "data", default)) found.AddRange(batch);
        return found;
    }

    private static string Shown(string text) => text.Length <= 300 ? text.ReplaceLineEndings("\\n") : text[..300].ReplaceLineEndings("\\n") + "…";
}
