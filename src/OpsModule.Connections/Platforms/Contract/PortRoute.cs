namespace OpsModule.Connections.Platforms.Contract;

/// <summary>
/// A way from here to a port of an instance. It is open until it is disposed; this one is an address that needs nothing to be kept open.
/// </summary>
/// <param name="host">The address.</param>
/// <param name="port">The port there.</param>
public class PortRoute(string host, int port) : IAsyncDisposable
{
    /// <summary>The address here.</summary>
    public string Host { get; } = host;

    /// <summary>The port there.</summary>
    public int Port { get; } = port;

    /// <summary>Why it leads nowhere any more; null as long as it is open.</summary>
    public virtual string? Ended => null;

    /// <summary>Waits until it leads nowhere any more, which nobody repairs behind the caller's back.</summary>
    public virtual Task WaitForEndAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken);

    /// <summary>Closes it.</summary>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Host}:{Port}";
}
