using OpsModule.Engine.Areas.Secrets.ApiKeys;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Settings;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Keys.Changing;

/// <summary>Plans that keys of an API are made and revoked.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class ApiKeyPlanner(OpsContext context)
{
    private const int MostNamed = 20;

    /// <summary>A plan of a new key.</summary>
    /// <param name="secret">The secret, by the name that the environment file has.</param>
    /// <param name="name">The key's name.</param>
    /// <param name="reason">Why, for the journal.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>ApiKeyUnsupported</c> of a list, and what reaching it throws.</exception>
    public async Task<ChangePlan> PlanNewAsync(string secret, string name, string? reason, CancellationToken cancellationToken)
    {
        IKeyIssuer issuer = KeyIssuers.Open(context, EntryOf(secret));
        int valid = (await issuer.ListAsync(cancellationToken).ConfigureAwait(false)).Count(k => !k.IsRevoked);
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = IssueKey.KindName, Action = "New-OpsApiKey", Target = IssueKey.TargetOf(secret),
            Arguments = IssueKey.Arguments(secret, name, reason), PlannedAt = context.Time.GetUtcNow(),
            Summary = $"Make a key {name} by {issuer.Words}", Identities = [new PlanIdentity($"keys of {secret}", issuer.Identity)],
            Steps = [new PlannedStep(IssueKey.Create, $"Make a key {name} by {issuer.Words}, show it this once, and keep it nowhere.")],
            Figures = [new PlanFigure("valid keys", valid.ToString(System.Globalization.CultureInfo.InvariantCulture))],
            Undo = "the key is revoked",
        };
    }

    /// <summary>A plan that revokes keys; null where none that is valid is meant.</summary>
    /// <param name="secret">The secret, by the name that the environment file has.</param>
    /// <param name="choice">Which keys; neither names nor an age for all.</param>
    /// <param name="reason">Why, for the journal.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>ApiKeyUnsupported</c> of a list, and what reaching it throws.</exception>
    public async Task<ChangePlan?> PlanRevokeAsync(string secret, ApiKeyChoice choice, string? reason, CancellationToken cancellationToken)
    {
        IKeyIssuer issuer = KeyIssuers.Open(context, EntryOf(secret));
        IReadOnlyList<IssuedKey> all = await issuer.ListAsync(cancellationToken).ConfigureAwait(false);
        IssuedKey[] meant = [.. new ApiKeyCatalog(context).Chosen(all, choice, secret, context.Time.GetUtcNow())
            .Where(k => !k.IsRevoked)];
        if (meant.Length == 0) return null;
        string[] ids = [.. meant.Select(k => k.Id)];
        string? own = new SecretStore(context).Read(secret).Current?.Login;
        string count = meant.Length == 1 ? "1 key" : $"{meant.Length} keys";
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = RevokeKeys.KindName, Action = "Revoke-OpsApiKey",
            Target = IssueKey.TargetOf(secret), Arguments = RevokeKeys.Arguments(secret, ids, reason),
            PlannedAt = context.Time.GetUtcNow(),
            Summary = $"Revoke {count} of {all.Count(k => !k.IsRevoked)} valid ones by {issuer.Words}",
            Identities = [new PlanIdentity($"keys of {secret}", issuer.Identity), .. ids.Select(RevokeKeys.Valid)],
            Steps = [new PlannedStep(RevokeKeys.Revoke, $"Revoke {count}, and see by the list that they are revoked.")],
            Figures = [.. meant.Take(MostNamed).Select(k => new PlanFigure("key", $"{KeyLabel.NameOf(k.Name)} ({k.Id})")),
                .. meant.Length > MostNamed ? [new PlanFigure("keys", $"{meant.Length - MostNamed} more")] : Array.Empty<PlanFigure>()],
            Warnings = own is not null && ids.Contains(own) ? [$"The key {own} is the one that {secret} has in its places: services that "
                + "use it are refused until it is rotated."] : [],
            Irreversible = !issuer.Restores, Undo = issuer.Restores ? "the same keys are valid again" : null,
        };
    }

    private SecretEntry EntryOf(string secret) => context.Environment.Section<SecretsSettings>().Entries[secret];
}
