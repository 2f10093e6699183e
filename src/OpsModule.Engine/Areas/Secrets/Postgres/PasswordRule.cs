using System.Text;
using OpsModule.Connections.Postgres.Passwords;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Postgres;

/// <summary>
/// Which values can be passwords. A server falls back to the bytes as they are where SASLprep refuses a value, and so does libpq, but not
/// every client; some normalize and do no more, some do nothing. What they would not hash alike is refused.
/// </summary>
internal static class PasswordRule
{
    /// <summary>The value as it is hashed.</summary>
    /// <exception cref="OpsException"><c>SecretPasswordUnfit</c>.</exception>
    public static string Prepare(string value, string secret)
    {
        if (SaslPrep.Prepare(value, out string prepared) is { } why) throw Unfit(secret,
            $"{why}, so that not every client would send the same for it");
        if (prepared.All(char.IsAscii) && prepared == value) return prepared;
        return prepared == value.Normalize(NormalizationForm.FormKC) ? prepared
            : throw Unfit(secret, "SASLprep makes something else of it than normalizing (NFKC), and clients do one or the other");
    }

    /// <summary>
    /// A value that is a password already, as it was hashed: where SASLprep refuses it, as it is. Taking a rotation back sets it again.
    /// </summary>
    /// <exception cref="OpsException"><c>SecretPasswordUnfit</c>: it could not be set again and proven.</exception>
    public static string Restorable(string value, string secret)
    {
        if (SaslPrep.Prepare(value, out string prepared) is null && (prepared == value || prepared == value.Normalize(NormalizationForm.FormKC)))
            return prepared;
        if (value.Length > 0 && value.All(char.IsAscii)) return value;
        throw PostgresSecretErrors.PasswordUnfit.Make($"The present password of {secret} could not be set again if the rotation were taken "
            + "back: it is none that every client hashes alike.",
            "Give the login a password of letters, digits and signs of ASCII by hand once, write it into the uses, and rotate it then.", secret);
    }

    private static OpsException Unfit(string secret, string why) =>
        PostgresSecretErrors.PasswordUnfit.Make($"The value for {secret} cannot be a password: {why}.",
        "Take letters, digits and signs of ASCII; New-OpsSecretValue makes one.", secret);
}
