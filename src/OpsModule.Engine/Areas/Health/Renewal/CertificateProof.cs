using System.Net.Sockets;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Network;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Health.Renewal;

/// <summary>Looks at an endpoint until it serves what a file holds, or the time is up.</summary>
internal sealed class CertificateProof(OpsContext context, CertificateSettings certificate)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private const int Enough = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>What is served otherwise than the file says, in words, or null when nothing is; and whether no TLS is served at all.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="refusesUnknownName">True throws where the endpoint's name has no address: nothing could be proved there.</param>
    /// <exception cref="OpsException"><c>EndpointNameUnknown</c>, when that is refused.</exception>
    public async Task<(string? Difference, bool Broken)> LookAsync(CancellationToken cancellationToken, bool refusesUnknownName = false)
    {
        (string host, int port) = Address.Parse(certificate.Endpoint);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            using ServedCertificate served = await ServedCertificate.ReadAsync(host, port, null, limit.Token).ConfigureAwait(false);
            return (ServedFile.Read(certificate.ServedFile, context.Time).DifferenceTo(served), false);
        }
        catch (OpsException e) when (e.InnerException is SocketException
            { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain })
        {
            // It says nothing of the server, which may serve well.
            if (!refusesUnknownName) return (e.Message.TrimEnd('.'), false);
            throw CertificateErrors.EndpointNameUnknown.Make($"{e.Message.TrimEnd('.')}, so that nobody could prove what {certificate.Name} is served with. Nothing was changed.",
                $"Correct certificates.{certificate.Name}.endpoint or mend the DNS of this machine; or say where the server is: -Endpoint 127.0.0.1:{port}.", certificate.Name, e);
        }
        catch (OpsException e) when (e.ErrorId is "EndpointUnreachable" or "EndpointTls") { return (e.Message.TrimEnd('.'), true); }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested) { return ($"{certificate.Endpoint} gave no answer in {DurationText.Show(Patience)}", true); }
    }

    /// <summary>The same, looked at until it is right several times in a row: a server that is reloaded goes on answering with its old workers for a moment, too.</summary>
    public async Task<(string? Difference, bool Broken)> WaitAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        long start = context.Time.GetTimestamp();
        for (int right = 0; ;)
        {
            (string? difference, bool broken) = await LookAsync(cancellationToken).ConfigureAwait(false);
            right = difference is null ? right + 1 : 0;
            if (right == Enough || (right == 0 && context.Time.GetElapsedTime(start) >= timeout)) return (difference, broken);
            await Task.Delay(Pause, context.Time, cancellationToken).ConfigureAwait(false);
        }
    }
}
