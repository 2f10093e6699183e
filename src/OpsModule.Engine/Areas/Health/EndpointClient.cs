using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Network;

namespace OpsModule.Engine.Areas.Health;

/// <summary>What an endpoint answered.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The body, as far as it was read; empty when nobody asks for it.</param>
/// <param name="Cut">True when there was more of it.</param>
/// <param name="Took">From the request to the end of what was read.</param>
internal sealed record EndpointAnswer(int Status, string Body, bool Cut, TimeSpan Took);

/// <summary>Asks one endpoint over and over on one connection; follows redirects, and says what goes wrong in words.</summary>
internal sealed class EndpointClient : IDisposable
{
    public const int MaxBody = 1024 * 1024;
    private const int MaxRedirects = 10;

    /// <summary>How it begins to say that the endpoint's certificate is not trusted.</summary>
    public const string NotTrusted = "No trusted TLS connection";

    private readonly EndpointSettings _endpoint;
    private readonly Action<string> _waiting;
    private readonly HttpClient _client;
    private readonly Uri _start;
    private string? _tlsProblem;
    private bool _askedForCertificate;

    /// <param name="endpoint">Where, and with which secrets.</param>
    /// <param name="waiting">Takes what is being waited for, for when it is in vain; null when nobody asks.</param>
    /// <exception cref="OpsException"><c>CertificateFileInvalid</c>.</exception>
    public EndpointClient(EndpointSettings endpoint, Action<string>? waiting = null)
    {
        _endpoint = endpoint;
        _waiting = waiting ?? (_ => { });
        _start = new Uri(endpoint.Url);
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            // A proxy reaches the world, not this machine.
            UseProxy = !_start.IsLoopback,
            UseCookies = false,
            // Some send a packed body whatever they are asked for.
            AutomaticDecompression = DecompressionMethods.All,
            ConnectCallback = ConnectAsync,
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = TrustedRoots.Policy(endpoint.CaFile),
                // Asked at the beginning, too, when it is not known yet who answers; then again when the server wants one.
                LocalCertificateSelectionCallback = (_, _, _, remote, _) =>
                {
                    _askedForCertificate |= remote is not null;
                    return null!;
                },
                RemoteCertificateValidationCallback = (_, certificate, chain, errors) => (_tlsProblem = TlsProblem.Of(certificate, chain, errors)) is null,
            },
        }) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>True when the server has asked for a client certificate, whatever it did when there was none.</summary>
    public bool AskedForCertificate => _askedForCertificate;

    /// <summary>Asks once.</summary>
    /// <exception cref="OpsException"><c>EndpointUnreachable</c>, <c>EndpointTls</c>, <c>EndpointRedirects</c>.</exception>
    public async Task<EndpointAnswer> AskAsync(CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        Uri at = _start;
        var seen = new HashSet<Uri>();
        while (true)
        {
            if (!seen.Add(at)) throw Redirects($"{_endpoint.Url} redirects in a circle: {at} comes again after {Count(seen.Count)}.");
            if (seen.Count > MaxRedirects) throw Redirects($"{_endpoint.Url} redirects more than {MaxRedirects} times.");
            using HttpResponseMessage answer = await SendAsync(at, cancellationToken).ConfigureAwait(false);
            if (IsRedirect(answer.StatusCode) && (int)answer.StatusCode != _endpoint.Status && answer.Headers.Location is { } location)
            {
                Uri next = new(at, location);
                if (next.Scheme is not ("http" or "https")) throw Redirects($"{at} redirects to a {next.Scheme} address.");
                at = next;
                continue;
            }
            (string body, bool cut) = await ReadAsync(answer, at, cancellationToken).ConfigureAwait(false);
            return new EndpointAnswer((int)answer.StatusCode, body, cut, Stopwatch.GetElapsedTime(start));
        }
    }

    public void Dispose() => _client.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken).ConfigureAwait(false);
            _waiting("took the connection and did not answer");
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<HttpResponseMessage> SendAsync(Uri at, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, at);
        request.Headers.UserAgent.ParseAdd("OpsModule");
        if ((_endpoint.Bearer ?? _endpoint.ApiKey) is not null && HttpTargets.IsInClear(_start))
            throw new OpsException("CredentialsInClear", OpsErrorCategory.PermissionDenied, $"A token or key would go to {_start.Host} without TLS. Nothing was sent.", "Use a URL that begins with https://.", _endpoint.Url);
        // A secret goes only to the place it was meant for.
        if (Uri.Compare(at, _start, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0)
        {
            if (_endpoint.Bearer is { } bearer) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Header(bearer));
            if (_endpoint.ApiKey is { } key) request.Headers.TryAddWithoutValidation("X-API-Key", Header(key));
        }
        try { return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false); }
        catch (HttpRequestException e) { throw Failed(at, e); }
    }

    private async Task<(string Body, bool Cut)> ReadAsync(HttpResponseMessage answer, Uri at, CancellationToken cancellationToken)
    {
        _waiting("began to answer and did not end");
        try
        {
            await using Stream stream = await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            byte[] buffer = new byte[16 * 1024];
            using var body = new MemoryStream();
            int read = 0;
            while (body.Length < MaxBody && (read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0) body.Write(buffer, 0, read);
            return (Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)Math.Min(body.Length, MaxBody)), read > 0);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new OpsException("EndpointBroken", OpsErrorCategory.ReadError, $"{at} broke off in the middle of its answer: {e.Message.TrimEnd('.')}.", "Look at the log of the service, and of the proxy before it.", _endpoint.Url, e);
        }
    }

    private static string Header(SecretReference secret)
    {
        string value = secret.Resolve().Trim();
        return value.All(c => c is > ' ' and < (char)127) ? value : throw new OpsException("SecretNotFound", OpsErrorCategory.InvalidData,
            $"The secret {secret} holds characters that no HTTP header can carry.", "Correct the secret, or the reference to it.", secret.ToString());
    }

    private const string WantsCertificate = "the server asks for a client certificate, and broke off when there was none";

    private const string GiveCertificate =
        "Let the health URL answer without a client certificate (on a port or a path of its own); this version has none to show.";

    private OpsException Failed(Uri at, HttpRequestException e)
    {
        if (e.InnerException is AuthenticationException tls)
        {
            (string problem, string remedy) = _tlsProblem is null && _askedForCertificate ? (WantsCertificate, GiveCertificate)
                : _tlsProblem is { } found ? (found, TlsProblem.Remedy) : TlsProblem.Of(tls);
            return new OpsException("EndpointTls", OpsErrorCategory.InvalidData, $"{NotTrusted} to {at.Authority}: {problem}.", remedy,
                _endpoint.Url, e);
        }
        (string what, string todo) = e.HttpRequestError switch
        {
            _ when _askedForCertificate && _tlsProblem is null && e.InnerException is IOException => (WantsCertificate, GiveCertificate),
            HttpRequestError.NameResolutionError => ($"the name {at.Host} has no address", "Correct the name, or mend the DNS of this machine."),
            HttpRequestError.ConnectionError when e.InnerException is SocketException socket => (SocketWords.Of(socket), "Start the service, or correct the URL."),
            HttpRequestError.InvalidResponse or HttpRequestError.ResponseEnded => ("what answers does not speak HTTP, or broke off", "Is it the right port, and http where it is http, https where it is https?"),
            _ => ((e.InnerException ?? e).Message.TrimEnd('.'), "Start the service, or correct the URL."),
        };
        return new OpsException("EndpointUnreachable", OpsErrorCategory.ResourceUnavailable, $"{at} cannot be reached: {what}.", todo, _endpoint.Url, e);
    }

    private static bool IsRedirect(HttpStatusCode status) => status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
        or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    private static string Count(int redirects) => redirects == 1 ? "one redirect" : $"{redirects} redirects";

    private OpsException Redirects(string message) => new("EndpointRedirects", OpsErrorCategory.InvalidData, message,
        "Correct the redirect in the service or the proxy before it, or give the URL that it leads to.", _endpoint.Url);
}
