using System.Diagnostics;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Attacks.Rules;

/// <summary>What came of testing a rule, or of reading a rule file that cannot be used.</summary>
public sealed record RuleTestResult : IVerdict
{
    /// <summary>The rule; null for a mistake in the file.</summary>
    public string? Rule { get; init; }

    /// <summary>The file.</summary>
    public required string File { get; init; }

    /// <summary>The line of a mistake in the file; 0 for a rule.</summary>
    public int Line { get; init; }

    /// <summary>The column of a mistake in the file; 0 for a rule.</summary>
    public int Column { get; init; }

    /// <summary>True when the file can be used and all examples hold.</summary>
    public bool Passed => KeptPassed ?? Problems.Count == 0;

    // As it was where the record comes from, when what it follows from was not kept.
    internal bool? KeptPassed { get; init; }

    /// <summary>How many examples it was held against.</summary>
    public int Examples { get; init; }

    /// <summary>What is wrong.</summary>
    public IReadOnlyList<string> Problems { get; init => field = PlainList.Of(value); } = [];

    /// <summary>How many lines of the logs it matches; null without logs.</summary>
    public long? Hits { get; init; }

    /// <summary>How long the logs took with this rule alone; null without logs.</summary>
    public TimeSpan? Duration { get; init; }

    bool IVerdict.IsBad() => !Passed;
}

/// <summary>Tests rules against their own examples, and against logs.</summary>
/// <param name="settings">Rules of the environment, and where its tenants stand; null for none.</param>
/// <param name="reporter">Where it says what it could not read.</param>
/// <param name="time">The clock.</param>
public sealed class RuleTest(AttackSettings? settings, IOpsReporter reporter, TimeProvider time)
{
    private readonly AttackSettings _settings = settings ?? new AttackSettings();

    /// <summary>Tests the rules and rate rules of files and folders.</summary>
    /// <param name="paths">Files and folders; null for the rules of the module and of the environment.</param>
    /// <param name="logs">Log files to count hits in; null for none.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async IAsyncEnumerable<RuleTestResult> RunAsync(IReadOnlyList<string>? paths, IReadOnlyList<string>? logs,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RuleFile[] files = [.. (paths ?? [RuleCatalog.Folder(), RateCatalog.Folder, .. _settings.Rules]).SelectMany(RuleCatalog.Files).Select(RuleFile.Read)];
        var scanner = new Lazy<EntryScanner>(() => ScannerOf(files, _settings));
        // Examples of the module are written for the usual fields, whatever the environment says.
        var ownScanner = new Lazy<EntryScanner>(() => ScannerOf([], new AttackSettings()));
        foreach (RuleFile file in files)
        {
            foreach (EnvironmentFinding finding in file.Findings.Where(f => f.Severity == FindingSeverity.Error))
                yield return new RuleTestResult { File = file.File, Line = finding.Line, Column = finding.Column, Problems = (string[])[finding.Message] };
            foreach (AttackRule rule in file.Rules) yield return await TestAsync(rule, logs, cancellationToken).ConfigureAwait(false);
            foreach (RateRule rate in file.Rates)
                yield return new RuleTestResult { Rule = rate.Id, File = file.File, Examples = rate.Matches.Count + rate.Ignores.Count, Problems = RuleExamples.Check(rate, IsOwn(rate.File) ? ownScanner.Value : scanner.Value) };
        }
    }

    /// <summary>Rate rules count what these rules and those of the module and the environment find together.</summary>
    private EntryScanner ScannerOf(IEnumerable<RuleFile> files, AttackSettings settings)
    {
        IEnumerable<AttackRule> rules = files.SelectMany(f => f.Rules).Concat(RuleBook.All(settings.Rules).Rules).DistinctBy(r => r.Id, StringComparer.OrdinalIgnoreCase);
        return new EntryScanner(new AttackQuery { Rules = [.. rules], TenantFields = settings.TenantFields, ResourceTenantFields = settings.ResourceTenantFields, TrustedProxies = settings.TrustedProxies }, time);
    }

    private static bool IsOwn(string? file) => file?.StartsWith(RuleCatalog.Folder(), StringComparison.Ordinal) == true;

    private async Task<RuleTestResult> TestAsync(AttackRule rule, IReadOnlyList<string>? logs, CancellationToken cancellationToken)
    {
        var result = new RuleTestResult
        {
            Rule = rule.Id,
            File = rule.File!,
            Examples = rule.Matches.Count + rule.Ignores.Count,
            Problems = (string[])[.. RuleExamples.Check([rule], IsOwn(rule.File) ? null : _settings).Select(b => b.Message)],
        };
        if (logs is null) return result;
        var clock = Stopwatch.StartNew();
        long hits = 0;
        var query = new AttackQuery
        {
            Rules = [rule], MinConfidence = AttackConfidence.Low, Everything = true, CountOnly = true, TenantFields = _settings.TenantFields, ResourceTenantFields = _settings.ResourceTenantFields, TrustedProxies = _settings.TrustedProxies,
        };
        var hunt = new AttackHunt(query, new AttackSources { Files = logs }, null, reporter, time);
        await foreach (IReadOnlyList<AttackMatch> batch in hunt.RunAsync(cancellationToken).ConfigureAwait(false)) hits += batch.Count;
        return result with { Hits = hits, Duration = clock.Elapsed };
    }
}
