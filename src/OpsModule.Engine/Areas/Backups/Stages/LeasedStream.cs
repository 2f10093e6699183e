using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Foundations.Bytes;

namespace OpsModule.Engine.Areas.Backups.Stages;

/// <summary>A stored object while it is read, and the lease that says so.</summary>
internal sealed class LeasedStream(Stream source, BackupLease lease) : ReadStage
{
    private bool _isGivenBack;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => source.ReadAsync(buffer, cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        if (!_isGivenBack)
        {
            _isGivenBack = true;
            await source.DisposeAsync().ConfigureAwait(false);
            await lease.DisposeAsync().ConfigureAwait(false);
        }
        await base.DisposeAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isGivenBack)
        {
            _isGivenBack = true;
            source.Dispose();
            // Off this thread, whatever context it has.
            Task.Run(async () => await lease.DisposeAsync().ConfigureAwait(false)).GetAwaiter().GetResult();
        }
        base.Dispose(disposing);
    }
}
