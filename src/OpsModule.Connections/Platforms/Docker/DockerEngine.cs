using System.Text.Json;
using Docker.DotNet;
using Docker.DotNet.Models;
using OpsModule.Foundations.Errors;
using Version = System.Version;

namespace OpsModule.Connections.Platforms.Docker;

/// <summary>
/// A Docker engine (20.10 and later, or Podman behind its compatible socket), by way of Docker.DotNet. The version spoken is the server's own, but
/// no newer than this code knows.
/// </summary>
public sealed class DockerEngine : IDisposable
{
    private static readonly Version Newest = new(1, 47);

    private readonly DockerEndpoint _endpoint;
    private readonly DockerConnection _connection;
    private readonly HttpClient _http;
    private readonly SemaphoreSlim _opening = new(1);
    private Version? _version;
    private DockerClient? _client;

    /// <summary>An engine; nothing is sent yet.</summary>
    /// <exception cref="OpsException"><c>DockerCertificateInvalid</c>.</exception>
    public DockerEngine(DockerEndpoint endpoint)
    {
        _endpoint = endpoint;
        _connection = new DockerConnection(endpoint);
        _http = new HttpClient(_connection.Http()) { BaseAddress = _connection.Authority, Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>How long the engine may take to begin an answer.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Which engine it is, among others: its address.</summary>
    public string Name => _endpoint.Address.ToString();

    /// <summary>True when it listens on this machine.</summary>
    public bool IsHere => _endpoint.IsLocal || _endpoint.Address.IsLoopback;

    /// <summary>The engine that the environment variables and the docker client's configuration mean.</summary>
    public static DockerEngine Default() => new(DockerEndpoint.Find(Environment.GetEnvironmentVariable));

    /// <summary>Asks the engine, or has it do something.</summary>
    /// <param name="what">What for, for messages.</param>
    /// <param name="call">The call, to the end of its answer or, where that streams, to its beginning.</param>
    /// <param name="ct">Ends the call.</param>
    /// <param name="takes">How long the answer itself may take, beside the engine's patience.</param>
    /// <exception cref="OpsException">
    /// <c>EngineUnreachable</c>, <c>EngineDenied</c>, <c>ContainerNotFound</c>, <c>ContainerBusy</c>, <c>EngineRefused</c>, <c>EngineAnswerInvalid</c>.
    /// </exception>
    public async Task<T> CallAsync<T>(string what, Func<DockerClient, CancellationToken, Task<T>> call, CancellationToken ct, TimeSpan takes = default)
    {
        DockerClient client = await ClientAsync(ct).ConfigureAwait(false);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        return await DockerErrors.GuardAsync(_endpoint, what, token => call(client, token), limit, Patience + takes, ct).ConfigureAwait(false);
    }

    /// <summary>Has the engine do something that it answers with nothing.</summary>
    /// <exception cref="OpsException">As <see cref="CallAsync{T}"/>.</exception>
    public Task CallAsync(string what, Func<DockerClient, CancellationToken, Task> call, CancellationToken ct, TimeSpan takes = default) =>
        CallAsync(what, async (client, token) => { await call(client, token).ConfigureAwait(false); return true; }, ct, takes);

    /// <summary>Starts a program, whose input and output the connection then is.</summary>
    /// <exception cref="OpsException">As <see cref="CallAsync{T}"/>.</exception>
    public async Task<MultiplexedStream> AttachAsync(string program, CancellationToken ct)
    {
        await ClientAsync(ct).ConfigureAwait(false);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        // The connection outlives its client: it is the stream's.
        using DockerClient client = Open(new DockerTransport(_connection));
        return await DockerErrors.GuardAsync(_endpoint, "a program to start", token => client.Exec.StartContainerExecAsync(program, new ContainerExecStartParameters(), token),
            limit, Patience, ct).ConfigureAwait(false);
    }

    /// <summary>Reads events until the engine has told all of them, or for as long as they are wanted.</summary>
    /// <exception cref="OpsException">As <see cref="CallAsync{T}"/>.</exception>
    public async Task WatchAsync(ContainerEventsParameters which, Action<Message> happened, CancellationToken ct)
    {
        await ClientAsync(ct).ConfigureAwait(false);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using DockerClient client = Open(new DockerTransport(_connection, answered: () => limit.CancelAfter(Timeout.InfiniteTimeSpan)));
        await DockerErrors.GuardAsync(_endpoint, "an event", async token =>
        {
            await client.System.MonitorEventsAsync(which, new AtOnce<Message>(happened), token).ConfigureAwait(false);
            return true;
        }, limit, Patience, ct).ConfigureAwait(false);
    }

    /// <summary>Sends what the library cannot, or whose answer it cannot read, and returns the answer's JSON; undefined when it has none.</summary>
    /// <param name="method">GET or POST.</param>
    /// <param name="path">Begins after the version, for example <c>/system/df</c>.</param>
    /// <param name="ct">Ends the call.</param>
    /// <param name="takes">How long the answer itself may take, beside the engine's patience.</param>
    /// <param name="login">What the engine shows a registry (<c>X-Registry-Auth</c>); null for nothing.</param>
    /// <exception cref="OpsException">As <see cref="CallAsync{T}"/>.</exception>
    public async Task<JsonElement> SendAsync(HttpMethod method, string path, CancellationToken ct, TimeSpan takes = default,
        string? login = null)
    {
        await ClientAsync(ct).ConfigureAwait(false);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        return await DockerErrors.GuardAsync(_endpoint, path, async token =>
        {
            using var request = new HttpRequestMessage(method, $"/v{_version}{path}");
            if (method == HttpMethod.Post) request.Content = new ByteArrayContent([]);
            if (login is not null) request.Headers.Add("X-Registry-Auth", login);
            using HttpResponseMessage response = await _http.SendAsync(request, token).ConfigureAwait(false);
            await DockerErrors.ThrowUnlessSuccessAsync(response, token).ConfigureAwait(false);
            byte[] content = await response.Content.ReadAsByteArrayAsync(token).ConfigureAwait(false);
            return content.Length == 0 && method == HttpMethod.Post ? default : JsonSerializer.Deserialize<JsonElement>(content);
        }, limit, Patience + takes, ct).ConfigureAwait(false);
    }

    /// <summary>Whether it is Podman, which speaks as a Docker engine does but for a few things.</summary>
    public async Task<bool> IsPodmanAsync(CancellationToken cancellationToken) =>
        (await CallAsync("its version", (client, token) => client.System.GetVersionAsync(token), cancellationToken).ConfigureAwait(false))
            .Components?.Any(c => c.Name?.Contains("Podman", StringComparison.OrdinalIgnoreCase) is true) is true;

    /// <inheritdoc/>
    public void Dispose()
    {
        _client?.Dispose();
        _http.Dispose();
        _opening.Dispose();
    }

    private async Task<DockerClient> ClientAsync(CancellationToken ct)
    {
        if (_client is { } open) return open;
        await _opening.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            _version ??= await NegotiateAsync(ct).ConfigureAwait(false);
            return _client ??= Open(new DockerTransport(_connection));
        }
        finally { _opening.Release(); }
    }

    // How long an answer may take differs from call to call, and is seen to here.
    private DockerClient Open(DockerTransport transport) => new DockerClientBuilder().WithTransportOptions(transport, _connection)
        .WithEndpoint(_endpoint.Address).WithApiVersion(_version).WithTimeout(Timeout.InfiniteTimeSpan).Build();

    private async Task<Version> NegotiateAsync(CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        return await DockerErrors.GuardAsync(_endpoint, "a greeting", async token =>
        {
            using HttpResponseMessage response = await _http.GetAsync("/_ping", token).ConfigureAwait(false);
            string? told = response.Headers.TryGetValues("Api-Version", out IEnumerable<string>? values) ? values.First() : null;
            if (!response.IsSuccessStatusCode || !Version.TryParse(told, out Version? theirs)) throw DockerErrors.Foreign(_endpoint, response.StatusCode);
            return theirs < Newest ? theirs : Newest;
        }, limit, Patience, ct).ConfigureAwait(false);
    }
}
