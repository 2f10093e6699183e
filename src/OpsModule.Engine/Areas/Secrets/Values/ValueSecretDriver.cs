using System.Net.Sockets;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Proving;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Values;

/// <summary>
/// A value that somebody else makes: it counts already when it is handed in, and is proven before it replaces another. Grafana's is set by
/// its API.
/// </summary>
internal class ValueSecretDriver : ISecretDriver
{
    private const string Here = "this machine";

    private readonly OpsContext _context;
    private readonly SecretEntry _entry;
    private readonly IValueProof _proof;
    private readonly ProofControl _control;

    /// <summary>Takes what is known of it; nothing is asked.</summary>
    /// <param name="context">The environment and what goes with it.</param>
    /// <param name="entry">The secret, with its proof.</param>
    /// <exception cref="OpsException"><c>SecretProofIncomplete</c>.</exception>
    public ValueSecretDriver(OpsContext context, SecretEntry entry)
    {
        (_context, _entry) = (context, entry);
        ValueProof proof = entry.Proof ?? new ValueProof { Kind = entry.Sentry is null ? "none" : "sentry" };
        _proof = proof.Kind switch
        {
            "sentry" => new SentryProof(context.Time),
            "s3" => new StoreKeyProof(context, entry.Name, proof),
            "grafana" => new GrafanaAdmin(entry.Name, proof),
            "http" => new HeaderProof(entry.Name, proof),
            "none" => new NoProof(),
            _ => throw ValueSecretErrors.SecretProofIncomplete.Make($"The secret {entry.Name} has the proof {proof.Kind}, which is none.",
                "It is one of sentry, s3, grafana, http, none.", entry.Name),
        };
        _control = new ProofControl(_proof);
    }

    /// <summary>A value of others is handed in; null lets one be made here, which nobody outside would know.</summary>
    public virtual Task<SecretMaterial?> CreateAsync(ChangeRun run, SecretMaterial? current, CancellationToken cancellationToken) =>
        Task.FromResult<SecretMaterial?>(null);

    /// <summary>What was handed in stays with who made it.</summary>
    public virtual Task DiscardAsync(ChangeRun run, string change, CancellationToken cancellationToken) => Task.CompletedTask;

    public virtual Task<SecretSurvey> LookAsync(SecretMaterial? current, CancellationToken cancellationToken)
    {
        if (_proof is GrafanaAdmin && current is null)
            throw ValueSecretErrors.SecretValueUnknown.Make($"The present value of the secret {_entry.Name} is not known, and with it the "
                + $"new one is set.", "Name a place where it stands under 'uses:'.", _entry.Name);
        return Task.FromResult(Survey(_proof is GrafanaAdmin grafana
            ? new SecretSurvey
            {
                Identities = [], Overlaps = false, SetWords = $"Set the password of {grafana.Words} by its API.",
                Gap = "Who logs in to Grafana with the old password after the new one is set is refused.",
            }
            : new SecretSurvey
            {
                Identities = [], Overlaps = true, SetWords = "Nothing is set: the new value counts where it was made, beside the old one.",
                    DroppedByHand = _proof.DroppedByHand,
            }));
    }

    public virtual async Task SetAsync(ChangeRun run, SecretMaterial? current, SecretMaterial pending, CancellationToken cancellationToken)
    {
        _proof.Check(pending);
        if (_proof is GrafanaAdmin grafana) await grafana.SetAsync(run, current, pending, cancellationToken).ConfigureAwait(false);
    }

    public async Task<SecretProof> ProveAsync(SecretMaterial material, CancellationToken cancellationToken)
    {
        (ValueAnswer answer, string from) = await AskAsync(material, cancellationToken).ConfigureAwait(false);
        return new SecretProof(answer.IsAccepted is true, answer.Words, from, answer.IsFinal, answer.IsAway);
    }

    /// <summary>Who asks with which value nobody here can see.</summary>
    public virtual Task<OldSessions?> CountOldAsync(SecretMaterial old, SecretMaterial current, CancellationToken cancellationToken) =>
        Task.FromResult<OldSessions?>(null);

    /// <summary>Grafana's went when the new one was set; others are people's to end.</summary>
    public virtual Task DropAsync(ChangeRun run, SecretMaterial old, SecretMaterial current, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    public async Task<SecretProof> ProveRefusedAsync(SecretMaterial old, CancellationToken cancellationToken)
    {
        (ValueAnswer answer, string from) = await AskAsync(old, cancellationToken).ConfigureAwait(false);
        return new SecretProof(answer.IsAccepted is false, answer.Words, from, answer.IsFinal, answer.IsAway);
    }

    public virtual Task TakeBackAsync(ChangeRun run, SecretMaterial? current, SecretMaterial pending,
        CancellationToken cancellationToken) =>
        _proof is GrafanaAdmin grafana && current is not null ? grafana.SetAsync(run, pending, current, cancellationToken)
            : Task.CompletedTask;

    /// <summary>What was found, with what everybody should know of the proof.</summary>
    protected SecretSurvey Survey(SecretSurvey found) => found with
    {
        Warnings = [.. _proof.Warnings, .. found.Warnings],
        Identities = [new PlanIdentity($"proof of secret {_entry.Name}", _entry.Proof is { } proof ? string.Join(' ', new[] { proof.Kind,
            proof.Store, proof.User, Host(proof.Url) }.OfType<string>()) : "none"), .. found.Identities],
    };

    private async Task<(ValueAnswer Answer, string From)> AskAsync(SecretMaterial material, CancellationToken ct)
    {
        if (_proof.HostOf(material) is not { } host) return (await _proof.AskAsync(material, null, ct).ConfigureAwait(false), Here);
        using ProofStand stand = await ProofStand.FindAsync(_context, _entry, null, !AddressThere.IsHere(host), ct).ConfigureAwait(false);
        return await stand.AskAsync(way => AskAsync(material, way, ct), answer => answer is { IsAccepted: null, IsFinal: false })
            .ConfigureAwait(false);
    }

    private async Task<ValueAnswer> AskAsync(SecretMaterial material, Func<string, int, CancellationToken, Task<Socket>>? way,
        CancellationToken ct)
    {
        try { return await _control.AskAsync(material, m => _proof.AskAsync(m, way, ct)).ConfigureAwait(false); }
        // No answer is no proof of anything.
        catch (OpsException e) when (ValueSecretErrors.SecretServerUnreachable.Is(e))
        {
            return new ValueAnswer(null, e.Message.TrimEnd('.'), IsAway: true);
        }
    }

    private static string? Host(string? url) => url is not null && Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed) ? parsed.Authority
        : null;
}
