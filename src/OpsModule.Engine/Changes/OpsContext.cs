using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Changes;

/// <summary>What every service of the engine is given: the environment and the collaborators that go with it.</summary>
public sealed record OpsContext : IDisposable
{
    // Copies of a context share it.
    private readonly OpenedPlatform _platform = new();

    /// <summary>The environment operated on.</summary>
    public required OpsEnvironment Environment { get; init; }

    /// <summary>Where the engine says what it does.</summary>
    public IOpsReporter Reporter { get; init; } = SilentReporter.Instance;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The journal.</summary>
    public required IJournal Journal { get; init; }

    /// <summary>The locks.</summary>
    public required ILockProvider Locks { get; init; }

    /// <summary>Opens the store of this name.</summary>
    public required Func<string, IBackupStore> OpenStore { get; init; }

    /// <summary>Opens the platform that the services run on; nothing is sent yet.</summary>
    public required Func<OpsContext, IServicePlatform> Platforms { get; init; }

    /// <summary>The platform, opened at its first use, and once for this call.</summary>
    /// <exception cref="Foundations.Errors.OpsException">What finding the Docker engine throws.</exception>
    public IServicePlatform Platform() => _platform.Get(this);

    /// <summary>A platform of its own, which reads its files anew, for what goes on for days.</summary>
    /// <exception cref="Foundations.Errors.OpsException">What finding the Docker engine throws.</exception>
    public IServicePlatform OpenPlatform() => Platforms(this);

    /// <summary>
    /// A way to a port of an instance, opened at its first use, and once for this call. One that has ended is told and opened anew.
    /// </summary>
    /// <exception cref="Foundations.Errors.OpsException">What the platform throws.</exception>
    public Task<PortRoute> ReachAsync(ServiceInstance instance, int port, CancellationToken cancellationToken) =>
        _platform.ReachAsync(this, instance, port, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _platform.Dispose();

    private sealed class OpenedPlatform : IDisposable
    {
        private readonly object _gate = new();
        private readonly SemaphoreSlim _reaching = new(1);
        private readonly Dictionary<(string Instance, int Port), PortRoute> _routes = [];
        private IServicePlatform? _open;

        public IServicePlatform Get(OpsContext context)
        {
            lock (_gate) return _open ??= context.OpenPlatform();
        }

        public async Task<PortRoute> ReachAsync(OpsContext context, ServiceInstance instance, int port, CancellationToken ct)
        {
            await _reaching.WaitAsync(ct).ConfigureAwait(false);
            try
            {
                if (_routes.TryGetValue((instance.Id, port), out PortRoute? known))
                {
                    if (known.Ended is not { } why) return known;
                    context.Reporter.Warning($"{why}. Another one is opened.");
                    await known.DisposeAsync().ConfigureAwait(false);
                }
                return _routes[(instance.Id, port)] = await Get(context).ReachAsync(instance, port, ct).ConfigureAwait(false);
            }
            finally { _reaching.Release(); }
        }

        public void Dispose()
        {
            lock (_gate)
            {
                _routes.Clear();
                _open?.Dispose();
                _open = null;
            }
        }
    }
}
