using Docker.DotNet.Handler.Abstractions;
using Microsoft.Extensions.Logging;

namespace OpsModule.Connections.Platforms.Docker;

/// <summary>
/// Puts .NET's own HTTP under the library. Its own reads an answer that was cut short as a whole one, waits for a handshake without end, knows no
/// newer TLS than 1.2, goes through the proxy of the environment variables, and dials for each request.
/// </summary>
/// <param name="connection">Where to.</param>
/// <param name="answered">Is called when an answer begins.</param>
public sealed class DockerTransport(DockerConnection connection, Action? answered = null) : IDockerHandlerFactory<DockerConnection>
{
    private Stream? _line;

    /// <inheritdoc/>
    public ResolvedTransport CreateHandler(ResolvedClientOptions clientOptions, ILogger logger) => CreateHandler(connection, clientOptions, logger);

    /// <inheritdoc/>
    public ResolvedTransport CreateHandler(DockerConnection transportOptions, ResolvedClientOptions clientOptions, ILogger logger) =>
        new(new Answers(transportOptions.Http(line => _line = line), answered), transportOptions.Authority);

    /// <summary>Takes the connection over. Only for a client that has this one request to make: there is no other connection it could be.</summary>
    public async Task<WriteClosableStream> HijackStreamAsync(HttpContent content)
    {
        Stream stream = await content.ReadAsStreamAsync().ConfigureAwait(false);
        // A proxy that knows nothing of upgrades answers with 200 and something to read.
        return stream.CanWrite ? new DockerSession(stream, _line!) : throw DockerErrors.Unreadable("a program's input and output");
    }

    /// <summary>
    /// Makes errors of answers whose status is none of success. The library takes a redirection for success, and reads what an error says
    /// without minding whether anybody still waits for it.
    /// </summary>
    private sealed class Answers(HttpMessageHandler inner, Action? answered) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            await DockerErrors.ThrowUnlessSuccessAsync(response, cancellationToken).ConfigureAwait(false);
            answered?.Invoke();
            return response;
        }
    }
}
