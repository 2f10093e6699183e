using System.Management.Automation;
using OpsModule.Engine;
using OpsModule.Engine.Attacks;
using OpsModule.Engine.Attacks.Rules;
using OpsModule.Engine.Logs;
using OpsModule.Reports;

namespace OpsModule.Attacks;

/// <summary>
/// Sums up matches of attack rules: totals, the worst addresses, tenants, paths, rules and sources, different addresses, a timeline, and who
/// did something more often than a rate rule allows, such as more than ten failed logins within a minute.
/// </summary>
/// <remarks>
/// <para>Matches are piped in, or with -Path it looks for them in files by itself, which is faster. Memory stays bounded, whatever comes: counts
/// of offenders are never too small and at most by CountError too large, which is 0 up to 10,000 different values; different addresses are
/// an estimate with a standard error of 0.81 %.</para>
/// <para>Rate rules slide over the time of the log, not of the clock, so that old logs say the same as new ones. Lines may come in any order
/// while there is room, and five minutes late whatever comes; what could not be counted is in NotRated. Without -Rate the rules of the module hold.</para>
/// <para>What an allow-list lets pass is in Suppressed and Suppressions and in no other number. A file says more than -Allow can: of an entry
/// that names an address, a path, an agent and a rule, all must hold.</para>
/// </remarks>
/// <example>
/// <code>Measure-OpsAttack -Path /var/log/nginx/access.log*</code>
/// <para>What all of these logs come to.</para>
/// </example>
/// <example>
/// <code>Measure-OpsAttack -Path access.log -By Address -Top 5</code>
/// <para>The five worst addresses, as objects.</para>
/// </example>
/// <example>
/// <code>Measure-OpsAttack -Path auth.log -Allow 198.51.100.0/24, 'rule:scanner-*' -Rate rates.yaml</code>
/// <para>Lets a network of your own and some rules pass, and has rate rules of its own.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Measure, "OpsAttack")]
[OutputType(typeof(AttackSummary), typeof(AttackOffender))]
public sealed class MeasureOpsAttackCommand : OpsCmdlet
{
    private AttackTally? _tally;

    /// <summary>Matches of attack rules.</summary>
    [Parameter(ValueFromPipeline = true)]
    public object? InputObject { get; set; }

    /// <summary>Files to look into: paths, folders (the files in them), the wildcards * and ?; names that end in .gz are uncompressed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Path { get; set; }

    /// <summary>Only lines from this time on, or from so long ago: 2026-11-21T03:16:00Z, 15m, 2h, 7d. For -Path.</summary>
    [Parameter]
    [Moment]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Only lines up to this time, or up to so long ago. For -Path.</summary>
    [Parameter]
    [Moment]
    public DateTimeOffset? Until { get; set; }

    /// <summary>Only matches that are at least so grave.</summary>
    [Parameter]
    public AttackSeverity MinSeverity { get; set; }

    /// <summary>Only matches that are at least so sure.</summary>
    [Parameter]
    public AttackConfidence MinConfidence { get; set; } = AttackConfidence.Medium;

    /// <summary>The most frequent by this key as objects, in place of the summary.</summary>
    [Parameter]
    public AttackKey? By { get; set; }

    /// <summary>How many offenders of each kind.</summary>
    [Parameter]
    [ValidateRange(1, AttackTally.Places)]
    public int Top { get; set; } = 10;

    /// <summary>What is not to be counted: addresses and networks, <c>path:</c>, <c>agent:</c> or <c>rule:</c> and a pattern.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Allow { get; set; }

    /// <summary>Files of what is not to be counted: <c>allow:</c> with a list of address, path, agent, rule and reason.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? AllowList { get; set; }

    /// <summary>Files or folders of rate rules, in place of those of the module.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Rate { get; set; }

    /// <inheritdoc/>
    protected override Task BeginAsync(CancellationToken cancellationToken)
    {
        if (Since > Until)
            throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument, $"-Since ({Display.Time(Since)}) is later than -Until ({Display.Time(Until)}).", "Exchange them.");
        string folder = Output.CurrentDirectory;
        _tally = new AttackTally(Rate is null ? null : RateCatalog.Read(Rate.Select(r => System.IO.Path.GetFullPath(r, folder))), AllowParameters.Read(Allow, AllowList, folder));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        switch (PipedObject.Of(InputObject))
        {
            case null:
                break;
            case AttackMatch match when Path is null:
                if (match.Severity >= MinSeverity && match.Confidence >= MinConfidence) _tally!.Add(match);
                break;
            case AttackMatch:
                throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument, "Matches were piped in and -Path was given; one of them is needed.", "Leave one of them out.");
            case { } other:
                Fail(new OpsException("NoAttackMatch", OpsErrorCategory.InvalidArgument, $"A {other.GetType().Name} was piped in, a match of an attack rule was expected.", "Pipe the output of Find-OpsAttackPattern.", other));
                break;
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        if (Path is not null)
        {
            var query = new AttackQuery { MinSeverity = MinSeverity, MinConfidence = MinConfidence, Since = Since, Until = Until };
            var sources = new AttackSources { Files = LogFiles.Find(Path, Output.CurrentDirectory) };
            await foreach (IReadOnlyList<AttackMatch> batch in new AttackHunt(query, sources, null, this, TimeProvider.System).RunAsync(cancellationToken).ConfigureAwait(false)) _tally!.Add(batch);
        }
        AttackSummary summary = _tally!.Summarize(Top);
        if (summary.NotRated > 0)
            Warning(FormattableString.Invariant($"{summary.NotRated:N0} matches could not be counted by rate rules: they came too late, or of too many keys at once."));
        if (By is not { } by)
        {
            Emit(summary);
            return;
        }
        if (summary.Suppressed > 0) Verbose($"The allow-list let {summary.Suppressed} matches pass: {string.Join("; ", summary.Suppressions)}.");
        foreach (AttackOffender offender in summary.By(by)) Emit(offender);
    }
}
