namespace OpsModule.Engine.Areas.Secrets.Contract;

/// <summary>PgBouncer's list of users.</summary>
/// <param name="UserList">The full path of userlist.txt.</param>
/// <param name="Service">The service that PgBouncer is, for its reload; null when <paramref name="Admin"/> tells it.</param>
/// <param name="Admin">How its console is reached: <c>host:port</c>, and the reference of the admin's password.</param>
internal sealed record PgBouncerUse(string UserList, string? Service, PgBouncerAdmin? Admin);
