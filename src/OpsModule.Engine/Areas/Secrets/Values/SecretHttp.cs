using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Network;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Secrets.Values;

/// <summary>
/// Speaks HTTP with the server of a value. Redirects are not followed, a secret is not sent in clear, and of an address no more than its
/// host is
/// ever shown.
/// </summary>
internal static class SecretHttp
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Asks.</summary>
    /// <param name="url">Whom.</param>
    /// <param name="header">The header that carries the value.</param>
    /// <param name="value">What it says.</param>
    /// <param name="way">Makes the connection, to a host and a port, in another network; null in this machine's.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>SecretServerUnreachable</c>, <c>CredentialsInClear</c>, <c>SecretValueInvalid</c>.</exception>
    public static Task<SecretAnswer> GetAsync(Uri url, string header, string value, Func<string, int, CancellationToken, Task<Socket>>? way,
        CancellationToken cancellationToken) => SendAsync(HttpMethod.Get, url, header, value, null, null, way, cancellationToken);

    /// <summary>Changes something.</summary>
    /// <exception cref="OpsException">As <see cref="GetAsync"/>.</exception>
    public static Task<SecretAnswer> ChangeAsync(ChangeRun run, HttpMethod method, Uri url, string header, string value, string json,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        return SendAsync(method, url, header, value, json, "application/json", null, cancellationToken);
    }

    /// <summary>Posts what changes nothing and is asked for by POST alone.</summary>
    /// <exception cref="OpsException">As <see cref="GetAsync"/>.</exception>
    public static Task<SecretAnswer> AskByPostAsync(Uri url, string header, string value, string body, string mediaType,
        Func<string, int, CancellationToken, Task<Socket>>? way, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, url, header, value, body, mediaType, way, cancellationToken);

    private static async Task<SecretAnswer> SendAsync(HttpMethod method, Uri url, string header, string value, string? body,
        string? mediaType, Func<string, int, CancellationToken, Task<Socket>>? way, CancellationToken ct)
    {
        HttpTargets.RefuseInClear(url, credentials: true);
        using var request = new HttpRequestMessage(method, url);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(mediaType!));
        request.Headers.UserAgent.ParseAdd("OpsModule");
        if (value.Any(c => c is < ' ' or > '~') || !request.Headers.TryAddWithoutValidation(header, value))
            throw ValueSecretErrors.SecretValueInvalid.Make($"The value holds characters that the header {header} cannot carry.",
                "Hand in the value as it was made, without a line break.", url.Host);
        string? problem = null;
        using var client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            // A proxy of this machine's is none of the network that is meant.
            UseProxy = way is null && !url.IsLoopback,
            ConnectCallback = way is null ? null : async (there, token) => new NetworkStream(await way(there.DnsEndPoint.Host,
                there.DnsEndPoint.Port, token).ConfigureAwait(false), ownsSocket: true),
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, certificate, chain, errors) => (problem = TlsProblem.Of(certificate, chain,
                    errors)) is null,
            },
        }) { Timeout = Timeout.InfiniteTimeSpan };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Patience);
        try
        {
            using HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead,
                limit.Token).ConfigureAwait(false);
            return new SecretAnswer(answer.StatusCode, await HttpText.ReadAsync(answer, limit.Token).ConfigureAwait(false), Next(answer));
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested) { throw Unreachable(url,
            $"it has not answered within {DurationText.Show(Patience)}", null); }
        catch (Exception e) when (e is HttpRequestException or IOException) 
        {
            // The messages of .NET's client hold the host, and no path.
            throw Unreachable(url, problem ?? SocketWords.Of(e), e);
        }
    }

    /// <summary>
    /// The next page: <c>&lt;https://...&gt;; rel="next"</c>, to which Sentry adds <c>results="false"</c> where there is none.
    /// </summary>
    private static string? Next(HttpResponseMessage answer) => !answer.Headers.TryGetValues("Link", out IEnumerable<string>? links) ? null
        : links.SelectMany(l => l.Split(',')).Where(l => l.Contains("rel=\"next\"", StringComparison.Ordinal)
            && !l.Contains("results=\"false\"", StringComparison.Ordinal))
            .Select(l => l.Trim()).Where(l => l.StartsWith('<') && l.Contains('>')).Select(l => l[1..l.IndexOf('>')]).FirstOrDefault();

    private static OpsException Unreachable(Uri url, string why, Exception? cause) => ValueSecretErrors.SecretServerUnreachable.Make(
        $"{url.Host} cannot be asked: {why}.", "Let this machine reach it, then go on with the change.", url.Host, cause);
}
