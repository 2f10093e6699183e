using System.Security.Cryptography;
using System.Text;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Rollouts.Sealing;

/// <summary>
/// The key of a state folder's revisions: it seals what they keep (AES-256-GCM), and makes fingerprints of what must not be guessed from
/// them.
/// </summary>
internal sealed class RevisionKey
{
    private const int KeyBytes = 32, NonceBytes = 12, TagBytes = 16, FingerprintBytes = 8;

    private readonly byte[] _key, _prints;

    private RevisionKey(byte[] key) => (_key, _prints) = (HKDF.DeriveKey(HashAlgorithmName.SHA256, key, KeyBytes, info: "seal"u8.ToArray()),
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, KeyBytes, info: "fingerprint"u8.ToArray()));

    /// <summary>The key of a state folder, made when it is first asked for.</summary>
    /// <exception cref="OpsException"><c>StateNotTrusted</c>, <c>RevisionUnreadable</c>.</exception>
    public static RevisionKey Of(string stateDirectory)
    {
        string folder = Path.Combine(stateDirectory, "rollouts"), file = Path.Combine(folder, "key");
        StateFolder.Prepare(stateDirectory, folder, file);
        if (!File.Exists(file))
        {
            // Of two that make one at once the first counts.
            try { AtomicFile.Write(file, RandomNumberGenerator.GetBytes(KeyBytes), replace: false); }
            catch (IOException) when (File.Exists(file)) { /* it is there now */ }
        }
        byte[] key = File.ReadAllBytes(file);
        return key.Length == KeyBytes ? new RevisionKey(key)
            : throw RolloutErrors.RevisionUnreadable.Make(
            $"The key of the revisions, {file}, has {key.Length} bytes, and {KeyBytes} were expected.",
            "Bring it back from a backup of the state folder. Without it earlier revisions cannot be gone back to; remove it to begin "
                + "anew.", file);
    }

    /// <summary>A short text that is the same for the same content, and that tells nothing of it without the key.</summary>
    public string Fingerprint(ReadOnlySpan<byte> content) =>
        Convert.ToHexString(HMACSHA256.HashData(_prints, content).AsSpan(0, FingerprintBytes)).ToLowerInvariant();

    /// <inheritdoc cref="Fingerprint(ReadOnlySpan{byte})"/>
    public string Fingerprint(string content) => Fingerprint(Encoding.UTF8.GetBytes(content));

    /// <summary>Seals content; nobody reads it, or puts other content in its place, without the key.</summary>
    /// <param name="content">The content.</param>
    /// <param name="place">What it is of: content that is sealed for one place opens at no other.</param>
    public byte[] Seal(byte[] content, string place)
    {
        byte[] made = new byte[NonceBytes + TagBytes + content.Length];
        RandomNumberGenerator.Fill(made.AsSpan(0, NonceBytes));
        using var cipher = new AesGcm(_key, TagBytes);
        cipher.Encrypt(made.AsSpan(0, NonceBytes), content, made.AsSpan(NonceBytes + TagBytes), made.AsSpan(NonceBytes, TagBytes),
            Encoding.UTF8.GetBytes(place));
        return made;
    }

    /// <summary>Opens what was sealed; null when it was not sealed with this key for this place.</summary>
    public byte[]? Open(byte[] made, string place)
    {
        if (made.Length < NonceBytes + TagBytes) return null;
        byte[] content = new byte[made.Length - NonceBytes - TagBytes];
        using var cipher = new AesGcm(_key, TagBytes);
        try { cipher.Decrypt(made.AsSpan(0, NonceBytes), made.AsSpan(NonceBytes + TagBytes), made.AsSpan(NonceBytes, TagBytes), content,
            Encoding.UTF8.GetBytes(place)); }
        catch (AuthenticationTagMismatchException) { return null; }
        return content;
    }
}
