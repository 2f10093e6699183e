using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Text;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Network;

namespace OpsModule.Engine.Outlets.Alerts;

/// <summary>One POST to a webhook or a gateway. What is busy is asked a second time, if the time allows; redirects are not followed.</summary>
internal sealed class HttpPost(SecretReference url, SecretReference? bearer, IReadOnlyDictionary<string, SecretReference> headers, TimeSpan timeout, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <exception cref="OpsException"><c>ReceiverRefused</c>, <c>ReceiverRedirects</c>, <c>CredentialsInClear</c>, <c>SecretNotFound</c>, <c>UrlInvalid</c>.</exception>
    /// <exception cref="HttpRequestException">When there is no answer.</exception>
    public async Task SendAsync(string body, string mediaType, CancellationToken cancellationToken, string below = "")
    {
        long started = time.GetTimestamp();
        Uri target = HttpTargets.Resolve(url);
        if (below.Length > 0) target = new Uri(target.GetLeftPart(UriPartial.Path).TrimEnd('/') + below);
        string? problem = null;
        using var client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = !target.IsLoopback,
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, certificate, chain, errors) => (problem = TlsProblem.Of(certificate, chain, errors)) is null },
        }) { Timeout = Timeout.InfiniteTimeSpan };
        for (int attempt = 1; ; attempt++)
        {
            using HttpRequestMessage request = Request(target, body, mediaType);
            using HttpResponseMessage answer = await SendAsync(client, request, () => problem, cancellationToken).ConfigureAwait(false);
            if (answer.IsSuccessStatusCode) return;
            bool busy = answer.StatusCode == HttpStatusCode.TooManyRequests || (int)answer.StatusCode >= 500;
            TimeSpan pause = Wanted(answer) ?? Pause;
            if (busy && attempt == 1 && pause < timeout - time.GetElapsedTime(started))
            {
                await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
                continue;
            }
            throw await RefusedAsync(answer, attempt, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpRequestMessage request, Func<string?> problem, CancellationToken cancellationToken)
    {
        try { return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false); }
        catch (HttpRequestException e) when (problem() is { } found)
        {
            e.InnerException!.Data["problem"] = found;
            throw;
        }
    }

    private HttpRequestMessage Request(Uri target, string body, string mediaType)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, target) { Content = new StringContent(body, Encoding.UTF8, mediaType) };
        request.Headers.UserAgent.ParseAdd("OpsModule");
        HttpTargets.RefuseInClear(target, bearer is not null || headers.Count > 0 || target.UserInfo.Length > 0);
        if (target.UserInfo.Length > 0)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(target.UserInfo))));
        if (bearer is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Value(bearer));
        foreach ((string name, SecretReference value) in headers)
            if (!request.Headers.TryAddWithoutValidation(name, Value(value))) request.Content.Headers.TryAddWithoutValidation(name, Value(value));
        return request;
    }

    private static string Value(SecretReference secret)
    {
        string value = secret.Resolve().Trim();
        return value.All(c => c is >= ' ' and < (char)127) ? value
            : throw new OpsException("SecretNotFound", OpsErrorCategory.InvalidData, $"the secret {secret} holds characters that no HTTP header can carry", "Correct the secret.", secret.ToString());
    }

    private TimeSpan? Wanted(HttpResponseMessage answer) => answer.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date > time.GetUtcNow() ? date - time.GetUtcNow() : TimeSpan.Zero,
        _ => null,
    };

    private static async Task<OpsException> RefusedAsync(HttpResponseMessage answer, int attempts, CancellationToken cancellationToken)
    {
        int status = (int)answer.StatusCode;
        if (status is >= 300 and < 400)
            return new OpsException("ReceiverRedirects", OpsErrorCategory.InvalidData, $"it answers {status} and wants it elsewhere, which is not followed", "Name the URL that takes it.");
        string said = await CodeAsync(answer, cancellationToken).ConfigureAwait(false);
        return new OpsException("ReceiverRefused", OpsErrorCategory.ResourceUnavailable, $"it answers {status}{said}{(attempts > 1 ? ", twice" : "")}", "Look at its log, or correct the URL.");
    }

    /// <summary>Slack says in one word what it does not like; anything else might repeat what it was sent.</summary>
    private static async Task<string> CodeAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        await using Stream stream = await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        byte[] start = new byte[64];
        int length = await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        string word = Encoding.UTF8.GetString(start, 0, length).Trim();
        return word.Length is > 0 and < 40 && word.All(c => char.IsAsciiLetterLower(c) || c is '_') ? $" ({word})" : "";
    }
}
