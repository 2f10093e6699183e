using System.Diagnostics;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Attacks.Rules;

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
    public bool Passed => Problems.Count == 0;

    /// <summary>How many examples it was held against.</summary>
    public int Examples { get; init; }

    /// <summary>What is wrong.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>How many lines of the logs it matches; null without logs.</summary>
    public long? Hits { get; init; }

    /// <summary>How long the logs took with this rule alone; null without logs.</summary>
    public TimeSpan? Duration { get; init; }

    bool IVerdict.IsBad() => !Passed;
}

/// <summary>Tests rules against their own examples, and against logs.</summary>
/// <param name="reporter">Where it says what it could not read.</param>
/// <param name="time">The clock.</param>
public sealed class RuleTest(IOpsReporter reporter, TimeProvider time)
{
    /// <summary>Tests the rules of files and folders.</summary>
    /// <param name="paths">Files and folders; null for the rules of the module.</param>
    /// <param name="logs">Log files to count hits in; null for none.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async IAsyncEnumerable<RuleTestResult> RunAsync(IReadOnlyList<string>? paths, IReadOnlyList<string>? logs,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IEnumerable<RuleFile> files = (paths ?? [RuleCatalog.Folder()]).SelectMany(RuleCatalog.Files).Select(RuleFile.Read);
        foreach (RuleFile file in files)
        {
            foreach (EnvironmentFinding finding in file.Findings.Where(f => f.Severity == FindingSeverity.Error))
                yield return new RuleTestResult { File = file.File, Line = finding.Line, Column = finding.Column, Problems = [finding.Message] };
            foreach (AttackRule rule in file.Rules) yield return await TestAsync(rule, logs, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<RuleTestResult> TestAsync(AttackRule rule, IReadOnlyList<string>? logs, CancellationToken cancellationToken)
    {
        var result = new RuleTestResult
        {
            Rule = rule.Id,
            File = rule.File!,
            Examples = rule.Matches.Count + rule.Ignores.Count,
            Problems = [.. RuleExamples.Check([rule]).Select(b => b.Message)],
        };
        if (logs is null) return result;
        var query = new AttackQuery { Rules = [rule], MinConfidence = AttackConfidence.Low, Everything = true };
        var clock = Stopwatch.StartNew();
        long hits = 0;
        await foreach (IReadOnlyList<AttackMatch> batch in new AttackHunt(query, new AttackSources { Files = logs }, null, reporter, time).RunAsync(cancellationToken).ConfigureAwait(false))
            hits += batch.Count;
        return result with { Hits = hits, Duration = clock.Elapsed };
    }
}
