using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;

namespace OpsModule.Engine.Platforms.Docker;

/// <summary>
/// The Docker engine's HTTP API (Docker Engine 20.10 and later, and Podman's compatible socket). The version spoken is the server's
/// own, but no newer than this code knows.
/// </summary>
/// <remarks>API reference: https://docs.docker.com/reference/api/engine/.</remarks>
public sealed class DockerEngine : IDisposable
{
    private static readonly Version Newest = new(1, 47);

    private readonly DockerEndpoint _endpoint;
    private readonly HttpClient _http;
    private string? _version;

    /// <summary>An engine; nothing is sent yet.</summary>
    public DockerEngine(DockerEndpoint endpoint)
    {
        _endpoint = endpoint;
        _http = DockerConnection.Open(endpoint);
    }

    /// <summary>How long the engine may take to begin an answer.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The engine that the environment variables and the docker client's configuration mean.</summary>
    public static DockerEngine Default() => new(DockerEndpoint.Find(Environment.GetEnvironmentVariable));

    /// <summary>Asks for JSON. The path begins after the version, for example <c>/containers/json?all=1</c>.</summary>
    /// <exception cref="OpsException"><c>EngineUnreachable</c>, <c>EngineDenied</c>, <c>ContainerNotFound</c>, <c>EngineRefused</c>.</exception>
    public async Task<JsonElement> GetAsync(string path, CancellationToken ct)
    {
        using HttpResponseMessage response = await SendAsync(HttpMethod.Get, path, null, HttpCompletionOption.ResponseContentRead, ct).ConfigureAwait(false);
        return await response.Content.ReadFromJsonAsync<JsonElement>(ct).ConfigureAwait(false);
    }

    /// <summary>Posts a command; returns the answer's JSON, or an undefined element when it has none.</summary>
    /// <exception cref="OpsException">As <see cref="GetAsync"/>.</exception>
    public async Task<JsonElement> PostAsync(string path, object? body, CancellationToken ct)
    {
        using HttpResponseMessage response = await SendAsync(HttpMethod.Post, path, body, HttpCompletionOption.ResponseContentRead, ct).ConfigureAwait(false);
        byte[] content = await response.Content.ReadAsByteArrayAsync(ct).ConfigureAwait(false);
        return content.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(content);
    }

    /// <summary>Opens an answer that streams: logs, events, statistics, the output of a program. Disposing the stream ends it.</summary>
    /// <exception cref="OpsException">As <see cref="GetAsync"/>.</exception>
    public async Task<Stream> OpenAsync(HttpMethod method, string path, object? body, CancellationToken ct)
    {
        HttpResponseMessage response = await SendAsync(method, path, body, HttpCompletionOption.ResponseHeadersRead, ct).ConfigureAwait(false);
        return await response.Content.ReadAsStreamAsync(ct).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body, HttpCompletionOption completion, CancellationToken ct)
    {
        string version = _version ??= await NegotiateAsync(ct).ConfigureAwait(false);
        using var request = new HttpRequestMessage(method, version + path);
        if (body is not null) request.Content = JsonContent.Create(body);
        else if (method == HttpMethod.Post) request.Content = new ByteArrayContent([]);
        HttpResponseMessage response = await RawAsync(request, completion, ct).ConfigureAwait(false);
        // 304 is the answer to starting what runs and stopping what does not.
        if (response.IsSuccessStatusCode || response.StatusCode is HttpStatusCode.NotModified or HttpStatusCode.SwitchingProtocols) return response;
        using (response) throw await RefusedAsync(response, path, ct).ConfigureAwait(false);
    }

    private async Task<string> NegotiateAsync(CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/_ping");
        using HttpResponseMessage response = await RawAsync(request, HttpCompletionOption.ResponseContentRead, ct).ConfigureAwait(false);
        string? told = response.Headers.TryGetValues("Api-Version", out IEnumerable<string>? values) ? values.First() : null;
        if (!response.IsSuccessStatusCode || !Version.TryParse(told, out Version? theirs))
            throw new OpsException("EngineUnreachable", OpsErrorCategory.ResourceUnavailable, $"What listens at {_endpoint} is not a Docker engine (status {(int)response.StatusCode}).",
                "Correct DOCKER_HOST or the Docker context.", _endpoint);
        return "/v" + (theirs < Newest ? theirs : Newest);
    }

    private async Task<HttpResponseMessage> RawAsync(HttpRequestMessage request, HttpCompletionOption completion, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        try { return await _http.SendAsync(request, completion, patience.Token).ConfigureAwait(false); }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new OpsException("EngineUnreachable", OpsErrorCategory.ResourceUnavailable, $"The Docker engine at {_endpoint} did not answer within {Patience.TotalSeconds:0} s.",
                "See whether it hangs (systemctl status docker), then run the command again.", _endpoint);
        }
        catch (HttpRequestException e) { throw Unreachable(e); }
    }

    private OpsException Unreachable(HttpRequestException e) => e.InnerException switch
    {
        SocketException { SocketErrorCode: SocketError.AccessDenied } => new OpsException("EngineDenied", OpsErrorCategory.PermissionDenied,
            $"{Environment.UserName} may not use the Docker engine's socket {_endpoint}.",
            "Add the user to the group docker (and log in anew), or run the command as one who may.", _endpoint, e),
        AuthenticationException tls => new OpsException("EngineDenied", OpsErrorCategory.PermissionDenied,
            $"TLS with the Docker engine at {_endpoint} failed: {tls.Message}", "Check ca.pem, cert.pem and key.pem of the context or of DOCKER_CERT_PATH.", _endpoint, e),
        _ => new OpsException("EngineUnreachable", OpsErrorCategory.ResourceUnavailable, $"No Docker engine answers at {_endpoint}: {(e.InnerException ?? e).Message}.",
            "Start it (systemctl start docker), or correct DOCKER_HOST or the Docker context.", _endpoint, e),
    };

    private static async Task<OpsException> RefusedAsync(HttpResponseMessage response, string path, CancellationToken ct)
    {
        string text = await response.Content.ReadAsStringAsync(ct).ConfigureAwait(false);
        string message = text.Trim();
        try { message = JsonSerializer.Deserialize<JsonElement>(text).GetProperty("message").GetString() ?? message; }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException) { /* a proxy's page, not the engine's JSON */ }
        return response.StatusCode switch
        {
            HttpStatusCode.NotFound => new OpsException("ContainerNotFound", OpsErrorCategory.ObjectNotFound, $"The Docker engine knows nothing of it: {message}.",
                "It may have been removed or replaced in the meantime; list what there is with Get-OpsService.", path),
            HttpStatusCode.Conflict => new OpsException("ContainerBusy", OpsErrorCategory.ResourceBusy, $"The Docker engine cannot do that now: {message}.",
                "Wait until it is running or has ended, then run the command again.", path),
            _ => new OpsException("EngineRefused", OpsErrorCategory.InvalidOperation, $"The Docker engine refused ({(int)response.StatusCode}): {message}.",
                "Mend what it reports, then run the command again.", path),
        };
    }
}
