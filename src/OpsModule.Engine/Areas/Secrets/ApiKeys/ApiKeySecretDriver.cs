using System.Globalization;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Contract.ApiKeys;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Values;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Secrets.ApiKeys;

/// <summary>
/// A key that is made and revoked where keys are kept, and that its clients have in their places: the new one counts beside the old one,
/// until logs tell of nobody who uses that.
/// </summary>
internal sealed class ApiKeySecretDriver : ValueSecretDriver
{
    private readonly OpsContext _context;
    private readonly SecretEntry _entry;
    private readonly ApiKeySettings _settings;
    private readonly IKeyIssuer _issuer;
    private readonly KeyUsage _usage;

    /// <summary>Takes what is known of it; nothing is asked.</summary>
    /// <param name="context">The environment and what goes with it.</param>
    /// <param name="entry">The secret, with where its keys are kept.</param>
    public ApiKeySecretDriver(OpsContext context, SecretEntry entry) : base(context, entry)
    {
        (_context, _entry) = (context, entry);
        _settings = entry.ApiKey ?? throw new ArgumentException($"The secret {entry.Name} is no key of an API.", nameof(entry));
        _issuer = KeyIssuers.Open(context, entry);
        _usage = new KeyUsage(context, _settings);
    }

    /// <summary>The identity of a rotation's plan that says which key is replaced.</summary>
    /// <param name="secret">The secret's name.</param>
    public static string OldKey(string secret) => $"old key of {secret}";

    public override async Task<SecretSurvey> LookAsync(SecretMaterial? current, CancellationToken cancellationToken)
    {
        IssuedKey old = await FindAsync(current, cancellationToken).ConfigureAwait(false);
        int valid = (await _issuer.ListAsync(cancellationToken).ConfigureAwait(false)).Count(k => !k.IsRevoked);
        return Survey(new SecretSurvey
        {
            Identities = [new PlanIdentity($"keys of {_entry.Name}", _issuer.Identity), new PlanIdentity(OldKey(_entry.Name), old.Id)],
            Overlaps = true, DropWords = $"Revoke the key {old.Id} ({KeyLabel.NameOf(old.Name)}) by {_issuer.Words}.",
            SetWords = string.Create(CultureInfo.InvariantCulture, $"Make a key {_settings.KeyName} by {_issuer.Words}, beside the "
                + $"{valid} that are valid."),
            Warnings = _settings.UsageServices.Count > 0 ? [] : [$"{_entry.Name}: nothing tells who uses the old key (apiKey.usage), "
                + $"so that "
                + "who was forgotten is found when it is refused."],
        });
    }

    /// <summary>Makes a key. One that a run made that died, and whose value nobody has, is revoked first.</summary>
    public override async Task<SecretMaterial?> CreateAsync(ChangeRun run, SecretMaterial? current, CancellationToken cancellationToken)
    {
        await DiscardAsync(run, run.Id, cancellationToken).ConfigureAwait(false);
        string value = _settings.Prefix + SecretGenerator.Make(_entry.Length, _entry.Alphabet);
        HiddenWords.Add(value);
        NewKey made = await KeyCreation.MakeAsync(_issuer, run, KeyLabel.Of(_settings.KeyName, run.Id), value, _entry.Name,
            cancellationToken).ConfigureAwait(false);
        return new SecretMaterial(made.Value, made.Id);
    }

    public override async Task DiscardAsync(ChangeRun run, string change, CancellationToken cancellationToken)
    {
        string label = KeyLabel.Of(_settings.KeyName, change);
        string[] lost = [.. (await _issuer.ListAsync(cancellationToken).ConfigureAwait(false)).Where(k => !k.IsRevoked && k.Name == label)
            .Select(k => k.Id)];
        if (lost.Length > 0) await RevokeAsync(run, lost, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>It counts since it was made.</summary>
    public override Task SetAsync(ChangeRun run, SecretMaterial? current, SecretMaterial pending, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    public override async Task<OldSessions?> CountOldAsync(SecretMaterial old, SecretMaterial current, CancellationToken cancellationToken)
    {
        IssuedKey key = await FindAsync(old, cancellationToken).ConfigureAwait(false);
        // One that is refused lets nobody in, whoever asks with it, and whatever logs tell. What is not listed may be valid.
        if (key.IsRevoked && (await _issuer.ListAsync(cancellationToken).ConfigureAwait(false)).Any(k => k.Id == key.Id && k.IsRevoked))
            return new OldSessions(0, "");
        return await _usage.CountAsync(key.Id, key.Name, old.Value, cancellationToken).ConfigureAwait(false);
    }

    public override async Task DropAsync(ChangeRun run, SecretMaterial old, SecretMaterial current, CancellationToken cancellationToken)
    {
        IssuedKey key = await FindAsync(old, cancellationToken).ConfigureAwait(false);
        if (key.Id == current.Login)
            throw ApiKeyErrors.ApiKeyUnknown.Make($"The old key of {_entry.Name} is said to be {key.Id}, which is the new one.",
                "Find out which one the old key is, and revoke it: Revoke-OpsApiKey.", _entry.Name);
        if (!key.IsRevoked) await RevokeAsync(run, [key.Id], cancellationToken).ConfigureAwait(false);
        // What a list leaves out may be valid still; of one that is gone it is no error.
        else if ((await _issuer.ListAsync(cancellationToken).ConfigureAwait(false)).All(k => k.Id != key.Id))
        {
            IReadOnlyDictionary<string, OpsException> failed = await _issuer.RevokeAsync(run, [key.Id], cancellationToken)
                .ConfigureAwait(false);
            if (failed.TryGetValue(key.Id, out OpsException? why) && !ApiKeyErrors.ApiKeyRefused.Is(why)) throw why;
            if (failed.Count > 0)
            {
                _context.Reporter.Warning($"The old key {key.Id} of {_entry.Name} is not listed any more, and {_issuer.Words} does not "
                    + "revoke it: see that it is refused.");
            }
        }
    }

    public override async Task TakeBackAsync(ChangeRun run, SecretMaterial? current, SecretMaterial pending,
        CancellationToken cancellationToken)
    {
        if (pending.Login is { } id) await RevokeAsync(run, [id], cancellationToken).ConfigureAwait(false);
        else await DiscardAsync(run, run.Data.GetValueOrDefault("own", run.Id), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Revokes, and sees by the list that they are: an answer alone proves nothing.</summary>
    private Task RevokeAsync(ChangeRun run, IReadOnlyList<string> ids, CancellationToken ct) =>
        KeyRevocation.MakeAsync(_issuer, run, ids, _entry.Name, ct);

    /// <summary>
    /// The key that a value is: the one that was kept with it, or that its hash tells, or the only valid one of its name. Where nothing
    /// tells, another one must not be revoked in its place.
    /// </summary>
    private async Task<IssuedKey> FindAsync(SecretMaterial? value, CancellationToken ct)
    {
        IReadOnlyList<IssuedKey> all = await _issuer.ListAsync(ct).ConfigureAwait(false);
        string? id = value?.Login ?? KeptId(value);
        if (id is null && value is not null) id = await _issuer.FindAsync(value.Value, ct).ConfigureAwait(false);
        if (id is not null)
            // One that is not listed any more lets nobody in.
            return all.FirstOrDefault(k => k.Id == id) ?? new IssuedKey(id, _settings.KeyName, null, IsRevoked: true);
        KeptSecret kept = new SecretStore(_context).Read(_entry.Name);
        IssuedKey[] named = [.. all.Where(k => !k.IsRevoked && KeyLabel.IsOf(k.Name, _settings.KeyName) && k.Id != kept.Pending?.Login)];
        // While a rotation waits others may revoke its old key: then none of its name is valid, whichever it was.
        if (named.Length == 0 && kept.Pending is not null
            && all.LastOrDefault(k => k.IsRevoked && KeyLabel.IsOf(k.Name, _settings.KeyName)) is { } revoked) return revoked;
        return named is [var only] ? only : throw ApiKeyErrors.ApiKeyUnknown.Make(
            $"Which key of {_issuer.Words} is the one that {_entry.Name} has in its places is not known: {named.Length} valid ones are "
            + $"called {_settings.KeyName}.", $"Say its name there: secrets.{_entry.Name}.apiKey.name. Revoke those that nobody uses: "
            + "Revoke-OpsApiKey.", _entry.Name);
    }

    /// <summary>Places hold keys without their ids: those are kept beside what rotations have made.</summary>
    private string? KeptId(SecretMaterial? value)
    {
        if (value is null) return null;
        KeptSecret kept = new SecretStore(_context).Read(_entry.Name);
        return new[] { kept.Current, kept.Pending, kept.Previous }.FirstOrDefault(k => k is { Login: not null } && k.Value == value.Value)
            ?.Login;
    }
}
