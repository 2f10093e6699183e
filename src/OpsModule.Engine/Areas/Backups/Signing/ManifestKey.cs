using System.Security.Cryptography;
using System.Text;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Backups.Signing;

/// <summary>
/// The key of <c>backups.signing</c>: what it signs was written by somebody who has it, which a store cannot promise. The signature is
/// HMAC-SHA-256
/// (RFC 2104 with FIPS 180-4).
/// </summary>
internal sealed class ManifestKey
{
    /// <summary>Shorter ones could be guessed from a manifest.</summary>
    private const int FewestCharacters = 32;

    private readonly byte[] _key;
    private readonly byte[]? _previous;

    private ManifestKey(byte[] key, byte[]? previous) => (_key, _previous) = (key, previous);

    /// <summary>The environment's key; null where it signs nothing.</summary>
    /// <exception cref="OpsException"><c>SecretNotFound</c>, <c>SigningKeyWeak</c>.</exception>
    public static ManifestKey? Of(OpsEnvironment environment) => environment.Backups.Signing is not { } signing ? null
        : new ManifestKey(Read(signing.Key), signing.Previous is { } previous ? Read(previous) : null);

    /// <summary>The signature of a text, in lower-case hex. What it is of is part of it, so that none can be taken for another.</summary>
    public string Sign(string purpose, string text) => Sign(_key, purpose, text);

    /// <summary>Whether a signature is of this key, or of the one before.</summary>
    public bool Fits(string purpose, string text, string signature) => Same(Sign(_key, purpose, text), signature)
        || (_previous is not null && Same(Sign(_previous, purpose, text), signature));

    private static bool Same(string one, string other) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one),
        Encoding.UTF8.GetBytes(other));

    private static string Sign(byte[] key, string purpose, string text) =>
        Convert.ToHexString(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(purpose + "\n" + text))).ToLowerInvariant();

    private static byte[] Read(SecretReference reference)
    {
        string key = reference.Resolve();
        return key.Length >= FewestCharacters ? Encoding.UTF8.GetBytes(key) : throw new OpsException("SigningKeyWeak",
            OpsErrorCategory.InvalidData,
            $"The key of backups.signing, {reference}, has {key.Length} characters; {FewestCharacters} random ones are expected at least.",
            "Make one with: openssl rand -hex 32", reference.ToString());
    }
}
