using System.Net.Sockets;
using System.Security.Authentication;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Network;

namespace OpsModule.Engine.Outlets.Alerts;

/// <summary>Holds a time limit, whatever what runs under it does.</summary>
internal static class Deadline
{
    /// <exception cref="TimeoutException">When the time is over.</exception>
    public static async Task RunAsync(TimeSpan timeout, TimeProvider time, Func<CancellationToken, Task> body, CancellationToken cancellationToken)
    {
        using var over = new CancellationTokenSource(timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken);
        // Not everything lets itself be cancelled: the lookup of a name, a file on a dead share.
        Task running = Task.Run(() => body(both.Token), CancellationToken.None);
        try { await running.WaitAsync(both.Token).ConfigureAwait(false); }
        catch (Exception) when (over.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            _ = running.ContinueWith(t => t.Exception, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously);
            throw new TimeoutException();
        }
    }
}

/// <summary>Says in words why something was not delivered, without the secret part of any URL.</summary>
internal static class DeliveryWords
{
    public static string Of(Exception e, TimeSpan timeout) => e switch
    {
        TimeoutException => $"no answer in {timeout.TotalSeconds:0.#} s",
        OperationCanceledException => "it was stopped",
        OpsException known => known.Message.TrimEnd('.'),
        HttpRequestException { InnerException: AuthenticationException tls } => Tls(tls),
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "its name has no address",
        HttpRequestException { InnerException: SocketException socket } => SocketWords.Of(socket),
        HttpRequestException => "what answers does not speak HTTP, or broke off",
        AuthenticationException tls => Tls(tls),
        SocketException socket => SocketWords.Of(socket),
        IOException { InnerException: SocketException socket } => SocketWords.Of(socket),
        _ => $"{e.GetType().Name}: {e.Message.TrimEnd('.')}",
    };

    private static string Tls(AuthenticationException e) => e.Data["problem"] as string ?? TlsProblem.Of(e).Problem;
}
