using System.Text;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Proxies.Nginx;

/// <summary>An nginx in an instance of a service: its files are written by the programs of its image (cat, tee, mv, rm), without a
/// shell.</summary>
/// <param name="platform">Where the instance runs.</param>
/// <param name="instance">The instance.</param>
/// <param name="reach">The way to a port of it.</param>
public sealed class InstanceSeat(IServicePlatform platform, ServiceInstance instance, Func<int, CancellationToken, Task<PortRoute>> reach)
    : INginxSeat
{
    /// <inheritdoc/>
    public string Words => $"service {instance.Service}";

    /// <inheritdoc/>
    public async Task<string?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        (int code, string output, string errors) = await RunAsync(["cat", "--", path], cancellationToken).ConfigureAwait(false);
        if (code == 0) return output;
        return errors.Contains("No such file", StringComparison.Ordinal) ? null : throw Refused(path, errors);
    }

    /// <inheritdoc/>
    public async Task WriteAsync(string path, string text, CancellationToken cancellationToken)
    {
        int slash = path.LastIndexOf('/');
        // A name that no *.conf of an include matches.
        string beside = $"{path[..slash]}/.{path[(slash + 1)..]}.{Guid.NewGuid():N}.tmp";
        try
        {
            await MustAsync(path, ["tee", "--", beside], text, cancellationToken).ConfigureAwait(false);
            // Not every image has one that takes a file; then the rename alone has to do.
            await ExecuteAsync(["sync", beside], null, cancellationToken).ConfigureAwait(false);
            await MustAsync(path, ["mv", "-f", "--", beside, path], null, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            try { await ExecuteAsync(["rm", "-f", "--", beside], null, CancellationToken.None).ConfigureAwait(false); }
            catch (OpsException) { /* the first error tells */ }
            throw;
        }
    }

    /// <inheritdoc/>
    public Task RemoveAsync(string path, CancellationToken cancellationToken) => MustAsync(path, ["rm", "-f", "--", path], null,
        cancellationToken);

    /// <inheritdoc/>
    public Task<(int Code, string Output, string Errors)> RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken) =>
        ExecuteAsync(command, null, cancellationToken);

    /// <inheritdoc/>
    public async Task<ProxyRoute> RouteAsync(int port, CancellationToken cancellationToken)
    {
        PortRoute route = await reach(port, cancellationToken).ConfigureAwait(false);
        return ProxyRoute.OfPort(route.Host, route.Port);
    }

    private async Task MustAsync(string path, IReadOnlyList<string> command, string? input, CancellationToken ct)
    {
        (int code, _, string errors) = await ExecuteAsync(command, input, ct).ConfigureAwait(false);
        if (code != 0) throw Refused(path, errors);
    }

    private async Task<(int Code, string Output, string Errors)> ExecuteAsync(IReadOnlyList<string> command, string? input,
        CancellationToken ct)
    {
        var said = new ProgramWords();
        var request = new ExecuteRequest(command, Input: input is null ? null : new MemoryStream(Encoding.UTF8.GetBytes(input)));
        int code = await platform.ExecuteAsync(instance, request, said.Take, ct).ConfigureAwait(false);
        return (code, said.Output, said.Errors);
    }

    private OpsException Refused(string path, string errors) => ProxyErrors.ProxyRefused.Make(
        $"{path} in {instance.Name} cannot be read or written: {errors.TrimEnd('.')}.",
        "Is its folder a volume or a folder of the host, mounted so that it can be written (not :ro), and there?", path);
}
