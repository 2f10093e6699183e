using OpsModule.Connections.Vaults;

namespace OpsModule.Engine.Areas.Secrets.Contract;

/// <summary>Sentry's API, where keys are made and disabled.</summary>
/// <param name="Url">The server, <c>https://sentry.io</c> unless it is one's own.</param>
/// <param name="Organization">The organization's slug.</param>
/// <param name="Project">The project's slug.</param>
/// <param name="Token">A token that may write projects.</param>
internal sealed record SentryAdmin(string Url, string Organization, string Project, SecretReference Token);
