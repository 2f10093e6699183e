using System.Security.Cryptography;
using System.Text;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Outlets.Alerts;

/// <summary>
/// Files for node_exporter's textfile collector, one for each job. A job's values replace its earlier ones of the same metrics and leave the
/// others: after a backup that failed, the time of the last good one still stands there.
/// </summary>
internal sealed class MetricTextfile(OpsContext context, string folder)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public string FileOf(string job) => Path.Combine(folder, $"ops_{context.Environment.Name}_{Name(job)}.prom");

    /// <exception cref="OpsException"><c>MetricFolderMissing</c>, <c>MetricsUnwritable</c>.</exception>
    public async Task WriteAsync(MetricBatch batch, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
            throw new OpsException("MetricFolderMissing", OpsErrorCategory.ObjectNotFound, $"there is no folder {folder}", "Make the folder that node_exporter reads (--collector.textfile.directory).", folder);
        string file = FileOf(batch.Job);
        try
        {
            PrivateFile.CreateFolder(context.Environment.StateDirectory);
            if (Trust.Doubt(context.Environment.StateDirectory) is { } doubt) throw new IOException(doubt);
            await using FileStream? hold = await PrivateFile.TryOpenExclusivelyAsync(Path.Combine(context.Environment.StateDirectory, "metrics.lock"), Patience, cancellationToken).ConfigureAwait(false);
            if (hold is null) throw new IOException("another process writes metrics and does not end");
            SortedDictionary<string, string> families = File.Exists(file) ? PrometheusText.Read(await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false)) : new(StringComparer.Ordinal);
            foreach ((string name, string text) in PrometheusText.Families(batch.Samples)) families[name] = text;
            // node_exporter runs as somebody else, and reads whatever ends with .prom at any moment.
            AtomicFile.Write(file, Encoding.UTF8.GetBytes(string.Concat(families.Values)), AtomicFile.Shared);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpsException("MetricsUnwritable", OpsErrorCategory.WriteError, $"{file} cannot be written: {e.Message.TrimEnd('.')}", "Give this user write permission there.", folder, e);
        }
    }

    /// <summary>Readable, and distinct for jobs that differ in characters a file name should not have.</summary>
    internal static string Name(string job)
    {
        string name = string.Concat((job.Length > 80 ? job[..80] : job).Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '-'));
        return name == job ? name : $"{name}-{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(job)))[..8].ToLowerInvariant()}";
    }
}
