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

    /// <summary>True when it listens on this machine.</summary>
    internal bool IsHere => _endpoint.IsLocal || _endpoint.Address.IsLoopback;

    /// <summary>The engine that the environment variables and the docker client's configuration mean.</summary>
    public static DockerEngine Default() => new(DockerEndpoint.Find(Environment.GetEnvironmentVariable));

    /// <summary>Asks for JSON.</summary>
    /// <param name="path">Begins after the version, for example <c>/containers/json?all=1</c>.</param>
    /// <param name="ct">Ends the call.</param>
    /// <param name="takes">How long the answer itself may take, beside the engine's patience.</param>
    /// <exception cref="OpsException">
    /// <c>EngineUnreachable</c>, <c>EngineDenied</c>, <c>ContainerNotFound</c>, <c>ContainerBusy</c>, <c>EngineRefused</c>, <c>EngineAnswerInvalid</c>.
    /// </exception>
    public async Task<JsonElement> GetAsync(string path, CancellationToken ct, TimeSpan takes = default)
    {
        using HttpResponseMessage response = await SendAsync(HttpMethod.Get, path, null, HttpCompletionOption.ResponseContentRead, Patience + takes, ct).ConfigureAwait(false);
        return Parse(await response.Content.ReadAsByteArrayAsync(ct).ConfigureAwait(false), path);
    }

    /// <summary>Posts a command; returns the answer's JSON, or an undefined element when it has none.</summary>
    /// <param name="path">As for <see cref="GetAsync"/>.</param>
    /// <param name="body">What is sent as JSON, or null.</param>
    /// <param name="ct">Ends the call.</param>
    /// <param name="takes">How long the command itself may take, beside the engine's patience.</param>
    /// <exception cref="OpsException">As <see cref="GetAsync"/>.</exception>
    public async Task<JsonElement> PostAsync(string path, object? body, CancellationToken ct, TimeSpan takes = default)
    {
        using HttpResponseMessage response = await SendAsync(HttpMethod.Post, path, body, HttpCompletionOption.ResponseContentRead, Patience + takes, ct).ConfigureAwait(false);
        byte[] content = await response.Content.ReadAsByteArrayAsync(ct).ConfigureAwait(false);
        return content.Length == 0 ? default : Parse(content, path);
    }

    /// <summary>Deletes something.</summary>
    /// <exception cref="OpsException">As <see cref="GetAsync"/>.</exception>
    public async Task DeleteAsync(string path, CancellationToken ct, TimeSpan takes = default) =>
        (await SendAsync(HttpMethod.Delete, path, null, HttpCompletionOption.ResponseContentRead, Patience + takes, ct).ConfigureAwait(false)).Dispose();

    /// <summary>Opens an answer that streams: logs, events, statistics, the output of a program. Disposing the stream ends it.</summary>
    /// <exception cref="OpsException">As <see cref="GetAsync"/>.</exception>
    public async Task<Stream> OpenAsync(HttpMethod method, string path, object? body, CancellationToken ct)
    {
        HttpResponseMessage response = await SendAsync(method, path, body, HttpCompletionOption.ResponseHeadersRead, Patience, ct).ConfigureAwait(false);
        return await response.Content.ReadAsStreamAsync(ct).ConfigureAwait(false);
    }

    /// <summary>Posts a command after which the connection is a program's: what is written is its standard input.</summary>
    /// <exception cref="OpsException">As <see cref="GetAsync"/>.</exception>
    internal async Task<DockerSession> HijackAsync(string path, object body, CancellationToken ct)
    {
        string version = _version ??= await NegotiateAsync(ct).ConfigureAwait(false);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        try { return await DockerSession.OpenAsync(_endpoint, version + path, body, patience.Token).ConfigureAwait(false); }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested) { throw Silent(Patience); }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException) { throw Unreachable(new HttpRequestException(e.Message, e)); }
    }

    /// <summary>The error of a connection that broke while an answer was read.</summary>
    internal static OpsException Broken(IOException e) => new("EngineUnreachable", OpsErrorCategory.ResourceUnavailable,
        $"The connection to the Docker engine broke in the middle of an answer: {e.Message.TrimEnd('.')}.", "See whether the engine still runs (systemctl status docker), then run the command again.", null, e);

    /// <summary>The error of an answer that is not what the API says.</summary>
    internal static OpsException Unreadable(string what, Exception? e = null) => new("EngineAnswerInvalid", OpsErrorCategory.InvalidData,
        $"The Docker engine answered something for {what} that cannot be read.", "See whether a Docker engine (20.10 or later) listens there, and not a proxy or something else.", what, e);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body, HttpCompletionOption completion, TimeSpan patience, CancellationToken ct)
    {
        string version = _version ??= await NegotiateAsync(ct).ConfigureAwait(false);
        using var request = new HttpRequestMessage(method, version + path);
        if (body is not null) request.Content = JsonContent.Create(body);
        else if (method == HttpMethod.Post) request.Content = new ByteArrayContent([]);
        HttpResponseMessage response = await RawAsync(request, completion, patience, ct).ConfigureAwait(false);
        // 304 is the answer to starting what runs and stopping what does not.
        if (response.IsSuccessStatusCode || response.StatusCode is HttpStatusCode.NotModified or HttpStatusCode.SwitchingProtocols) return response;
        using (response) throw Refused(response.StatusCode, await response.Content.ReadAsStringAsync(ct).ConfigureAwait(false), path);
    }

    private async Task<string> NegotiateAsync(CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/_ping");
        using HttpResponseMessage response = await RawAsync(request, HttpCompletionOption.ResponseContentRead, Patience, ct).ConfigureAwait(false);
        string? told = response.Headers.TryGetValues("Api-Version", out IEnumerable<string>? values) ? values.First() : null;
        if (!response.IsSuccessStatusCode || !Version.TryParse(told, out Version? theirs))
            throw new OpsException("EngineUnreachable", OpsErrorCategory.ResourceUnavailable, $"What listens at {_endpoint} is not a Docker engine (status {(int)response.StatusCode}).",
                "Correct DOCKER_HOST or the Docker context.", _endpoint);
        return "/v" + (theirs < Newest ? theirs : Newest);
    }

    private async Task<HttpResponseMessage> RawAsync(HttpRequestMessage request, HttpCompletionOption completion, TimeSpan patience, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(patience);
        try { return await _http.SendAsync(request, completion, limit.Token).ConfigureAwait(false); }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested) { throw Silent(patience); }
        catch (HttpRequestException e) { throw Unreachable(e); }
    }

    private static JsonElement Parse(byte[] content, string path)
    {
        try { return JsonSerializer.Deserialize<JsonElement>(content); }
        catch (JsonException e) { throw Unreadable(path, e); }
    }

    private OpsException Silent(TimeSpan patience) => new("EngineUnreachable", OpsErrorCategory.ResourceUnavailable,
        $"The Docker engine at {_endpoint} did not answer within {patience.TotalSeconds:0} s.", "See whether it hangs (systemctl status docker), then run the command again.", _endpoint);

    private OpsException Unreachable(HttpRequestException e) => e.InnerException switch
    {
        SocketException { SocketErrorCode: SocketError.AccessDenied } => new OpsException("EngineDenied", OpsErrorCategory.PermissionDenied,
            $"{Environment.UserName} may not use the Docker engine's socket {_endpoint}.",
            "Add the user to the group docker (and log in anew), or run the command as one who may.", _endpoint, e),
        AuthenticationException tls => new OpsException("EngineDenied", OpsErrorCategory.PermissionDenied,
            $"TLS with the Docker engine at {_endpoint} failed: {tls.Message.TrimEnd('.')}.", "Check ca.pem, cert.pem and key.pem of the context or of DOCKER_CERT_PATH.", _endpoint, e),
        // An engine that does not like the client's certificate says so only after the handshake, as an alert in the place of an answer.
        IOException broken when _endpoint.UsesTls && IsAlert(broken) => new OpsException("EngineDenied", OpsErrorCategory.PermissionDenied,
            $"The Docker engine at {_endpoint} does not take this client's certificate, or misses one.", "Check cert.pem and key.pem of the context or of DOCKER_CERT_PATH.", _endpoint, e),
        _ => new OpsException("EngineUnreachable", OpsErrorCategory.ResourceUnavailable, $"No Docker engine answers at {_endpoint}: {Reason(e.InnerException ?? e)}.",
            "Start it (systemctl start docker), or correct DOCKER_HOST or the Docker context.", _endpoint, e),
    };

    private static bool IsAlert(Exception? e) => e is not null && (e.Message.Contains(" alert ", StringComparison.Ordinal) || IsAlert(e.InnerException));

    /// <summary>A socket that is not there comes out of the system as an address that cannot be assigned.</summary>
    private static string Reason(Exception e) =>
        e is SocketException { SocketErrorCode: SocketError.AddressNotAvailable } ? "there is no such socket" : e.Message.TrimEnd('.');

    /// <summary>The error of an answer whose status is no success.</summary>
    internal static OpsException Refused(HttpStatusCode status, string text, string path)
    {
        string message = text.Trim();
        try { message = JsonSerializer.Deserialize<JsonElement>(text).Text("message") ?? message; }
        catch (JsonException) { /* a proxy's page, not the engine's JSON */ }
        message = message.TrimEnd('.');
        return status switch
        {
            HttpStatusCode.NotFound => new OpsException("ContainerNotFound", OpsErrorCategory.ObjectNotFound, $"The Docker engine knows nothing of it: {message}.",
                "It may have been removed or replaced in the meantime; list what there is with Get-OpsService.", path),
            HttpStatusCode.Conflict => new OpsException("ContainerBusy", OpsErrorCategory.ResourceBusy, $"The Docker engine cannot do that now: {message}.",
                "Wait until it is running or has ended, then run the command again.", path),
            _ => new OpsException("EngineRefused", OpsErrorCategory.InvalidOperation, $"The Docker engine refused ({(int)status}): {message}.",
                "Mend what it reports, then run the command again.", path),
        };
    }
}
