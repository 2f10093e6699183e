using OpsModule.Connections.Vaults;

namespace OpsModule.Engine.Areas.Secrets.Contract.ApiKeys;

/// <summary>An endpoint that lists, makes and revokes keys.</summary>
/// <param name="Url">Where keys are listed (GET) and made (POST).</param>
/// <param name="Revoke">Where one is revoked, with <c>{id}</c>.</param>
/// <param name="RevokeBy">DELETE or POST.</param>
/// <param name="Token">The token of an administrator.</param>
/// <param name="Fields">Where things stand in its JSON.</param>
internal sealed record ApiKeyEndpoint(string Url, string Revoke, string RevokeBy, SecretReference Token, ApiKeyFields Fields);
