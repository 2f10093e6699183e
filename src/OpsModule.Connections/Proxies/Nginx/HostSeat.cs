using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Host;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Connections.Proxies.Nginx;

/// <summary>An nginx of this machine.</summary>
public sealed class HostSeat : INginxSeat
{
    /// <inheritdoc/>
    public string Words => "this machine";

    /// <inheritdoc/>
    public async Task<string?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try { return await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false); }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException) { return null; }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException) { throw Refused(path, e); }
    }

    /// <inheritdoc/>
    public Task WriteAsync(string path, string text, CancellationToken cancellationToken)
    {
        try { AtomicFile.Write(path, System.Text.Encoding.UTF8.GetBytes(text), AtomicFile.Shared); }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException) { throw Refused(path, e); }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task RemoveAsync(string path, CancellationToken cancellationToken)
    {
        try { File.Delete(path); }
        catch (DirectoryNotFoundException) { /* then it is not there */ }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException) { throw Refused(path, e); }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<(int Code, string Output, string Errors)> RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var said = new ProgramWords();
        int code = await HostExec.RunAsync(new ExecuteRequest(command), said.Take, cancellationToken).ConfigureAwait(false);
        return (code, said.Output, said.Errors);
    }

    /// <inheritdoc/>
    public Task<ProxyRoute> RouteAsync(int port, CancellationToken cancellationToken) =>
        Task.FromResult(ProxyRoute.OfPort("127.0.0.1", port));

    private static OpsException Refused(string path, Exception e) => ProxyErrors.ProxyRefused.Make(
        $"{path} cannot be read or written: {e.Message.TrimEnd('.')}.",
            "Run as a user who may change nginx's configuration and signal nginx, root as a rule.", path, e);
}
