using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery.Archives;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>A backup opened for restoring: its table of contents is read, its rows come next.</summary>
internal sealed class RestoreSource : IAsyncDisposable
{
    private readonly Stream _stream;

    private RestoreSource(Stream stream, ArchiveReader reader, ArchiveScope scope)
    {
        _stream = stream;
        Reader = reader;
        Scope = scope;
    }

    /// <summary>Reads the rows.</summary>
    public ArchiveReader Reader { get; }

    /// <summary>What is restored of it.</summary>
    public ArchiveScope Scope { get; }

    /// <summary>Opens a backup and reads its table of contents.</summary>
    public static async Task<RestoreSource> OpenAsync(OpsContext context, BackupRecord backup, string? schema, RestoreProgress? progress, CancellationToken ct, bool noTablespaces = false)
    {
        Stream stream = await BackupReader.OpenAsync(context, backup.Require(BackupKind.Database), ct,
            progress is null ? null : progress.Read).ConfigureAwait(false);
        try
        {
            var reader = new ArchiveReader(stream);
            ArchiveHeader header = await reader.ReadHeaderAsync(ct).ConfigureAwait(false);
            ArchiveNames.Refuse(header);
            return new RestoreSource(stream, reader, new ArchiveScope(header, schema) { NoTablespaces = noTablespaces });
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Reads to the end, where the SHA-256 of the stored object is checked.</summary>
    public async Task FinishAsync(CancellationToken ct)
    {
        byte[] rest = new byte[64 * 1024];
        while (await _stream.ReadAsync(rest, ct).ConfigureAwait(false) > 0) { }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}

/// <summary>Shows how far a restore is.</summary>
internal sealed class RestoreProgress(OpsContext context, string activity, long storedBytes)
{
    private const int Activity = 1;

    /// <summary>What is being done, in words.</summary>
    public static string Of(string name, string? tenant) => tenant is null ? $"Restore database {name}" : $"Restore tenant {tenant} of {name}";

    private readonly long _start = context.Time.GetTimestamp();

    public void Read(long bytes)
    {
        if (storedBytes <= 0) return;
        double part = Math.Min(1, (double)bytes / storedBytes);
        TimeSpan spent = context.Time.GetElapsedTime(_start);
        TimeSpan? left = part > 0.02 ? spent * ((1 - part) / part) : null;
        context.Reporter.Progress(new OpsProgress(Activity, activity, "Loading rows", (int)(part * 80), left));
    }

    public void Say(string status, int percent) => context.Reporter.Progress(new OpsProgress(Activity, activity, status, percent));

    public void Close() => context.Reporter.Progress(new OpsProgress(Activity, activity, "Done", 100, Completed: true));
}
