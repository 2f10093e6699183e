using System.Management.Automation;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Foundations.Errors;

namespace OpsModule.Attacks;

/// <summary>
/// Sums up attacks: totals, the worst addresses, tenants, paths, rules and sources, different addresses, a timeline, and who did something more
/// often than a rate rule allows, such as more than ten failed logins within a minute.
/// </summary>
/// <remarks>
/// <para>It scans services, files, or what is piped in by itself, with the parameters of Find-OpsAttackPattern; that is the fast way, because no
/// objects are made of the matches. Or matches of Find-OpsAttackPattern are piped in: then -Rule, -Category, -MinSeverity, -MinConfidence, -Since and
/// -Until narrow them where they are given, and nothing else does.</para>
/// <para>Memory stays bounded, whatever comes: counts of offenders are never too small and at most by CountError too large, which is 0 up to
/// 10,000 different values; different addresses are an estimate with a standard error of 0.81 %.</para>
/// <para>Rate rules slide over the time of the log, not of the clock, so that old logs say the same as new ones. When it scans by itself, they
/// also see matches below -MinSeverity: a failed login is nothing, a hundred are; bursts below it are left out. Of matches that are piped in
/// they see what is piped in. In both cases they see only what the rules of -Rule and -Category find with -MinConfidence, and lines with a time.
/// Lines may come in any order while there is room, and five minutes late whatever comes; what could not be counted is in NotRated. Without
/// -Rate those of the module and of attacks.rules in the environment file hold; attacks.rates there changes them.</para>
/// <para>What an allow-list lets pass is in Suppressed and Suppressions (with the first and last time) and in no other number; UnusedAllows are entries that
/// let nothing pass. A file says more than -Allow can: of an entry that names an address, a path, an agent and a rule, all must hold.</para>
/// </remarks>
/// <example>
/// <code>Measure-OpsAttack -Path /var/log/nginx/access.log*</code>
/// <para>What all of these logs come to.</para>
/// </example>
/// <example>
/// <code>Measure-OpsAttack api, web -Since 1h -By Address -Top 5</code>
/// <para>The five worst addresses of the last hour in two services, as objects.</para>
/// </example>
/// <example>
/// <code>Measure-OpsAttack -Path access.log -Category SqlInjection, Cross* -MinSeverity High</code>
/// <para>Only the grave ones of two categories, and bursts of these.</para>
/// </example>
/// <example>
/// <code>Find-OpsAttackPattern -Path access.log -MinConfidence Low | Measure-OpsAttack</code>
/// <para>Sums up matches that have other uses, too.</para>
/// </example>
/// <example>
/// <code>Measure-OpsAttack -Path auth.log -Allow 198.51.100.0/24, 'rule:scanner-*' -Rate rates.yaml</code>
/// <para>Lets a network of your own and some rules pass, and has rate rules of its own.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Measure, "OpsAttack", DefaultParameterSetName = "InputObject")]
[OutputType(typeof(AttackSummary), typeof(AttackOffender))]
public sealed class MeasureOpsAttackCommand : OpsAttackCmdlet
{
    private AttackTally? _tally;
    private HashSet<string>? _chosen;

    /// <summary>The most frequent by this key as objects, in place of the summary.</summary>
    [Parameter]
    public AttackKey? By { get; set; }

    /// <summary>How many offenders of each kind.</summary>
    [Parameter]
    [ValidateRange(1, AttackTally.Places)]
    public int Top { get; set; } = 10;

    /// <summary>Files or folders of rate rules, in place of those of the module, the environment and -RulePath. What attacks.rates in the environment file says of them holds.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true)]
    [SupportsWildcards]
    public string[]? Rate { get; set; }

    /// <inheritdoc/>
    protected override AttackQuery Refine(AttackQuery query) => query with { CountOnly = true, MinSeverity = AttackSeverity.Information };

    /// <inheritdoc/>
    protected override void Start()
    {
        base.Start();
        IReadOnlyList<RateRule> rates = Rate is null ? Book.With(Settings.Rates).Rates : RateCatalog.Change(RateCatalog.Read(ProviderPaths.Expand(Rate)), Settings.Rates);
        _tally = new AttackTally(rates, Allowed, MinSeverity);
        if (Rule is not null || Category is not null) _chosen = [.. Query.Rules!.Select(r => r.Id)];
    }

    /// <inheritdoc/>
    protected override Task FoundAsync(IReadOnlyList<AttackMatch> matches, CancellationToken cancellationToken)
    {
        _tally!.Add(matches);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override Task<bool> TakeAsync(object input, CancellationToken cancellationToken)
    {
        if (input is not AttackMatch match)
            Fail(new OpsException("NoAttackMatch", OpsErrorCategory.InvalidArgument, $"A {input.GetType().Name} was piped in; a match, a line or an entry of a log was expected.",
                "Pipe Find-OpsAttackPattern, Get-OpsLog or Get-Content.", input));
        else if (IsAsked(match)) _tally!.Add(match);
        return Task.FromResult(true);
    }

    /// <summary>Who pipes matches has chosen them; only what is asked for here as well narrows them.</summary>
    private bool IsAsked(AttackMatch match) =>
        (!IsBound(nameof(MinConfidence)) || match.Confidence >= MinConfidence) && !(match.Time < Since) && !(match.Time > Until) && _chosen?.Contains(match.Rule) != false;

    /// <inheritdoc/>
    protected override Task FinishAsync(CancellationToken cancellationToken)
    {
        AttackSummary summary = _tally!.Summarize(Top);
        if (summary.NotRated > 0)
            Warning($"Not all matches could be counted by rate rules, because they came too late, or of too many keys at once: {string.Join("; ", summary.NotRatedRules)}.");
        if (By is not { } by)
        {
            Emit(summary);
            return Task.CompletedTask;
        }
        foreach (AttackOffender offender in summary.By(by)) Emit(offender);
        return Task.CompletedTask;
    }
}
