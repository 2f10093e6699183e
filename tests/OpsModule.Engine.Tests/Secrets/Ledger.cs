using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets;

/// <summary>
/// A driver of the tests over a server that is only a set of values. It stands for what no real server does on demand: to go away between
/// two questions, to keep sessions, to accept a value late.
/// </summary>
internal sealed class Ledger : ISecretDriver
{
    /// <summary>The values that count.</summary>
    public HashSet<string> Accepted { get; } = [];

    /// <summary>The sessions on the old value.</summary>
    public int Old { get; set; }

    /// <summary>What is asked before each answer; it may throw.</summary>
    public Action<string> Asked { get; set; } = _ => { };

    /// <summary>What people do to end an old value; null where the ledger ends it.</summary>
    public string? ByHand { get; set; }

    /// <summary>True where a value that was set is never accepted.</summary>
    public bool IsDeaf { get; set; }

    /// <summary>False where the new value takes the old one's place.</summary>
    public bool Overlaps { get; set; } = true;

    /// <summary>False where sessions cannot be seen.</summary>
    public bool SeesSessions { get; set; } = true;

    /// <summary>True where a value that was dropped is accepted still, as by a cache.</summary>
    public bool IsCached { get; set; }

    /// <summary>The error of a server that is away.</summary>
    public static OpsException Away => new("LedgerAway", OpsErrorCategory.ResourceUnavailable, "The ledger is away.", "Bring it back.");

    public Task<SecretSurvey> LookAsync(SecretMaterial? current, CancellationToken cancellationToken) => Task.FromResult(new SecretSurvey
    {
        Identities = [new("ledger", "1")], Overlaps = Overlaps, SetWords = "Add it.", DropWords = "Remove it.", DroppedByHand = ByHand,
    });

    public Task SetAsync(ChangeRun run, SecretMaterial? current, SecretMaterial pending, CancellationToken cancellationToken)
    {
        Asked("set");
        if (!IsDeaf) Accepted.Add(pending.Value);
        return Task.CompletedTask;
    }

    public Task<SecretProof> ProveAsync(SecretMaterial material, CancellationToken cancellationToken)
    {
        Asked("prove");
        bool seen = Accepted.Contains(material.Value);
        return Task.FromResult(new SecretProof(seen, seen ? "the ledger took it" : "the ledger refused it", "this machine"));
    }

    public Task<OldSessions?> CountOldAsync(SecretMaterial old, SecretMaterial current, CancellationToken cancellationToken)
    {
        Asked("count");
        return Task.FromResult(!SeesSessions ? null : new OldSessions(Old, Old == 0 ? "" : $"{Old} of app from 10.0.0.5"));
    }

    public Task DropAsync(ChangeRun run, SecretMaterial old, SecretMaterial current, CancellationToken cancellationToken)
    {
        Asked("drop");
        if (!IsCached) Accepted.Remove(old.Value);
        Asked("dropped");
        return Task.CompletedTask;
    }

    public Task<SecretProof> ProveRefusedAsync(SecretMaterial old, CancellationToken cancellationToken)
    {
        Asked("refuse");
        bool seen = !Accepted.Contains(old.Value);
        return Task.FromResult(new SecretProof(seen, seen ? "the ledger refused it" : "the ledger took it", "this machine"));
    }

    public Task TakeBackAsync(ChangeRun run, SecretMaterial? current, SecretMaterial pending, CancellationToken cancellationToken)
    {
        Asked("take-back");
        Accepted.Remove(pending.Value);
        return Task.CompletedTask;
    }
}
