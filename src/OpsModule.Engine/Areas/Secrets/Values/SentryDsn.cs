using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Areas.Secrets.Values;

/// <summary>Where a program sends what it reports to Sentry: <c>https://KEY@host/PROJECT</c>. Its text form shows no key.</summary>
/// <param name="Key">The public key, which is all that a client shows.</param>
/// <param name="Envelope">Where envelopes are taken.</param>
/// <param name="Project">The project's number.</param>
internal sealed record SentryDsn(string Key, Uri Envelope, string Project)
{
    /// <summary>Reads one.</summary>
    /// <exception cref="Foundations.Errors.OpsException"><c>SecretValueInvalid</c>.</exception>
    public static SentryDsn Read(SecretMaterial material)
    {
        if (!HttpTargets.TryParse(material.Value, out Uri? url) || url.UserInfo.Split(':')[0] is not { Length: > 0 } key
            || !key.All(char.IsAsciiLetterOrDigit)
            || url.AbsolutePath.LastIndexOf('/') is not (>= 0 and var slash) || url.AbsolutePath[(slash
                + 1)..] is not { Length: > 0 } project
            || !project.All(char.IsAsciiDigit) || url.Query.Length > 0)
            throw ValueSecretErrors.SecretValueInvalid.Make("The value is no DSN of Sentry.",
                "It is written https://KEY@HOST/PROJECT, as Sentry shows it under Client Keys.");
        return new SentryDsn(key, new Uri(
            $"{url.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)}{url.AbsolutePath[..slash]}/api/{project}/envelope/"), project);
    }

    /// <inheritdoc/>
    public override string ToString() => $"project {Project} at {Envelope.Host}";
}
