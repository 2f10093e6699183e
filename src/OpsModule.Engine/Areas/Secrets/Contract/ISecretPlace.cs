using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Contract;

/// <summary>
/// One place where a secret's value stands: a key of an env file, a scalar of a compose file, a file, a key of a Kubernetes Secret.
/// </summary>
internal interface ISecretPlace
{
    /// <summary>The place in words, as errors and plans name it: <c>.env#DATABASE_URL</c>.</summary>
    string Words { get; }

    /// <summary>The services that get it from here, which are replaced when it changes; empty when none is known.</summary>
    IReadOnlyList<string> Services { get; }

    /// <summary>True when its value is built into an image, so that the image must be built anew.</summary>
    bool IsBuilt { get; }

    /// <summary>What stands there now; null when nothing does.</summary>
    /// <exception cref="OpsException">The place is not there, cannot be read, or does not fit what ops.yaml says of it.</exception>
    Task<SecretMaterial?> ReadAsync(CancellationToken cancellationToken);

    /// <summary>What the place is at the moment (a file's hash, a resourceVersion), to be compared when the change begins.</summary>
    Task<string> IdentifyAsync(CancellationToken cancellationToken);

    /// <summary>Looks whether a value could be written and read back as it is, without writing it.</summary>
    /// <exception cref="OpsException">Why not, with the remedy.</exception>
    Task CheckAsync(SecretMaterial material, CancellationToken cancellationToken);

    /// <summary>Writes a value; every other byte stays. To write what stands there is no error and changes nothing.</summary>
    Task WriteAsync(ChangeRun run, SecretMaterial material, CancellationToken cancellationToken);

    /// <summary>Finishes a write that was cut off, and takes away what runs that were killed have left beside it.</summary>
    void Mend(ChangeRun run);
}
