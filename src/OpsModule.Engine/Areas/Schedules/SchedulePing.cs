using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Network;

namespace OpsModule.Engine.Areas.Schedules;

/// <summary>
/// Tells somebody outside that a run went well, by a GET of a URL. The URL is as good as a password: nothing that is said holds any part of
/// it, its host neither.
/// </summary>
internal sealed class SchedulePing(SecretReference url, TimeProvider time)
{
    private const int Attempts = 3;

    /// <summary>How long one attempt may take.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long is waited between two.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(2);

    /// <exception cref="OpsException"><c>PingFailed</c>, <c>SecretNotFound</c>, <c>UrlInvalid</c>.</exception>
    public async Task SendAsync(CancellationToken cancellationToken)
    {
        Uri target = HttpTargets.Resolve(url);
        if (HttpTargets.IsInClear(target)) throw Failed(
            "it begins with http://, and whoever listens on the way could ask it from then on", "Use a URL that begins with https://.");
        string? problem = null;
        using var client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = !target.IsLoopback,
            ConnectTimeout = Patience,
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                    (problem = TlsProblem.Of(certificate, chain, errors)) is null,
            },
        }) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("OpsModule");
        for (int attempt = 1; ; attempt++)
        {
            string said = await AskAsync(client, target, () => problem, cancellationToken).ConfigureAwait(false);
            if (said.Length == 0) return;
            if (attempt == Attempts) throw Failed($"{said} ({Attempts} attempts)",
                "Look whether it is the right URL, and whether this machine reaches it.");
            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What is wrong with the answer; nothing when it is a good one.</summary>
    private async Task<string> AskAsync(HttpClient client, Uri target, Func<string?> problem, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using HttpResponseMessage answer =
                await client.GetAsync(target, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            int status = (int)answer.StatusCode;
            if (answer.IsSuccessStatusCode) return "";
            return status is >= 300 and < 400 ? $"it answers {status} and wants it elsewhere, which is not followed" : $"it answers "
                + $"{status}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested) {
            return FormattableString.Invariant($"it gives no answer in {Patience.TotalSeconds:0.#} s"); }
        // Texts of these errors name the host.
        catch (HttpRequestException e)
        {
            return problem() is not null ? "its certificate is not trusted"
                : e.InnerException is SocketException socket ? $"it cannot be reached ({socket.SocketErrorCode})"
                : $"it cannot be reached ({e.HttpRequestError})";
        }
    }

    private static OpsException Failed(string what, string action) =>
        ScheduleErrors.PingFailed.Make($"The URL of ping: was not told of the good run: {what}.", action);
}
