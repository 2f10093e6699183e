using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Contract;

/// <summary>A driver that gets the new value from somewhere else: a server makes it, and nobody can choose it.</summary>
internal interface ISecretMaker
{
    /// <summary>
    /// Makes the new value, or finds the one that this change has made already: what is made carries the change's id, so that a run that
    /// was
    /// killed before it could keep the value makes no second one.
    /// </summary>
    /// <exception cref="OpsException">The server makes none.</exception>
    Task<SecretMaterial> MakeAsync(ChangeRun run, CancellationToken cancellationToken);
}
