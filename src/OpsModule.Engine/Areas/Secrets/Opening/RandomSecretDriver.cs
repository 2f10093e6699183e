using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Secrets.Opening;

/// <summary>
/// A value that counts nowhere but where it is used: nothing is set and dropped at a server. That the services run on it is the proof.
/// </summary>
internal sealed class RandomSecretDriver : ISecretDriver
{
    private const string From = "this machine";

    public Task<SecretSurvey> LookAsync(SecretMaterial? current, CancellationToken cancellationToken) => Task.FromResult(new SecretSurvey
    {
        Identities = [], Overlaps = false, SetWords = "Nothing is told to a server.",
        Gap = "instances with the old value and instances with the new one do not know each other's while they are replaced",
    });

    public Task SetAsync(ChangeRun run, SecretMaterial? current, SecretMaterial pending, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    public Task<SecretProof> ProveAsync(SecretMaterial material, CancellationToken cancellationToken) =>
        Task.FromResult(new SecretProof(true, "No server has to accept it", From, IsFinal: true));

    public Task<OldSessions?> CountOldAsync(SecretMaterial old, SecretMaterial current, CancellationToken cancellationToken) =>
        Task.FromResult<OldSessions?>(new OldSessions(0, ""));

    public Task DropAsync(ChangeRun run, SecretMaterial old, SecretMaterial current, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    public Task<SecretProof> ProveRefusedAsync(SecretMaterial old, CancellationToken cancellationToken) =>
        Task.FromResult(new SecretProof(true, "No server knows the old one", From, IsFinal: true));

    public Task TakeBackAsync(ChangeRun run, SecretMaterial? current, SecretMaterial pending, CancellationToken cancellationToken) =>
        Task.CompletedTask;
}
