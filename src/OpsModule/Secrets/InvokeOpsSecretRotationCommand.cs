using System.Management.Automation;
using System.Security;
using OpsModule.Engine.Areas.Keys;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Phases;
using OpsModule.Engine.Areas.Secrets.Showing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Outlets.Alerts;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Errors;

namespace OpsModule.Secrets;

/// <summary>
/// Rotates secrets to the end: a new value is set and proven, written where it is used, the services that read it are replaced, and the old
/// value is dropped and proven refused.
/// </summary>
/// <remarks>
/// <para>The new value lies sealed in the state folder before anything is set. Killed anywhere, Resume-OpsChange goes on, and until the old
/// value is dropped Undo-OpsChange takes all back: services, files, server. The old value is dropped when the instances that run have the
/// new one, no session runs on the old one, and its overlap is over; as long as that is not so, the change waits, and
/// 'Resume-OpsChange -Due' in a schedule goes on with it.</para>
/// <para>Several secrets of one call are one change, which replaces the services that they share once; when one of them fails, the others
/// are taken back. With -Due only those are one change that share a service: of the others each is rotated by itself, and one that fails
/// takes back none of them. Of secrets that are piped in, those whose value others make are left out, with a warning
/// (NeedsPeople).</para>
/// <para>What is made by somebody else is handed in, with -Value, -ValueFile or -FromStandardInput; it stands in no plan. Where only people
/// can disable the old one, the rotation waits for Complete-OpsSecretRotation.</para>
/// <para>What signs tokens (jwt) and a list of keys are replaced in phases, each by itself: every instance accepts the new value before one
/// uses it, and the old one is accepted until all that was made with it has ended. -OverlapFor 0s replaces it at once: all sessions end,
/// which is asked for, unless -Force is given. With -NotBefore of a key of an API the receivers of alerts are told now.</para>
/// </remarks>
/// <example>
/// <code>Invoke-OpsSecretRotation db, redis -Reason 'yearly' | Assert-OpsResult</code>
/// <para>Rotates two secrets, with one replacement of the services that use both.</para>
/// </example>
/// <example>
/// <code>Invoke-OpsSecretRotation -Due</code>
/// <para>Rotates all whose time has come, for a schedule.</para>
/// </example>
/// <example>
/// <code>Invoke-OpsSecretRotation sentry -Value (Read-Host -AsSecureString)</code>
/// <para>Hands in a value that was made elsewhere.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Invoke, "OpsSecretRotation", SupportsShouldProcess = true, DefaultParameterSetName = "Name")]
[OutputType(typeof(RotationResult), typeof(ChangePlan))]
public sealed class InvokeOpsSecretRotationCommand : OpsEnvironmentCmdlet, IPlanFileCmdlet
{
    private readonly List<(OpsContext Context, List<string> Names)> _asked = [];
    private readonly List<RotationResult> _leftOut = [];

    /// <summary>The secrets, by their names in the environment file, in any case and with wildcards.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "Name")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SecretCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>
    /// All that are to be rotated by now (every:). One whose last rotation is not known, whose new value others make, or that cannot be
    /// rotated now, is left out, with a warning; the others are rotated.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = "Due")]
    public SwitchParameter Due { get; set; }

    /// <summary>The new value, made elsewhere, for one secret.</summary>
    [Parameter(ParameterSetName = "Name")]
    [ValidateNotNull]
    public SecureString? Value { get; set; }

    /// <summary>A file whose content is the new value; a line's end at its end is none of it.</summary>
    [Parameter(ParameterSetName = "Name")]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? ValueFile { get; set; }

    /// <summary>Reads the new value from the standard input of this process, to its end.</summary>
    [Parameter(ParameterSetName = "Name")]
    public SwitchParameter FromStandardInput { get; set; }

    /// <summary>
    /// How long the old value stays valid after the new one is in use; what the environment file says when it is left out.
    /// </summary>
    [Parameter]
    [Duration(Waits = true, Most = "365d")]
    public TimeSpan? OverlapFor { get; set; }

    /// <summary>When it begins at the earliest: until then the change waits, and 'Resume-OpsChange -Due' begins it.</summary>
    [Parameter]
    [Moment(Ahead = true)]
    public DateTimeOffset? NotBefore { get; set; }

    /// <summary>
    /// Asks nothing where sessions end with it: of what signs tokens, with an overlap that is shorter than they are valid.
    /// </summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Why it is done, for the revisions and the journal.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Reason { get; set; }

    /// <summary>
    /// Does nothing now, and writes what would be done as a plan into this file: Get-OpsPlan shows it, and Invoke-OpsPlan carries it out,
    /// later or run by another
    /// person, as long as what it was made for is still there. Several changes of one call become one plan, which is carried out whole or
    /// not at all.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? PlanFile { get; set; }

    /// <inheritdoc/>
    protected override Task BeginAsync(CancellationToken cancellationToken)
    {
        if (new[] { Value is not null, ValueFile is not null, FromStandardInput.IsPresent }.Count(g => g) > 1)
            throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument,
                "-Value, -ValueFile and -FromStandardInput each hand the new value in, and more than one was given.", "Give one of them.");
        return base.BeginAsync(cancellationToken);
    }

    /// <summary>What comes through the pipeline is gathered: services that several secrets share are replaced once.</summary>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        CheckPipedIsOfThis();
        var catalog = new SecretCatalog(Context);
        IReadOnlyList<string> names = Due
            ? catalog.FindDue(Warning, LeaveOut)
            : catalog.Choose(Name, Fail);
        // Whoever pipes in what is overdue has not chosen those of others: they keep none of the rest from being rotated.
        if (!Due && MyInvocation.ExpectingInput && !IsEnvironment && Value is null && ValueFile is null && !FromStandardInput)
            names = catalog.WithoutPeoples(names, Warning, LeaveOut);
        if (_asked.FindIndex(a => ReferenceEquals(a.Context, Context)) is var at and >= 0) _asked[at].Names.AddRange(names);
        else _asked.Add((Context, [.. names]));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        SecretMaterial? handedIn = null;
        foreach ((OpsContext context, List<string> all) in _asked)
        {
            string[] meant = [.. all.Distinct(StringComparer.OrdinalIgnoreCase)];
            if (meant.Length == 0) continue;
            GoOnIn(context);
            await AttemptAllAsync<(IReadOnlyList<string> Names, bool InPhases)>(() =>
            {
                handedIn ??= HandedIn();
                return Task.FromResult(Changes(context, meant));
            }, change => RotateAsync(change.Names, change.InPhases, handedIn, cancellationToken)).ConfigureAwait(false);
        }
        foreach (RotationResult result in _leftOut) Emit(result);
    }

    /// <summary>Which of the secrets are one change.</summary>
    private IReadOnlyList<(IReadOnlyList<string> Names, bool InPhases)> Changes(OpsContext context, string[] names)
    {
        // Each of those that are replaced in phases has its own overlap, and none of the others waits for that.
        IReadOnlyList<string> phased = new PhasePlanner(context).Choose(names);
        // In one plan the second one would begin after the first one's overlap, and wait for services that the others hold.
        if (PlanFile is not null && phased.Count > 0 && names.Length > 1)
            throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument,
                $"{phased[0]} is replaced in phases, and is a plan of its own.",
                "Write a plan for each secret that is replaced in phases, into a file of its own.", phased[0]);
        string[] together = [.. names.Except(phased)];
        // A plan of a file is carried out whole.
        IReadOnlyList<IReadOnlyList<string>> changes = Due && PlanFile is null && together.Length > 0
            ? new RotationPlanner(context).Group(together, CannotNow) : together.Length > 0 ? [together] : [];
        return [.. changes.Select(c => (c, false)), .. phased.Select(p => ((IReadOnlyList<string>)[p], true))];
    }

    private Task RotateAsync(IReadOnlyList<string> names, bool inPhases, SecretMaterial? handedIn, CancellationToken cancellationToken)
    {
        var options = new RotationOptions
        {
            HandedIn = handedIn, OverlapFor = OverlapFor, Reason = Reason,
            NotBefore = NotBefore,
        };
        return inPhases ? RotateInPhasesAsync(names[0], options, cancellationToken)
            : RotateTogetherAsync(names, options, cancellationToken);
    }

    private async Task RotateInPhasesAsync(string name, RotationOptions options, CancellationToken cancellationToken)
    {
        ChangePlan plan;
        try { plan = await new PhasePlanner(Context).PlanAsync(name, options, cancellationToken).ConfigureAwait(false); }
        catch (OpsException e) when (Due)
        {
            CannotNow(name, e);
            return;
        }
        if (plan.Irreversible && Due && !Force)
        {
            string ends = $"{name} is due, and is left out: {plan.Warnings[0]} Rotate it by its name.";
            Warning(ends);
            LeaveOut(new SecretCatalog(Context).LeftOut(name, RotationOutcome.LeftOut, ends));
            return;
        }
        if (!await AskAsync(plan).ConfigureAwait(false)) return;
        if (plan.Irreversible && !Force
            && !await ShouldContinueAsync($"{plan.Summary}. {plan.Warnings[0]}", "-Force").ConfigureAwait(false)) return;
        await AnnounceAsync([name], cancellationToken).ConfigureAwait(false);
        await RunAsync(plan, () => { }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Carries it out, and shows what became of each secret, also where it failed.</summary>
    private async Task RunAsync(ChangePlan plan, Action whenNotBegun, CancellationToken cancellationToken)
    {
        var runner = new ChangeRunner(Context);
        try { await runner.RunAsync(plan, cancellationToken).ConfigureAwait(false); }
        finally
        {
            if (runner.Latest is { } change)
                foreach (RotationResult result in new RotationReport(Context).Of(change)) Emit(result);
            else whenNotBegun();
        }
    }

    /// <summary>Tells clients of keys, by the receivers of alerts, when a new key takes the place of theirs.</summary>
    private async Task AnnounceAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        if (NotBefore is not { } begin) return;
        foreach (Alert notice in new KeyNotice(Context).Of(names, begin))
        {
            var alerts = new AlertService(Context);
            AlertDelivery[] told = alerts.Any
                ? [.. await alerts.SendAsync(notice, null, cancellationToken).ConfigureAwait(false)] : [];
            if (told.All(d => d.Outcome is not (DeliveryOutcome.Delivered or DeliveryOutcome.Folded)))
                Warning($"Nobody was told that {notice.Target} is replaced: no receiver of alerts took the notice.");
            foreach (AlertDelivery failed in told.Where(d => d.Outcome == DeliveryOutcome.Failed))
                Warning($"{failed.Receiver} was not told that {notice.Target} is replaced.");
        }
    }

    private async Task RotateTogetherAsync(IReadOnlyList<string> names, RotationOptions options, CancellationToken cancellationToken)
    {
        SecretMaterial? handedIn = options.HandedIn;
        ChangePlan? plan = await new RotationPlanner(Context).PlanAsync(names, options, Due ? CannotNow : null, cancellationToken)
            .ConfigureAwait(false);
        if (plan is null) return;
        // A plan that is kept finds the value in the state folder, too.
        bool isMeant = await AskAsync(plan).ConfigureAwait(false);
        if (handedIn is not null && (isMeant || (PlanFile is not null && !IsWhatIf))) new HandedInValue(Context).Keep(names[0], handedIn);
        if (!isMeant) return;
        await AnnounceAsync(names, cancellationToken).ConfigureAwait(false);
        await RunAsync(plan, () =>
        {
            if (handedIn is not null) new HandedInValue(Context).Forget(names[0], handedIn);
        }, cancellationToken).ConfigureAwait(false);
    }

    private void CannotNow(string name, OpsException why)
    {
        Warning($"{name} is due, and is left out: {why.Message} {why.RecommendedAction}");
        LeaveOut(new SecretCatalog(Context).LeftOut(name, RotationOutcome.LeftOut, why.Message));
    }

    /// <summary>What was left out of all that are due ends the output, where something was done.</summary>
    private void LeaveOut(RotationResult result)
    {
        if (!IsWhatIf && PlanFile is null) _leftOut.Add(result);
    }

    private SecretMaterial? HandedIn()
    {
        if (Value is not null) return new SecretMaterial(new System.Net.NetworkCredential("", Value).Password);
        if (ValueFile is null && !FromStandardInput) return null;
        try
        {
            using Stream stream = ValueFile is not null ? File.OpenRead(ValueFile) : Console.OpenStandardInput();
            using var reader = new StreamReader(stream, new System.Text.UTF8Encoding(false, throwOnInvalidBytes: true));
            string text = reader.ReadToEnd();
            return new SecretMaterial(text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1]
                : text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Text.DecoderFallbackException)
        {
            throw SecretErrors.SecretValueRefused.Make($"The new value cannot be read from {ValueFile ?? "the standard input"}: "
                + $"{e.Message}",
                "Give a file of UTF-8 text that this user may read.", ValueFile, e);
        }
    }
}
