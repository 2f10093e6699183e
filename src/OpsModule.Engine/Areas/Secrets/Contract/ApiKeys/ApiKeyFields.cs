namespace OpsModule.Engine.Areas.Secrets.Contract.ApiKeys;

/// <summary>The names of members in JSON, with dots between those inside of others.</summary>
/// <param name="Key">The key itself, where one is made.</param>
/// <param name="Id">The id.</param>
/// <param name="Name">The name.</param>
/// <param name="Created">When it was made; need not be there.</param>
/// <param name="Revoked">What is true, or says when, of one that was revoked; need not be there.</param>
/// <param name="Items">Where the list stands; empty for the whole.</param>
internal sealed record ApiKeyFields(string Key, string Id, string Name, string Created, string Revoked, string Items);
