using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Secrets.Values;

/// <summary>
/// A DSN whose keys are made and disabled by Sentry's API. Use it where the entry says <c>sentry:</c>; else <see
/// cref="ValueSecretDriver"/>.
/// </summary>
internal sealed class SentrySecretDriver : ValueSecretDriver
{
    private readonly SentryAdmin _admin;
    private readonly SentryKeys _keys;

    /// <summary>Takes what is known of it; nothing is asked.</summary>
    /// <param name="context">The environment and what goes with it.</param>
    /// <param name="entry">The secret, with Sentry's API.</param>
    public SentrySecretDriver(OpsContext context, SecretEntry entry) : base(context, entry)
    {
        _admin = entry.Sentry ?? throw new ArgumentException($"The secret {entry.Name} names no API of Sentry.", nameof(entry));
        _keys = new SentryKeys(entry.Name, _admin);
    }

    /// <summary>Makes a key, or finds the one that this change has made already: it carries the change's id.</summary>
    public override async Task<SecretMaterial?> CreateAsync(ChangeRun run, SecretMaterial? current, CancellationToken cancellationToken) =>
        new(await _keys.MakeAsync(run, cancellationToken).ConfigureAwait(false));

    public override Task DiscardAsync(ChangeRun run, string change, CancellationToken cancellationToken) =>
        _keys.DiscardAsync(run, change, cancellationToken);

    public override async Task<SecretSurvey> LookAsync(SecretMaterial? current, CancellationToken cancellationToken)
    {
        int keys = await _keys.CountAsync(cancellationToken).ConfigureAwait(false);
        string project = $"{_admin.Organization}/{_admin.Project}";
        return Survey(new SecretSurvey
        {
            Identities = [new PlanIdentity("project of Sentry", project)], Overlaps = true,
            SetWords = FormattableString.Invariant($"Make a key of the project {project} of Sentry beside the {keys} that there are."),
                DropWords = $"Disable the old key of the project {project}.",
        });
    }

    /// <summary>The key counts since it was made; one that was taken back meanwhile is enabled again.</summary>
    public override async Task SetAsync(ChangeRun run, SecretMaterial? current, SecretMaterial pending, CancellationToken cancellationToken)
    {
        await base.SetAsync(run, current, pending, cancellationToken).ConfigureAwait(false);
        await _keys.EnableAsync(run, pending, isActive: true, cancellationToken).ConfigureAwait(false);
    }

    public override Task DropAsync(ChangeRun run, SecretMaterial old, SecretMaterial current, CancellationToken cancellationToken) =>
        old.Equals(current) ? Task.CompletedTask : _keys.EnableAsync(run, old, isActive: false, cancellationToken);

    public override async Task TakeBackAsync(ChangeRun run, SecretMaterial? current, SecretMaterial pending,
        CancellationToken cancellationToken)
    {
        if (current is not null) await _keys.EnableAsync(run, current, isActive: true, cancellationToken).ConfigureAwait(false);
        if (!pending.Equals(current)) await _keys.EnableAsync(run, pending, isActive: false, cancellationToken).ConfigureAwait(false);
    }
}
