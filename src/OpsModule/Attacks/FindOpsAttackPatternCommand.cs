using System.Management.Automation;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Foundations.Errors;

namespace OpsModule.Attacks;

/// <summary>
/// Finds attacks in the logs of services, in files, or in lines that are piped in: SQL injection, cross-site scripting, path traversal, command
/// injection, log4shell, server-side request forgery, scanners, and what applications report themselves.
/// </summary>
/// <remarks>
/// <para>What attackers write to get past a filter is undone before the rules look: URL, HTML and backslash encodings in several layers, SQL
/// comments, base64. Each match says what was undone (DecodedFrom), how sure the rule is (Confidence) and how grave it is (Severity): an attack
/// that was answered with content or a crash weighs more than one that was refused. Without -Explain a line has at most one match of a category.</para>
/// <para>What the allow-list names (-Allow, -AllowList and attacks.allow in the environment file) is not shown. -Verbose tells at the end how much each
/// entry let pass and which ones did nothing, -IncludeAllowed shows it. An entry that has ended and would have let matches pass is a warning.</para>
/// <para>The table shows control characters as symbols; the objects keep them.</para>
/// <para>Finding attacks is a success. With -FailOnMatch there is an error at the end when there were matches, so that pwsh -Command ends with 1 and a
/// scheduled step fails. What cannot be read to its end is a warning that says how far it was read, and the others are read.</para>
/// <para>With -Baseline a run that comes to its end counts as a whole. One that is stopped or killed before counts for nothing, and the next one shows all
/// of its matches again. With -Follow what was shown is written down a second later.</para>
/// </remarks>
/// <example>
/// <code>Find-OpsAttackPattern -Since 1h</code>
/// <para>The attacks of the last hour in all services of the environment.</para>
/// </example>
/// <example>
/// <code>Find-OpsAttackPattern -Path /var/log/nginx/access.log* -Category SqlInjection, Cross* -MinSeverity High</code>
/// <para>The grave ones of two categories in log files, rotated and compressed ones too. This needs no environment.</para>
/// </example>
/// <example>
/// <code>Get-OpsLog api -Since 2h -Pattern tenant | Find-OpsAttackPattern -MinConfidence Low</code>
/// <para>Looks only at entries that were chosen before, and also shows what is not sure.</para>
/// </example>
/// <example>
/// <code>Find-OpsAttackPattern -Path access.log | Group-Object Category</code>
/// <para>How many there are of each kind.</para>
/// </example>
/// <example>
/// <code>Find-OpsAttackPattern -Path access.log -Explain | Select-Object Rule, DecodedFrom, Explanation</code>
/// <para>Every rule that matches, with the text as written and as the rule saw it.</para>
/// </example>
/// <example>
/// <code>Find-OpsAttackPattern -Path access.log -Allow 198.51.100.0/24, 'agent:*UptimeRobot*' -Verbose</code>
/// <para>Leaves out a network of your own and a monitor, and tells how often.</para>
/// </example>
/// <example>
/// <code>Find-OpsAttackPattern api -Follow</code>
/// <para>Shows attacks as they come, until Ctrl+C.</para>
/// </example>
/// <example>
/// <code>Find-OpsAttackPattern -Path /var/log/nginx/access.log* -Baseline /var/lib/ops/attacks.json</code>
/// <para>An hourly scan that shows each attack once, whatever logrotate does in between.</para>
/// </example>
/// <example>
/// <code>Find-OpsAttackPattern -Path - -MinSeverity High</code>
/// <para>Looks into what another program writes: journalctl -o cat -u sshd | Find-OpsAttackPattern; -Path - reads the standard input of pwsh itself.</para>
/// </example>
/// <example>
/// <code>Find-OpsAttackPattern -Since 1h -MinSeverity Critical -FailOnMatch</code>
/// <para>A scheduled step that fails when something seems to have worked.</para>
/// </example>
[Cmdlet(VerbsCommon.Find, "OpsAttackPattern", DefaultParameterSetName = "InputObject")]
[OutputType(typeof(AttackMatch))]
public sealed class FindOpsAttackPatternCommand : OpsAttackCmdlet
{
    private AttackExplainer? _explainer;
    private long _count;

    /// <summary>Goes on with what services and files get, until Ctrl+C. Files are followed by name, through rotation; compressed ones are read once.</summary>
    [Parameter]
    public SwitchParameter Follow { get; set; }

    /// <summary>Shows every rule that matches, and why (property Explanation): the part of the line, as written and decoded, and the rule's expression.</summary>
    [Parameter]
    public SwitchParameter Explain { get; set; }

    /// <summary>Also shows what the allow-list lets pass, with the entry in the property AllowedBy. It does not count for -FailOnMatch, Measure-OpsAttack and Export-OpsBlockList.</summary>
    [Parameter]
    public SwitchParameter IncludeAllowed { get; set; }

    /// <summary>Ends with an error when there was a match, so that a scheduled step fails.</summary>
    [Parameter]
    public SwitchParameter FailOnMatch { get; set; }

    /// <summary>
    /// A file that remembers how far each source has been read, so that the next run shows only what is new. It is made by the first run.
    /// Files are known again after rotation and compression when all of their names are given: access.log*.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? Baseline { get; set; }

    /// <inheritdoc/>
    protected override string? BaselineFile => Baseline;

    /// <inheritdoc/>
    protected override bool Follows => Follow;

    /// <inheritdoc/>
    protected override void Start()
    {
        (_explainer, _count) = (null, 0);
        base.Start();
    }

    /// <inheritdoc/>
    protected override AttackQuery Refine(AttackQuery query) => query with { Everything = Explain };

    /// <inheritdoc/>
    protected override async Task FoundAsync(IReadOnlyList<AttackMatch> matches, CancellationToken cancellationToken)
    {
        AttackMatch[] judged = [.. matches.Select(m => Allowed.Find(m) is { } entry ? m with { AllowedBy = entry } : m)];
        _count += judged.Count(m => m.AllowedBy is null);
        matches = IncludeAllowed ? judged : [.. judged.Where(m => m.AllowedBy is null)];
        if (Query.Everything)
        {
            _explainer ??= new AttackExplainer(Query, TimeProvider.System);
            matches = [.. matches.Select(m => m with { Explanation = _explainer.Explain(m) })];
        }
        // The baseline may say that they were given away only when they were.
        var given = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        OnPipelineThread(() =>
        {
            foreach (AttackMatch match in matches) Write(match);
            given.SetResult();
        });
        if (Baseline is not null) await given.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override Task FinishAsync(CancellationToken cancellationToken)
    {
        if (FailOnMatch && _count > 0)
            Fail(new OpsException("AttacksFound", OpsErrorCategory.InvalidData, FormattableString.Invariant($"{_count:N0} {(_count == 1 ? "match was" : "matches were")} found; none was expected."),
                "Look at the matches; -MinSeverity, -MinConfidence, -Rule and -Category say what counts."));
        return Task.CompletedTask;
    }
}
