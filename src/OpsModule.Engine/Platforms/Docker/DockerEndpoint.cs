using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace OpsModule.Engine.Platforms.Docker;

/// <summary>Where the Docker engine (or Podman's compatible socket) listens, found as the docker client finds it.</summary>
/// <param name="Address">A <c>unix://</c>, <c>npipe://</c>, <c>tcp://</c>, <c>http://</c> or <c>https://</c> address.</param>
/// <param name="CertificateFolder">Folder with <c>ca.pem</c>, <c>cert.pem</c> and <c>key.pem</c>, or null without TLS.</param>
/// <param name="VerifyServer">False accepts any server certificate (a context's SkipTLSVerify).</param>
public sealed record DockerEndpoint(Uri Address, string? CertificateFolder = null, bool VerifyServer = true)
{
    private const string LinuxSocket = "unix:///var/run/docker.sock", WindowsPipe = "npipe:////./pipe/docker_engine";

    /// <summary>
    /// <c>DOCKER_HOST</c> first, then the context that <c>DOCKER_CONTEXT</c> or the client's configuration names, then the platform's socket.
    /// </summary>
    /// <param name="variable">Reads an environment variable.</param>
    /// <exception cref="OpsException"><c>DockerContextUnknown</c>, <c>DockerHostInvalid</c>, <c>PlatformUnsupported</c> for <c>ssh://</c>.</exception>
    public static DockerEndpoint Find(Func<string, string?> variable)
    {
        string configuration = variable("DOCKER_CONFIG") is { Length: > 0 } given ? given
            : Path.Combine(variable("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".docker");
        if (variable("DOCKER_HOST") is { Length: > 0 } host)
        {
            // As with the client, any text in DOCKER_TLS_VERIFY turns TLS on.
            string? certificates = variable("DOCKER_CERT_PATH") is { Length: > 0 } folder ? folder : configuration;
            return new DockerEndpoint(Parse(host, "DOCKER_HOST"), variable("DOCKER_TLS_VERIFY") is { Length: > 0 } ? certificates : null);
        }
        string? context = variable("DOCKER_CONTEXT") is { Length: > 0 } named ? named : CurrentContext(configuration);
        if (context is not null and not "default") return OfContext(configuration, context);
        return new DockerEndpoint(new Uri(OperatingSystem.IsWindows() ? WindowsPipe : LinuxSocket));
    }

    /// <inheritdoc/>
    public override string ToString() => Address.OriginalString;

    private static DockerEndpoint OfContext(string configuration, string name)
    {
        // The client files contexts under the SHA-256 of their names.
        string id = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(name))).ToLowerInvariant();
        string file = Path.Combine(configuration, "contexts", "meta", id, "meta.json");
        if (!File.Exists(file))
            throw new OpsException("DockerContextUnknown", OpsErrorCategory.ObjectNotFound, $"There is no Docker context {name} under {configuration}.",
                "List them with 'docker context ls', and correct DOCKER_CONTEXT or 'docker context use'.", name);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
        JsonElement docker = document.RootElement.GetProperty("Endpoints").GetProperty("docker");
        string tls = Path.Combine(configuration, "contexts", "tls", id, "docker");
        bool skip = docker.TryGetProperty("SkipTLSVerify", out JsonElement value) && value.ValueKind == JsonValueKind.True;
        return new DockerEndpoint(Parse(docker.GetProperty("Host").GetString() ?? "", $"the context {name}"), Directory.Exists(tls) ? tls : null, !skip);
    }

    private static string? CurrentContext(string configuration)
    {
        string file = Path.Combine(configuration, "config.json");
        if (!File.Exists(file)) return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
            return document.RootElement.TryGetProperty("currentContext", out JsonElement current) ? current.GetString() : null;
        }
        catch (JsonException) { return null; /* the client's file, not ours: docker itself says what is wrong with it */ }
    }

    private static Uri Parse(string address, string where)
    {
        if (!address.Contains("://", StringComparison.Ordinal)) address = "tcp://" + address;
        if (address.StartsWith("ssh://", StringComparison.Ordinal))
            throw new OpsException("PlatformUnsupported", OpsErrorCategory.InvalidOperation, $"{where} is {address}; ssh is not supported.",
                "Forward the socket (ssh -L) and set DOCKER_HOST to the forwarded address.", address);
        return Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri.Scheme is "unix" or "npipe" or "tcp" or "http" or "https"
            ? new Uri(address)
            : throw new OpsException("DockerHostInvalid", OpsErrorCategory.InvalidArgument, $"{where} is '{address}', which is no address of a Docker engine.",
                "Use unix:///path/to/docker.sock or tcp://host:port.", address);
    }
}
