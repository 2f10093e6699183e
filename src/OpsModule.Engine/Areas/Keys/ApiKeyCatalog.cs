using OpsModule.Engine.Areas.Secrets.ApiKeys;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.KeySets;
using OpsModule.Engine.Areas.Secrets.Opening;
using OpsModule.Engine.Areas.Secrets.Settings;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Keys;

/// <summary>The keys of APIs that an environment knows of, where they are kept.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class ApiKeyCatalog(OpsContext context)
{
    private IReadOnlyDictionary<string, SecretEntry> Entries => context.Environment.Section<SecretsSettings>().Entries
        .Where(e => e.Value.Kind == SecretKind.ApiKey).ToDictionary(e => e.Key, e => e.Value);

    /// <summary>The secrets of the kind apiKey that are meant.</summary>
    /// <param name="secrets">Their names, in any case and with wildcards; null for all.</param>
    /// <param name="fail">Told of each name that means none.</param>
    public IReadOnlyList<string> Choose(IReadOnlyList<string>? secrets, Action<OpsException> fail) => secrets is null ? [.. Entries.Keys]
        : [.. NamePattern.ChooseAll(secrets, [.. Entries.Keys], "secret with keys of an API", Unknown, fail)];

    /// <summary>All secrets of the kind apiKey, or those of these names; where there is none at all, all would mean nothing.</summary>
    /// <param name="secrets">As in <see cref="Choose"/>.</param>
    /// <param name="fail">Told of each name that means none.</param>
    /// <exception cref="OpsException"><c>ApiKeyUnknown</c>: the environment has none.</exception>
    public IReadOnlyList<string> ChooseSome(IReadOnlyList<string>? secrets, Action<OpsException> fail) =>
        Entries.Count == 0 ? throw Unknown("") : Choose(secrets, fail);

    /// <summary>The one secret of the kind apiKey that is meant.</summary>
    /// <exception cref="OpsException"><c>ApiKeyUnknown</c>.</exception>
    public string ChooseOne(string? secret)
    {
        IReadOnlyList<string> found = Choose(secret is null ? null : [secret], e => throw e);
        return found is [var only] ? only : throw Unknown(secret ?? "");
    }

    /// <summary>Lists keys, those that were revoked last.</summary>
    /// <param name="secret">The secret, by the name that the environment file has.</param>
    /// <param name="choice">Which.</param>
    /// <param name="asksLogs">True reads the logs that tell of their use.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException">What reaching it throws.</exception>
    public async Task<IReadOnlyList<ApiKeyRecord>> ListAsync(string secret, ApiKeyChoice choice, bool asksLogs,
        CancellationToken cancellationToken)
    {
        SecretEntry entry = Entries[secret];
        IReadOnlyList<IssuedKey> all = entry.IsPhased ? await OfListAsync(entry, cancellationToken).ConfigureAwait(false)
            : await KeyIssuers.Open(context, entry).ListAsync(cancellationToken).ConfigureAwait(false);
        DateTimeOffset now = context.Time.GetUtcNow();
        var usage = new KeyUsage(context, entry.ApiKey!);
        var records = new List<ApiKeyRecord>();
        foreach (IssuedKey key in Chosen(all, choice, secret, now).OrderBy(k => k.IsRevoked))
        {
            OldSessions? used = asksLogs && !key.IsRevoked
                ? await usage.CountAsync(key.Id, key.Name, null, cancellationToken).ConfigureAwait(false) : null;
            records.Add(new ApiKeyRecord
            {
                Environment = context.Environment.Name, Secret = secret, Name = KeyLabel.NameOf(key.Name), Id = key.Id,
                IsRevoked = key.IsRevoked, CreatedAt = key.CreatedAt, Age = now - key.CreatedAt,
                // That logs begin too late is no use, and no 0 either.
                Uses = used is { IsBlind: true } ? null : used?.Count, UsedBy = used?.Words,
            });
        }
        return records;
    }

    /// <summary>Those of the listed keys that are meant.</summary>
    internal IReadOnlyList<IssuedKey> Chosen(IReadOnlyList<IssuedKey> all, ApiKeyChoice choice, string secret, DateTimeOffset now)
    {
        IEnumerable<IssuedKey> meant = all;
        if (choice.Names is { } names)
            meant = all.Where(k => names.Any(n => NamePattern.IsMatch(n, k.Id) || NamePattern.IsMatch(n, KeyLabel.NameOf(k.Name))
                || NamePattern.IsMatch(n, k.Name)));
        if (choice.Ids is { } ids) meant = meant.Where(k => ids.Contains(k.Id, StringComparer.Ordinal));
        if (choice.OlderThan is not { } age) return [.. meant];
        IssuedKey[] unknown = [.. meant.Where(k => k.CreatedAt is null && !k.IsRevoked)];
        if (unknown.Length > 0)
            context.Reporter.Warning($"How old {unknown.Length} keys of {secret} are nobody tells, and they are left out: "
                + $"{string.Join(", ", unknown.Select(k => k.Id).Take(10))}{(unknown.Length > 10 ? " and others" : "")}.");
        return [.. meant.Where(k => k.CreatedAt is { } made && now - made > age)];
    }

    /// <summary>Keys of a list have neither names nor ids: a fingerprint has to do.</summary>
    private async Task<IReadOnlyList<IssuedKey>> OfListAsync(SecretEntry entry, CancellationToken ct)
    {
        OpenedSecret opened = OpenedSecret.Of(context, entry.Name);
        KeptSecret kept = opened.Store.Read(entry.Name);
        var found = new Dictionary<string, IssuedKey>(StringComparer.Ordinal);
        foreach (KeySetPlace place in opened.KeySets.Where(p => p.Accepts))
            foreach (SecretMaterial value in await place.ReadAllAsync(ct).ConfigureAwait(false))
            {
                bool isOwn = value.Value == kept.Current?.Value || value.Value == kept.Pending?.Value;
                string print = opened.Store.Fingerprint(value);
                found[print] = new IssuedKey(print, isOwn ? entry.ApiKey!.KeyName : "", value.Value == kept.Pending?.Value
                    ? kept.PendingSince : value.Value == kept.Current?.Value ? kept.FinishedAt : null, IsRevoked: false);
            }
        return [.. found.Values];
    }

    private OpsException Unknown(string secret)
    {
        string known = Entries.Count == 0 ? "none" : string.Join(", ", Entries.Keys);
        return ApiKeyErrors.ApiKeyUnknown.Make(secret.Length == 0
            ? $"The environment {context.Environment.Name} has {Entries.Count} secrets with keys of an API ({known}); none was named."
            : $"The environment {context.Environment.Name} has no secret {secret} with keys of an API; it has: {known}.",
            "Name one with -Secret, or add it under secrets: with apiKey:.", secret);
    }
}
