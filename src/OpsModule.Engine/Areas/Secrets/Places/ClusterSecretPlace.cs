using System.Text;
using OpsModule.Connections.Platforms.Kubernetes.Secrets;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Places;

/// <summary>A key of a Secret of the namespace.</summary>
internal sealed class ClusterSecretPlace : TextPlace
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private readonly OpsContext _context;
    private readonly NamespaceSecrets _secrets;
    private readonly string _name, _key;
    private readonly Lazy<IReadOnlyList<PlaceReader>> _readers;

    public ClusterSecretPlace(OpsContext context, SecretUse use, NamespaceSecrets secrets) : base(use)
    {
        (_context, _secrets, _name, _key) = (context, secrets, use.Secret!, use.Key!);
        _readers = new Lazy<IReadOnlyList<PlaceReader>>(() => Task.Run(ReadersAsync).GetAwaiter().GetResult());
    }

    public override string Words => $"Secret {_name}#{_key}";

    /// <summary>
    /// The workloads that mount or read it. Variables and files of a <c>subPath</c> never change in pods that run. Of one that is immutable
    /// those of its other keys, too: they are told the name of the next one, and so get other pods.
    /// </summary>
    public override IReadOnlyList<PlaceReader> Readers => _readers.Value;

    public override async Task<string> IdentifyAsync(CancellationToken cancellationToken)
    {
        ClusterSecret secret = await FindAsync(cancellationToken).ConfigureAwait(false);
        return $"{secret.Name}/{secret.Uid}/{secret.Version}";
    }

    protected override async Task<string?> ReadTextAsync(CancellationToken ct)
    {
        ClusterSecret secret = await FindAsync(ct).ConfigureAwait(false);
        if (!secret.Data.TryGetValue(_key, out byte[]? bytes)) return null;
        try { return Strict.GetString(bytes); }
        catch (DecoderFallbackException e)
        {
            throw PlaceErrors.PlaceUnclear.Make($"{Words} holds bytes that are no UTF-8 text.", "Rotate it by hand.", Words, e);
        }
    }

    protected override async Task CheckTextAsync(string text, CancellationToken ct) =>
        await _secrets.TryAsync(await FindAsync(ct).ConfigureAwait(false), _key, Strict.GetBytes(text), ct).ConfigureAwait(false);

    protected override Task<bool> IsHalfWrittenAsync(CancellationToken ct) => _secrets.IsSplitAsync(_name, ct);

    protected override async Task WriteTextAsync(ChangeRun run, string text, CancellationToken ct)
    {
        ClusterSecret seen = await FindAsync(ct).ConfigureAwait(false);
        ClusterSecret made = await _secrets.WriteAsync(run, seen, _key, Strict.GetBytes(text), ct).ConfigureAwait(false);
        if (made.Name == seen.Name) return;
        await run.ReachAsync("secret-" + made.Name).ConfigureAwait(false);
        _context.Reporter.Verbose($"{seen.Name} is immutable: its workloads read {made.Name} now.");
    }

    private async Task<ClusterSecret> FindAsync(CancellationToken ct) => await _secrets.FindAsync(_name, ct).ConfigureAwait(false)
        ?? throw ClusterSecretErrors.SecretMissing.Make($"There is no Secret {_name} in {_secrets.Where}.",
            "Correct secret: of that use in the environment file, or the namespace under platform:.", _name);

    private async Task<IReadOnlyList<PlaceReader>> ReadersAsync()
    {
        try
        {
            ClusterSecret? now = await _secrets.FindAsync(_name, CancellationToken.None).ConfigureAwait(false);
            string name = now?.Name ?? _name;
            return [.. (await _secrets.MentionsAsync(CancellationToken.None).ConfigureAwait(false))
                .Where(m => m.Secret == name && (IsOfKey(m) || now is { IsImmutable: true }))
                .Select(m => IsOfKey(m) ? new PlaceReader(m.Service, m.Variable, m.Variable is not null)
                    : new PlaceReader(m.Service, null, false)).Distinct()];
        }
        catch (OpsException e)
        {
            _context.Reporter.Warning($"Which workloads read {Words} could not be seen: {e.Message}");
            return [];
        }
    }

    private bool IsOfKey(SecretMention mention) => mention.Key is null || mention.Key == _key;
}
