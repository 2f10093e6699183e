namespace OpsModule.Engine.Areas.Secrets.ApiKeys;

/// <summary>A key as it is listed where keys are kept: never the key itself.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name, with the change that made it where one did.</param>
/// <param name="CreatedAt">When it was made, UTC; null where nothing tells.</param>
/// <param name="IsRevoked">True of one that is refused.</param>
internal sealed record IssuedKey(string Id, string Name, DateTimeOffset? CreatedAt, bool IsRevoked);
