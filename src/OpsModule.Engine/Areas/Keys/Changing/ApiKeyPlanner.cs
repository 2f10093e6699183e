using OpsModule.Engine.Areas.Secrets.ApiKeys;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Opening;
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
            Warnings = await WarnAsync(secret, issuer, meant, cancellationToken).ConfigureAwait(false),
            Irreversible = !issuer.Restores, Undo = issuer.Restores ? "the same keys are valid again" : null,
        };
    }

    /// <summary>What is cut off here, too: keys that places of this environment hold.</summary>
    private async Task<IReadOnlyList<string>> WarnAsync(string secret, IKeyIssuer issuer, IssuedKey[] meant, CancellationToken ct)
    {
        SecretEntry entry = EntryOf(secret);
        var said = new List<string>();
        KeptSecret kept = new SecretStore(context).Read(secret);
        if (kept.Pending?.Login is { } pending && meant.Any(k => k.Id == pending))
            said.Add($"A rotation of {secret} has not ended, and its new key {pending} is among them: take the rotation back, or rotate "
                + "again.");
        if (entry.Uses.Count == 0) return said;
        string? own = kept.Current?.Login;
        if (own is null)
        {
            try
            {
                SecretMaterial used = await OpenedSecret.Of(context, secret).ReadOneAsync(ct).ConfigureAwait(false);
                own = await issuer.FindAsync(used.Value, ct).ConfigureAwait(false);
            }
            // Places that cannot be read now keep nobody from revoking a key.
            catch (OpsException) { own = null; }
        }
        if (own is null ? meant.Any(k => KeyLabel.IsOf(k.Name, entry.ApiKey!.KeyName)) : meant.Any(k => k.Id == own))
            said.Add((own is null ? $"A key that is called {entry.ApiKey!.KeyName} is perhaps" : $"The key {own} is")
                + $" the one that {secret} has in its places: services that use it are refused until it is rotated.");
        return said;
    }

    private SecretEntry EntryOf(string secret) => context.Environment.Section<SecretsSettings>().Entries[secret];
}
