using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Text;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Network;

namespace OpsModule.Engine.Areas.Tenants.Asking;

/// <summary>
/// Asks the application, one instance or whatever answers at an address. Redirects are not followed, a token does not leave this machine in
/// clear, and no connection is used twice: a balancer must not be able to answer for another instance.
/// </summary>
internal sealed class TenantHttp : IDisposable
{
    private const string Instance = "{instance}", Token = "{token}";

    /// <summary>So long one answer may take.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly OpsContext _context;
    private readonly HttpClient _here, _elsewhere;

    public TenantHttp(OpsContext context)
    {
        _context = context;
        (_here, _elsewhere) = (Client(proxies: false), Client(proxies: true));
    }

    /// <summary>The port of an address.</summary>
    public static int PortOf(string address) => new Uri(address.Replace(Instance, "127.0.0.1", StringComparison.Ordinal)).Port;

    /// <summary>Changes something.</summary>
    public Task<TenantAnswer> ChangeAsync(ChangeRun run, TenantRequest request, ServiceInstance? instance,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        return AskAsync(request, instance, cancellationToken);
    }

    /// <summary>Asks what changes nothing that stays: a proof, or a check.</summary>
    /// <exception cref="OpsException"><c>CredentialsInClear</c>, <c>TenantTokenInvalid</c>.</exception>
    public async Task<TenantAnswer> AskAsync(TenantRequest request, ServiceInstance? instance, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            Uri url = await UrlAsync(request.Address, instance, limit.Token).ConfigureAwait(false);
            // The instances of a platform on this machine are reached without leaving it.
            bool isHere = HttpTargets.IsLoopback(url.Host) || (instance is not null && _context.Platform().IsHere);
            HttpTargets.RefuseInClear(url, credentials: request.Token is not null && !isHere);
            using HttpRequestMessage message = Message(request, url);
            using HttpResponseMessage answer = await (instance is not null || isHere ? _here : _elsewhere).SendAsync(message,
                HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            int status = (int)answer.StatusCode;
            return new TenantAnswer(status, await HttpText.ReadAsync(answer, limit.Token).ConfigureAwait(false),
                "answers " + status.ToString(CultureInfo.InvariantCulture));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new TenantAnswer(null, "", "gives no answer in time");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new TenantAnswer(null, "", "cannot be asked: " + SocketWords.Of(e))
            {
                WasSent = e is not HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError
                    or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError },
            };
        }
        catch (OpsException e) when (e.ErrorId is "PortUnreachable" or "ContainerNotFound")
        {
            return new TenantAnswer(null, "", "cannot be reached: " + e.Message.TrimEnd('.')) { WasSent = false };
        }
    }

    public void Dispose()
    {
        _here.Dispose();
        _elsewhere.Dispose();
    }

    private async Task<Uri> UrlAsync(string address, ServiceInstance? instance, CancellationToken ct)
    {
        if (instance is null) return new Uri(address);
        PortRoute route = await _context.ReachAsync(instance, PortOf(address), ct).ConfigureAwait(false);
        var made = new UriBuilder(address.Replace(Instance, "127.0.0.1", StringComparison.Ordinal)) { Host = route.Host,
            Port = route.Port };
        return made.Uri;
    }

    private static HttpRequestMessage Message(TenantRequest request, Uri url)
    {
        var message = new HttpRequestMessage(new HttpMethod(request.Method), url);
        message.Headers.UserAgent.ParseAdd("OpsModule");
        if (request.Body is { } body)
            message.Content = new StringContent(body.Replace(Token, request.Token ?? "", StringComparison.Ordinal), Encoding.UTF8,
                new MediaTypeHeaderValue("application/json"));
        if (request.Header is not { } header) return message;
        int colon = header.IndexOf(':');
        string value = header[(colon + 1)..].Trim().Replace(Token, request.Token ?? "", StringComparison.Ordinal);
        if (colon > 0 && value.All(c => c is >= ' ' and <= '~') && message.Headers.TryAddWithoutValidation(header[..colon].Trim(), value))
            return message;
        message.Dispose();
        throw TenantErrors.TenantTokenInvalid.Make("A token holds characters that no header can carry, or the header has no name.",
            "Give the token as it was made, without a line break, and the header as 'Name: text {token}'.", url.Host);
    }

    private static HttpClient Client(bool proxies) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false, UseCookies = false, UseProxy = proxies, PooledConnectionLifetime = TimeSpan.Zero,
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) => TlsProblem.Of(certificate, chain, errors) is null,
        },
    }) { Timeout = Timeout.InfiniteTimeSpan };
}
