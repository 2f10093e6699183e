namespace OpsModule.Engine.Areas.Secrets.Contract.ApiKeys;

/// <summary>A program of a service that lists, makes and revokes keys, and says so in JSON.</summary>
/// <param name="Service">The service.</param>
/// <param name="Create">The program that makes one, with <c>{name}</c>.</param>
/// <param name="List">The program that lists them.</param>
/// <param name="Revoke">The program that revokes one, with <c>{id}</c>.</param>
/// <param name="Fields">Where things stand in its output.</param>
internal sealed record ApiKeyCommand(string Service, IReadOnlyList<string> Create, IReadOnlyList<string> List,
    IReadOnlyList<string> Revoke, ApiKeyFields Fields);
