using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OpsModule.Connections.Postgres.Passwords;

/// <summary>
/// What PostgreSQL keeps of a password: <c>SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey</c> (RFC 5802, section 3; RFC 7677). It is
/// computed here, so that the password itself never reaches the server. Its text form shows none of it: it is enough for guessing, and for
/// playing the server.
/// </summary>
public sealed class ScramVerifier
{
    /// <summary>How many bytes of salt PostgreSQL takes.</summary>
    public const int SaltLength = 16;

    /// <summary>How often PostgreSQL hashes when nothing says otherwise; before version 16 nothing can.</summary>
    public const int DefaultIterations = 4096;

    private const string Scheme = "SCRAM-SHA-256$";

    private readonly byte[] _salt, _storedKey, _serverKey;

    private ScramVerifier(int iterations, byte[] salt, byte[] storedKey, byte[] serverKey)
    {
        (Iterations, _salt, _storedKey, _serverKey) = (iterations, salt, storedKey, serverKey);
    }

    /// <summary>How often the password is hashed.</summary>
    public int Iterations { get; }

    /// <summary>The salt, which the server tells everybody who begins to log in.</summary>
    public ReadOnlySpan<byte> Salt => _salt;

    /// <summary>As the server keeps it. A secret.</summary>
    public string Secret => string.Create(CultureInfo.InvariantCulture,
        $"{Scheme}{Iterations}:{Convert.ToBase64String(_salt)}${Convert.ToBase64String(_storedKey)}:{Convert.ToBase64String(_serverKey)}");

    /// <summary>Computes one.</summary>
    /// <param name="password">The password, prepared (<see cref="SaslPrep"/>).</param>
    /// <param name="iterations">How often it is hashed, at least once.</param>
    /// <param name="salt">The salt; null for one from the system's random numbers.</param>
    public static ScramVerifier Of(string password, int iterations = DefaultIterations, byte[]? salt = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, 1);
        salt ??= RandomNumberGenerator.GetBytes(SaltLength);
        byte[] salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, HashAlgorithmName.SHA256, 32);
        byte[] clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        return new ScramVerifier(iterations, salt, SHA256.HashData(clientKey), HMACSHA256.HashData(salted, "Server Key"u8));
    }

    /// <summary>Reads what a server keeps; false for anything else, such as md5.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out ScramVerifier? verifier)
    {
        verifier = null;
        if (text is null || !text.StartsWith(Scheme, StringComparison.Ordinal)) return false;
        string[] halves = text[Scheme.Length..].Split('$');
        if (halves.Length != 2 || halves[0].Split(':') is not [var count, var salt] || halves[1].Split(':') is not [var stored,
            var server]) return false;
        if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int iterations) || iterations < 1) return false;
        try
        {
            verifier = new ScramVerifier(iterations, Convert.FromBase64String(salt), Convert.FromBase64String(stored),
                Convert.FromBase64String(server));
            return verifier._storedKey.Length == 32 && verifier._serverKey.Length == 32;
        }
        catch (FormatException) { return false; }
    }

    /// <summary>Whether it is of this password (prepared). It takes as long for a wrong one.</summary>
    public bool Fits(string password)
    {
        ScramVerifier other = Of(password, Iterations, _salt);
        return CryptographicOperations.FixedTimeEquals(other._storedKey,
            _storedKey) & CryptographicOperations.FixedTimeEquals(other._serverKey, _serverKey);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"(SCRAM-SHA-256, {Iterations} iterations)");
}
