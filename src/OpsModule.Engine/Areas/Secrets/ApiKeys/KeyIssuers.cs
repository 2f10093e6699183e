using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.ApiKeys;

/// <summary>Opens where keys of an API are kept.</summary>
internal static class KeyIssuers
{
    /// <summary>That of an entry; nothing is asked yet.</summary>
    /// <exception cref="OpsException"><c>ApiKeyUnsupported</c> of one whose keys stand in a list.</exception>
    public static IKeyIssuer Open(OpsContext context, SecretEntry entry) => entry.ApiKey switch
    {
        { Http: { } http } => new HttpKeyIssuer(entry.Name, http),
        { Command: { } command } => new CommandKeyIssuer(context, entry.Name, command),
        { Table: { } table } => new TableKeyIssuer(context, entry.Name, table),
        _ => throw ApiKeyErrors.ApiKeyUnsupported.Make($"The keys of {entry.Name} stand in a list of a variable, and are kept nowhere "
            + $"else.",
            $"Rotate it: Invoke-OpsSecretRotation {entry.Name}; with -OverlapFor 0s the old one is refused at once.", entry.Name),
    };
}
