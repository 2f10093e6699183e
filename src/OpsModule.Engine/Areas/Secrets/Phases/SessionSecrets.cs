using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Settings;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Secrets.Phases;

/// <summary>What the sessions of an environment are signed with.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class SessionSecrets(OpsContext context)
{
    /// <summary>The secrets that sign tokens, in the order of the environment file.</summary>
    public IReadOnlyList<string> Names => [.. context.Environment.Section<SecretsSettings>().Entries.Values
        .Where(e => e.Kind == SecretKind.Jwt).Select(e => e.Name)];
}
