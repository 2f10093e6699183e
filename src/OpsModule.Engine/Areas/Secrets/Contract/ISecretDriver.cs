using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Contract;

/// <summary>
/// What one kind of secret does at the server (or wherever its value counts). It decides nothing of the order, keeps nothing between calls,
/// and every member may be called again after a kill: it finds out how far it came.
/// </summary>
internal interface ISecretDriver
{
    /// <summary>Looks at what stands, and at what speaks against a rotation. Nothing is changed.</summary>
    /// <param name="current">What the uses say now; null where it is not known.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException">What forbids it, with the remedy.</exception>
    Task<SecretSurvey> LookAsync(SecretMaterial? current, CancellationToken cancellationToken);

    /// <summary>
    /// Makes the new value, where only the other side can: a key of somebody's API. Null where it is made here. Called again after a kill,
    /// it
    /// gives what it made before.
    /// </summary>
    Task<SecretMaterial?> CreateAsync(ChangeRun run, SecretMaterial? current, CancellationToken cancellationToken) =>
        Task.FromResult<SecretMaterial?>(null);

    /// <summary>
    /// Takes back what <see cref="CreateAsync"/> of a change may have made on the other side and could not keep here: its answer was lost,
    /// or the run died with it. That there is none is no error.
    /// </summary>
    Task DiscardAsync(ChangeRun run, string change, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Makes the new one count: beside the old one where the survey says so, else in its place.</summary>
    Task SetAsync(ChangeRun run, SecretMaterial? current, SecretMaterial pending, CancellationToken cancellationToken);

    /// <summary>Whether a value is accepted now, proven by its use. Asked once; the caller repeats it.</summary>
    Task<SecretProof> ProveAsync(SecretMaterial material, CancellationToken cancellationToken);

    /// <summary>How many sessions still run on the old one; null where that cannot be seen.</summary>
    Task<OldSessions?> CountOldAsync(SecretMaterial old, SecretMaterial current, CancellationToken cancellationToken);

    /// <summary>
    /// Makes the old one count no more. Where nothing here can do that, <see cref="SecretSurvey.DroppedByHand"/> says what people do.
    /// </summary>
    Task DropAsync(ChangeRun run, SecretMaterial old, SecretMaterial current, CancellationToken cancellationToken);

    /// <summary>Whether a value is refused now, for the reason that it is wrong, and for no other.</summary>
    Task<SecretProof> ProveRefusedAsync(SecretMaterial old, CancellationToken cancellationToken);

    /// <summary>Takes back what <see cref="SetAsync"/> did: the pending one counts no more, and the current one does.</summary>
    Task TakeBackAsync(ChangeRun run, SecretMaterial? current, SecretMaterial pending, CancellationToken cancellationToken);
}
