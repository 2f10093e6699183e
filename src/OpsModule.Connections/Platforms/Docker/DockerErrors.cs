using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Docker;

/// <summary>Says in plain words what is wrong with an engine.</summary>
public static class DockerErrors
{
    /// <summary>Does something with an engine, and turns what goes wrong into an error with a remedy.</summary>
    /// <param name="endpoint">Where the engine is.</param>
    /// <param name="what">What is asked for, for messages.</param>
    /// <param name="call">The call; its token ends with the patience as well.</param>
    /// <param name="limit">How long may be waited, as a source that can be given more time; linked to <paramref name="ct"/>.</param>
    /// <param name="patience">How long that is, for messages.</param>
    /// <param name="ct">Ends the call.</param>
    public static async Task<T> GuardAsync<T>(DockerEndpoint endpoint, string what, Func<CancellationToken, Task<T>> call, CancellationTokenSource limit, TimeSpan patience, CancellationToken ct)
    {
        try
        {
            limit.CancelAfter(patience);
            return await call(limit.Token).ConfigureAwait(false) ?? throw Unreadable(what);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested) { throw Silent(endpoint, patience); }
        catch (HttpRequestException e) { throw Unreachable(endpoint, e); }
        catch (IOException e) { throw Broken(e); }
        catch (Exception e) when (IsUnreadable(e)) { throw Unreadable(what, e); }
    }

    /// <summary>True for what the library throws when an answer's JSON is not what the API says: each field has its own way to fail.</summary>
    public static bool IsUnreadable(Exception e) => e is JsonException or FormatException or OverflowException or ArgumentException or InvalidOperationException or NotImplementedException;

    /// <summary>The error of a connection that broke while an answer was read.</summary>
    public static OpsException Broken(IOException e) => new("EngineUnreachable", OpsErrorCategory.ResourceUnavailable,
        $"The connection to the Docker engine broke in the middle of an answer: {e.Message.TrimEnd('.')}.", "See whether the engine still runs (systemctl status docker), then run the command again.", null, e);

    /// <summary>The error of an answer that is not what the API says.</summary>
    public static OpsException Unreadable(string what, Exception? e = null) => new("EngineAnswerInvalid", OpsErrorCategory.InvalidData,
        $"The Docker engine answered something for {what} that cannot be read.", "See whether a Docker engine (20.10 or later) listens there, and not a proxy or something else.", what, e);

    /// <summary>The error of output that is not in frames.</summary>
    public static OpsException Output(string of, IOException e) => new("EngineAnswerInvalid", OpsErrorCategory.InvalidData,
        $"The Docker engine answered something for the output of {of} that cannot be read: {e.Message.TrimEnd('.')}.",
        "See the engine's own log (journalctl -u docker): it may be unable to read what it kept of that output. Or something else than a Docker engine (20.10 or later) listens there.", of, e);

    /// <summary>What listens is something else.</summary>
    public static OpsException Foreign(DockerEndpoint endpoint, HttpStatusCode status) => new("EngineUnreachable", OpsErrorCategory.ResourceUnavailable,
        $"What listens at {endpoint} is not a Docker engine (status {(int)status}).", "Correct DOCKER_HOST or the Docker context.", endpoint);

    /// <summary>Throws for an answer whose status is no success.</summary>
    public static async Task ThrowUnlessSuccessAsync(HttpResponseMessage response, CancellationToken ct)
    {
        // 304 is the answer to starting what runs and stopping what does not.
        if (response.IsSuccessStatusCode || response.StatusCode is HttpStatusCode.NotModified or HttpStatusCode.SwitchingProtocols) return;
        using (response) throw Refused(response.StatusCode, await response.Content.ReadAsStringAsync(ct).ConfigureAwait(false), response.RequestMessage?.RequestUri?.AbsolutePath);
    }

    private static OpsException Silent(DockerEndpoint endpoint, TimeSpan patience) => new("EngineUnreachable", OpsErrorCategory.ResourceUnavailable,
        $"The Docker engine at {endpoint} did not answer within {patience.TotalSeconds:0} s.", "See whether it hangs (systemctl status docker), then run the command again.", endpoint);

    private static OpsException Unreachable(DockerEndpoint endpoint, HttpRequestException e) => e.InnerException switch
    {
        SocketException { SocketErrorCode: SocketError.AccessDenied } => new OpsException("EngineDenied", OpsErrorCategory.PermissionDenied,
            $"{Environment.UserName} may not use the Docker engine's socket {endpoint}.",
            "Add the user to the group docker (and log in anew), or run the command as one who may.", endpoint, e),
        AuthenticationException tls => new OpsException("EngineDenied", OpsErrorCategory.PermissionDenied,
            $"TLS with the Docker engine at {endpoint} failed: {tls.Message.TrimEnd('.')}.", "Check ca.pem, cert.pem and key.pem of the context or of DOCKER_CERT_PATH.", endpoint, e),
        // An engine that does not like the client's certificate says so only after the handshake, as an alert in the place of an answer.
        IOException broken when endpoint.UsesTls && IsAlert(broken) => new OpsException("EngineDenied", OpsErrorCategory.PermissionDenied,
            $"The Docker engine at {endpoint} does not take this client's certificate, or misses one.", "Check cert.pem and key.pem of the context or of DOCKER_CERT_PATH.", endpoint, e),
        _ => new OpsException("EngineUnreachable", OpsErrorCategory.ResourceUnavailable, $"No Docker engine answers at {endpoint}: {Reason(e.InnerException ?? e)}.",
            "Start it (systemctl start docker), or correct DOCKER_HOST or the Docker context.", endpoint, e),
    };

    private static bool IsAlert(Exception? e) => e is not null && (e.Message.Contains(" alert ", StringComparison.Ordinal) || IsAlert(e.InnerException));

    /// <summary>A socket that is not there comes out of the system as an address that cannot be assigned.</summary>
    private static string Reason(Exception e) =>
        e is SocketException { SocketErrorCode: SocketError.AddressNotAvailable } ? "there is no such socket" : e.Message.TrimEnd('.');

    /// <summary>The error of an answer whose status is no success.</summary>
    private static OpsException Refused(HttpStatusCode status, string text, string? path)
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
