using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>What passed through a dump: every table's rows and digest.</summary>
internal sealed record DumpContent(string ToolVersion, IReadOnlyList<TableDigest> Tables)
{
    /// <summary>
    /// Reads a running dump to its end and writes what it digests, so that the digests are of exactly what is stored. What pg_dump says
    /// of a failure comes before what the broken archive looks like.
    /// </summary>
    public static async Task<DumpContent> CopyAsync(RunningProgram dump, BatchedSource source, ArchiveWriter copy, CancellationToken cancellationToken)
    {
        DumpContent content;
        try
        {
            (content, _) = await new DumpDigester(new ArchiveReader(source), copy).RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OpsException e) when (e.ErrorId == "ArchiveUnreadable")
        {
            // One that still runs waits for us to read on, which nobody will: then the archive is what there is to tell.
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(TimeSpan.FromSeconds(2));
            try { await dump.WaitAsync(patience.Token).ConfigureAwait(false); }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested) { }
            throw;
        }
        await dump.WaitAsync(cancellationToken).ConfigureAwait(false);
        return content;
    }

    /// <summary>Reads an archive to its end; returns its header, too.</summary>
    /// <exception cref="OpsException"><c>ArchiveUnreadable</c>, also when a table's data never came.</exception>
    public static Task<(DumpContent Content, ArchiveHeader Header)> ReadAsync(Stream archive, CancellationToken cancellationToken) =>
        new DumpDigester(new ArchiveReader(archive), null).RunAsync(cancellationToken);
}
