using System.Text.RegularExpressions;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Areas.Attacks.Sigma;

/// <summary>Makes rules of Sigma rules for web servers and proxies: what can be expressed is proven by examples made of it, and what cannot is told.</summary>
/// <param name="category">The category of all rules; null to guess it by their titles.</param>
/// <param name="confidence">How sure they are.</param>
public sealed class SigmaImporter(AttackCategory? category, AttackConfidence confidence)
{
    private const int MaxBytes = 1024 * 1024, MostAlternatives = 32;

    private static readonly string[] Products = ["apache", "nginx", "iis", "haproxy", "squid", "caddy", "traefik"];
    private static readonly (string Words, AttackCategory Category)[] Guesses =
    [
        ("log4|jndi", AttackCategory.Log4Shell), ("sql", AttackCategory.SqlInjection), ("xss|cross.site", AttackCategory.CrossSiteScripting),
        ("travers|local file|lfi|file (read|inclusion|disclosure)", AttackCategory.PathTraversal), ("ssrf|request forgery", AttackCategory.ServerSideRequestForgery),
        ("rce|command|code (execution|injection)|web.?shell|ssti|template injection|deserial", AttackCategory.CommandInjection),
    ];

    private readonly HashSet<string> _ids = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a file with one Sigma rule.</summary>
    public RuleImport Read(string file)
    {
        string path = Path.GetFullPath(file);
        var result = new RuleImport { Source = path, Title = Path.GetFileNameWithoutExtension(path) };
        var findings = new FindingList(path);
        if (TextFile.Read(path, MaxBytes, findings.Add) is not { } text) return result with { Problems = (string[])[.. findings.All.Select(f => f.Message)] };
        try
        {
            if (YamlTree.Read(text) is not YamlMap map || map["detection"] is not YamlMap detection) throw new SigmaRefusedException("It is no Sigma rule: it has no detection.");
            result = result with { Title = map.Text("title") ?? result.Title, SigmaId = map.Text("id"), Author = map.Text("author") };
            return Convert(map, detection, result);
        }
        catch (YamlRefusedException e)
        {
            return result with { Problems = (string[])[$"Line {e.Line}: {e.Message}"] };
        }
        catch (SigmaRefusedException e)
        {
            return result with { Problems = (string[])[e.Message] };
        }
    }

    private RuleImport Convert(YamlMap map, YamlMap detection, RuleImport result)
    {
        CheckSource(map["logsource"] as YamlMap);
        if (detection.Has("timeframe")) throw new SigmaRefusedException("It counts within a time; write a rate rule for that.");
        var notes = new List<string>();
        var reader = new SigmaDetection(notes);
        var parts = detection.Entries.Where(e => e.Key.Value != "condition").DistinctBy(e => e.Key.Value).ToDictionary(e => e.Key.Value, e => reader.Read(e.Value));
        string[] conditions = detection["condition"] switch { YamlText one => [one.Value], YamlList many => [.. many.Items.OfType<YamlText>().Select(t => t.Value)], _ => [] };
        if (conditions.Length == 0) throw new SigmaRefusedException("It has no condition.");
        SigmaNode node = SigmaDetection.Join([.. conditions.Select(c => SigmaCondition.Read(c, parts))], all: false);
        AttackRule template = Template(map, result.Title);
        AttackRule[] rules = [.. Alternatives(node, negate: false).Select(a => new SigmaRuleMaker(template, a).Make()).Select(r => r with { Id = Unused(r.Id) })];
        return result with { Rules = rules, Notes = (string[])[.. notes.Distinct()] };
    }

    private static void CheckSource(YamlMap? source)
    {
        string? kind = source?.Text("category"), product = source?.Text("product") ?? source?.Text("service");
        if (kind is "webserver" or "proxy" || (kind is null && product is not null && Products.Contains(product, StringComparer.OrdinalIgnoreCase))) return;
        throw new SigmaRefusedException($"It is for logs of another kind ({kind ?? product ?? "none named"}); webserver and proxy are known here.");
    }

    private AttackRule Template(YamlMap map, string title)
    {
        string[] tags = [.. (map["tags"] as YamlList)?.Items.OfType<YamlText>().Select(t => t.Value) ?? []];
        string? technique = tags.Select(t => Regex.Match(t, @"^attack\.(t\d{4}(\.\d{3})?)$", RegexOptions.IgnoreCase)).FirstOrDefault(m => m.Success)?.Groups[1].Value.ToUpperInvariant();
        string slug = Regex.Replace(title.ToLowerInvariant(), "[^a-z0-9]+", "-").Trim('-');
        return new AttackRule
        {
            Id = "sigma-" + (slug.Length == 0 ? "rule" : slug[..Math.Min(60, slug.Length)].Trim('-')),
            Title = title.Trim().TrimEnd('.'),
            Category = category ?? Guess($"{title} {string.Join(' ', tags)}"),
            Severity = map.Text("level") switch { "critical" => AttackSeverity.Critical, "high" => AttackSeverity.High, "low" => AttackSeverity.Low, "informational" => AttackSeverity.Information, _ => AttackSeverity.Medium },
            Confidence = confidence,
            TextConfidence = confidence,
            Mitre = technique,
            Tags = (string[])["sigma", .. map.Text("id") is { } id ? new[] { id } : [], .. tags],
            Pattern = "",
        };
    }

    private static AttackCategory Guess(string text)
    {
        foreach ((string words, AttackCategory found) in Guesses)
            if (Regex.IsMatch(text, words, RegexOptions.IgnoreCase)) return found;
        return AttackCategory.Scanner;
    }

    private string Unused(string id)
    {
        string unused = id;
        for (int i = 2; !_ids.Add(unused); i++) unused = $"{id}-{i}";
        return unused;
    }

    /// <summary>The condition as alternatives of atoms that must, or must not, be there together.</summary>
    private static List<List<(SigmaAtom Atom, bool Not)>> Alternatives(SigmaNode node, bool negate)
    {
        switch (node)
        {
            case SigmaIs one: return [[(one.Atom, negate)]];
            case SigmaNot not: return Alternatives(not.Node, !negate);
        }
        (IReadOnlyList<SigmaNode> nodes, bool all) = node is SigmaAll every ? (every.Nodes, !negate) : (((SigmaAny)node).Nodes, negate);
        var alternatives = all ? nodes.Select(n => Alternatives(n, negate)).Aggregate(new List<List<(SigmaAtom, bool)>> { new() }, (left, right) =>
                Bounded([.. left.SelectMany(l => right.Select(r => (List<(SigmaAtom, bool)>)[.. l, .. r]))]))
            : [.. nodes.SelectMany(n => Alternatives(n, negate))];
        return Bounded(alternatives);
    }

    private static List<List<(SigmaAtom, bool)>> Bounded(List<List<(SigmaAtom, bool)>> alternatives) =>
        alternatives.Count <= MostAlternatives ? alternatives : throw new SigmaRefusedException($"Its condition comes to more than {MostAlternatives} alternatives.");
}
