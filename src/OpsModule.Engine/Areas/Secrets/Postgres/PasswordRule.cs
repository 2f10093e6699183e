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

    private static OpsException Unfit(string secret, string why) =>
        PostgresSecretErrors.PasswordUnfit.Make($"The value for {secret} cannot be a password: {why}.",
        "Take letters, digits and signs of ASCII; New-OpsSecretValue makes one.", secret);
}
