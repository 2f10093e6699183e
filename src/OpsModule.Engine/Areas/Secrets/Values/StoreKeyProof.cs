using System.Net.Sockets;
using OpsModule.Connections.Stores.S3;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Areas.Secrets.Values;

/// <summary>Lists the bucket of a store of the environment with the keys that a value holds.</summary>
internal sealed class StoreKeyProof : IValueProof
{
    private readonly StoreSettings _store;

    /// <summary>Takes the store that the entry names.</summary>
    /// <exception cref="Foundations.Errors.OpsException"><c>SecretProofIncomplete</c>.</exception>
    public StoreKeyProof(OpsContext context, string secret, ValueProof proof)
    {
        StoreSettings? found = proof.Store is { } name ? context.Environment.Backups.Stores.GetValueOrDefault(name) : null;
        _store = found is { Bucket: not null } ? found : throw ValueSecretErrors.SecretProofIncomplete.Make(
            $"The proof s3 of the secret {secret} needs an S3 store of backups.stores, and "
                + $"{(proof.Store is null ? "names none" : $"{proof.Store} is none")}.",
            "Write value: { proof: s3, store: NAME }, with a name of backups.stores that has s3:.", secret);
    }

    public string DroppedByHand => $"Deactivate the old access key of the store {_store.Name} with its provider, and delete it once "
        + $"nothing asks for it.";

    public IReadOnlyList<string> Warnings => [];

    public void Check(SecretMaterial material) => KeysOf(material);

    public string? HostOf(SecretMaterial material) => _store.Endpoint?.Host ?? "amazonaws.com";

    /// <summary>The same access key with another secret.</summary>
    public SecretMaterial? Nobodys(SecretMaterial like)
    {
        (string access, string secret) = KeysOf(like);
        return new SecretMaterial($"{access}:{NobodysValue.Like(secret)}");
    }

    public async Task<ValueAnswer> AskAsync(SecretMaterial material, Func<string, int, CancellationToken, Task<Socket>>? way,
        CancellationToken cancellationToken)
    {
        (string access, string secret) = KeysOf(material);
        (bool? accepted, string words) = await S3KeyTrial.TryAsync(_store with { AccessKey = SecretReference.Literal(access),
            SecretKey = SecretReference.Literal(secret) }, way,
            cancellationToken).ConfigureAwait(false);
        return new ValueAnswer(accepted, words);
    }

    /// <summary>A secret key holds no colon; an access key of some servers does.</summary>
    private (string Access, string Secret) KeysOf(SecretMaterial material)
    {
        int colon = material.Value.LastIndexOf(':');
        string? access = colon > 0 ? material.Value[..colon] : _store.AccessKey?.Resolve();
        string secret = material.Value[(colon + 1)..];
        return access is { Length: > 0 } && secret.Length > 0 ? (access, secret) : throw ValueSecretErrors.SecretValueInvalid.Make(
            $"The value holds no keys of the store {_store.Name}.", "Hand in ACCESSKEY:SECRETKEY, or the secret key alone where the store "
                + "has its accessKey in the environment file.", _store.Name);
    }
}
