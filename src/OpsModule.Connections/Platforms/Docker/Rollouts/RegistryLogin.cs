using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Connections.Platforms.Docker.Rollouts;

/// <summary>The login for a registry that the docker client of this user has: in its configuration, or kept by a program of its
/// own.</summary>
internal static class RegistryLogin
{
    private const string Hub = "https://index.docker.io/v1/";

    /// <summary>The login; null where there is none.</summary>
    public static async Task<AuthConfig?> FindAsync(ImageReference image, CancellationToken ct)
    {
        string folder = Environment.GetEnvironmentVariable("DOCKER_CONFIG") is { Length: > 0 } named ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".docker");
        string file = Path.Combine(folder, "config.json"), registry = image.Registry ?? Hub;
        if (!File.Exists(file)) return null;
        JsonNode? settings;
        try { settings = JsonNode.Parse(await File.ReadAllTextAsync(file, ct).ConfigureAwait(false)); }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException) { return null; /* as one without a login: the registry says so */ }
        string? helper = (string?)settings?["credHelpers"]?[registry] ?? (string?)settings?["credsStore"];
        if (helper is { Length: > 0 } && await AskAsync(helper, registry, ct).ConfigureAwait(false) is { } kept) return kept;
        return Written(settings?["auths"]?[registry] ?? settings?["auths"]?["https://" + registry], registry);
    }

    /// <summary>The login as the engine takes it in a header.</summary>
    public static string? Header(AuthConfig? login) => login is null ? null : Convert.ToBase64String(Encoding.UTF8.GetBytes(new JsonObject
    {
        ["username"] = login.Username, ["password"] = login.Password, ["identitytoken"] = login.IdentityToken,
            ["serveraddress"] = login.ServerAddress,
    }.ToJsonString())).Replace('+', '-').Replace('/', '_');

    private static AuthConfig? Written(JsonNode? entry, string registry)
    {
        if (entry is null) return null;
        string[] pair = [];
        if ((string?)entry["auth"] is { Length: > 0 } coded)
        {
            try { pair = Encoding.UTF8.GetString(Convert.FromBase64String(coded)).Split(':', 2); }
            catch (FormatException) { return null; }
        }
        string? token = (string?)entry["identitytoken"];
        return pair.Length < 2 && token is null ? null
            : new AuthConfig { Username = pair.ElementAtOrDefault(0), Password = pair.ElementAtOrDefault(1),
            IdentityToken = token, ServerAddress = registry };
    }

    /// <summary>A program that keeps logins writes one as JSON; for a registry that it does not know it fails.</summary>
    private static async Task<AuthConfig?> AskAsync(string helper, string registry, CancellationToken ct)
    {
        if (helper.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))) return null;
        try
        {
            string said = await ProgramRunner.RunAsync(new ProgramCall("docker-credential-" + helper, "get"), registry,
                ct).ConfigureAwait(false);
            JsonNode? login = JsonNode.Parse(said);
            string? user = (string?)login?["Username"], secret = (string?)login?["Secret"];
            return user == "<token>" ? new AuthConfig { IdentityToken = secret, ServerAddress = registry }
                : new AuthConfig { Username = user, Password = secret, ServerAddress = registry };
        }
        catch (Exception e) when (e is JsonException
            || (e is OpsException { ErrorId: "ProgramMissing" or "ProgramFailed" })) { return null; }
    }
}
