using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Network;

namespace OpsModule.Engine.Outlets.Alerts;

/// <summary>Tries whether receivers of alerts and metrics can be reached, and sends them nothing.</summary>
public static class ReceiverProbe
{
    /// <summary>Connects to a receiver; to a mail server it also logs in. Says what was found.</summary>
    /// <exception cref="OpsException">What is in the way.</exception>
    public static Task<string> TryAsync(ReceiverSettings receiver, CancellationToken cancellationToken) =>
        GuardAsync(receiver.Name, () => receiver.Smtp is { } smtp ? MailSender.TryAsync(smtp, cancellationToken) : ConnectAsync(receiver.Url!, receiver.Bearer is not null || receiver.Headers.Count > 0, cancellationToken));

    /// <summary>Connects to what takes metrics over HTTP.</summary>
    /// <exception cref="OpsException">What is in the way.</exception>
    public static Task<string> TryAsync(MetricEndpoint endpoint, string name, CancellationToken cancellationToken) => GuardAsync(name, () => ConnectAsync(endpoint.Url, endpoint.Bearer is not null || endpoint.Headers.Count > 0, cancellationToken));

    /// <summary>Looks whether metrics could be written to a folder.</summary>
    /// <exception cref="OpsException"><c>MetricFolderMissing</c>, <c>MetricsUnwritable</c>.</exception>
    public static string TryFolder(string folder) =>
        !Directory.Exists(folder) ? throw new OpsException("MetricFolderMissing", OpsErrorCategory.ObjectNotFound, $"There is no folder {folder}.", "Make the folder that node_exporter reads.", folder)
        : !FolderAccess.CanWrite(folder) ? throw new OpsException("MetricsUnwritable", OpsErrorCategory.PermissionDenied, $"This user ({Environment.UserName}) may not write to {folder}.", "Give it write permission.", folder)
        : "metrics can be written there";

    private static async Task<string> ConnectAsync(SecretReference reference, bool credentials, CancellationToken cancellationToken)
    {
        Uri url = HttpTargets.Resolve(reference);
        HttpTargets.RefuseInClear(url, credentials || url.UserInfo.Length > 0);
        using var client = new TcpClient();
        await client.ConnectAsync(url.Host.Trim('[', ']'), url.Port, cancellationToken).ConfigureAwait(false);
        if (url.Scheme == "http") return $"{url.Authority} takes the connection";
        string? problem = null;
        await using var tls = new SslStream(client.GetStream(), false, (_, certificate, chain, errors) => (problem = TlsProblem.Of(certificate, chain, errors)) is null);
        try { await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = url.Host }, cancellationToken).ConfigureAwait(false); }
        catch (AuthenticationException e) when (problem is not null)
        {
            e.Data["problem"] = problem;
            throw;
        }
        return $"{url.Authority} takes the connection and is trusted";
    }

    /// <summary>Any failure as an error whose words show no secret part of a URL.</summary>
    private static async Task<string> GuardAsync(string name, Func<Task<string>> body)
    {
        try { return await body().ConfigureAwait(false); }
        catch (Exception e) when (e is OpsException or SocketException or IOException or AuthenticationException)
        {
            throw new OpsException((e as OpsException)?.ErrorId ?? "ReceiverUnreachable", (e as OpsException)?.Category ?? OpsErrorCategory.ResourceUnavailable, DeliveryWords.Of(e, default) + ".",
                e is OpsException known ? known.RecommendedAction : "Start it, or correct the receiver in the environment file.", name, e);
        }
    }
}
