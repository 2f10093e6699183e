using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Docker;

/// <summary>Where the Docker engine (or Podman's compatible socket) listens, found as the docker client finds it.</summary>
/// <param name="Address">A <c>unix://</c>, <c>npipe://</c>, <c>tcp://</c>, <c>http://</c> or <c>https://</c> address.</param>
/// <param name="CertificateFolder">Folder with <c>ca.pem</c>, <c>cert.pem</c> and <c>key.pem</c>, or null without TLS.</param>
/// <param name="VerifyServer">False accepts any server certificate (a context's SkipTLSVerify).</param>
public sealed record DockerEndpoint(Uri Address, string? CertificateFolder = null, bool VerifyServer = true)
{
    private const string LinuxSocket = "unix:///var/run/docker.sock", WindowsPipe = "npipe:////./pipe/docker_engine";

    /// <summary>True for a socket or pipe of this machine.</summary>
    public bool IsLocal => Address.Scheme is "unix" or "npipe";

    /// <summary>True when the connection is encrypted.</summary>
    public bool UsesTls => !IsLocal && (CertificateFolder is not null || Address.Scheme == "https");

    /// <summary>The port, with the engine's customary one where the address has none.</summary>
    public int Port => Address.Port > 0 ? Address.Port : UsesTls ? 2376 : 2375;

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
        JsonElement docker = Read(file).At("Endpoints", "docker");
        string address = docker.Text("Host") ?? throw new OpsException("DockerContextUnknown", OpsErrorCategory.InvalidData, $"The Docker context {name} does not say where its engine is ({file}).",
            "Make it anew with 'docker context create', or use another one.", name);
        string tls = Path.Combine(configuration, "contexts", "tls", id, "docker");
        return new DockerEndpoint(Parse(address, $"the context {name}"), Directory.Exists(tls) ? tls : null, !docker.IsTrue("SkipTLSVerify"));
    }

    private static string? CurrentContext(string configuration) => Read(Path.Combine(configuration, "config.json")).Text("currentContext");

    /// <summary>The client's files, not ours: what is wrong with one docker itself says.</summary>
    private static JsonElement Read(string file)
    {
        try { return File.Exists(file) ? JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(file)) : default; }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException) { return default; }
    }

    private static Uri Parse(string address, string where)
    {
        if (!address.Contains("://", StringComparison.Ordinal)) address = "tcp://" + address;
        if (address.StartsWith("ssh://", StringComparison.Ordinal))
            throw new OpsException("PlatformUnsupported", OpsErrorCategory.InvalidOperation, $"{where} is {address}; ssh is not supported.",
                "Forward the socket (ssh -L) and set DOCKER_HOST to the forwarded address.", address);
        return Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && (uri.Scheme is "unix" or "npipe" || (uri.Scheme is "tcp" or "http" or "https" && uri.Host.Length > 0))
            ? new Uri(address)
            : throw new OpsException("DockerHostInvalid", OpsErrorCategory.InvalidArgument, $"{where} is '{address}', which is no address of a Docker engine.",
                "Use unix:///path/to/docker.sock or tcp://host:port.", address);
    }
}
