using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Configuration.Redacting;
using OpsModule.Engine.Areas.Configuration.Settings;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Rollouts.Sealing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Configuration;

/// <summary>The key of the state folder, as far as backups of the configuration need it.</summary>
internal static class ConfigurationKey
{
    /// <summary>The key.</summary>
    public static RevisionKey Of(OpsContext context) => RevisionKey.Of(context.Environment.StateDirectory);

    /// <summary>Which key it is: fingerprints of another one say nothing here.</summary>
    public static string NameOf(RevisionKey key) => key.Fingerprint("which key this is");

    /// <summary>What takes secrets out.</summary>
    public static Redactor RedactorOf(OpsContext context, RevisionKey key) =>
        new(key, context.Environment.Section<ConfigurationSettings>().Redact, () => Known(context));

    /// <summary>Secrets that the environment file refers to, as far as they can be read here.</summary>
    private static IEnumerable<string> Known(OpsContext context)
    {
        foreach ((SecretReference? secret, string _) in EnvironmentReferences.SecretsOf(context.Environment))
        {
            string? value = null;
            try { value = secret?.Resolve(); }
            catch (Exception e) when (e is OpsException or IOException or UnauthorizedAccessException) { /* its looks must do */ }
            if (value is not null) yield return value;
        }
    }
}
