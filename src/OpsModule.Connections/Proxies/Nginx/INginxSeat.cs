using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Proxies.Nginx;

/// <summary>Where an nginx runs: the files and programs there.</summary>
public interface INginxSeat
{
    /// <summary>In words: <c>this machine</c>, <c>service nginx</c>.</summary>
    string Words { get; }

    /// <summary>The text of a file; null where there is none.</summary>
    Task<string?> ReadAsync(string path, CancellationToken cancellationToken);

    /// <summary>Writes a file beside its place and renames it.</summary>
    Task WriteAsync(string path, string text, CancellationToken cancellationToken);

    /// <summary>Takes a file away, where there is one.</summary>
    Task RemoveAsync(string path, CancellationToken cancellationToken);

    /// <summary>Runs a program; its exit code, what it wrote to standard output, and what it wrote to standard error.</summary>
    /// <exception cref="OpsException"><c>ProgramMissing</c>, and what the platform reports.</exception>
    Task<(int Code, string Output, string Errors)> RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken);

    /// <summary>The way to a port of it.</summary>
    Task<ProxyRoute> RouteAsync(int port, CancellationToken cancellationToken);
}
