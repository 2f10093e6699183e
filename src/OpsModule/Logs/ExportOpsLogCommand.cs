using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Connections.Stores.Folder;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Logs;

/// <summary>
/// Writes logs to a compressed file, or to a store of the environment, with a manifest beside it: the sources, the first and last time,
/// the number of entries and bytes, and the SHA-256 of the file.
/// </summary>
/// <remarks>
/// <para>The file holds an entry on each line, as JSON with its time, service, instance, stream, level, message and fields, and the lines
/// as they were where they say more. It is written beside its name, flushed and renamed, so that there is a whole file or none, and only
/// its owner may read it: logs tell much. Get-OpsLog -Path reads it again, however it is compressed.</para>
/// </remarks>
/// <example>
/// <code>Export-OpsLog -Since 2h -Destination incident-42.jsonl.gz -Compression Gzip</code>
/// <para>Keeps two hours of all services for a post-mortem.</para>
/// </example>
/// <example>
/// <code>Export-OpsLog api -Since 1d -Store offsite</code>
/// <para>Keeps a day of one service in a store, under logs/ and the environment's name.</para>
/// </example>
[Cmdlet(VerbsData.Export, "OpsLog", SupportsShouldProcess = true, DefaultParameterSetName = "InputObject")]
[OutputType(typeof(LogExportRecord))]
public sealed class ExportOpsLogCommand : OpsLogCmdlet
{
    /// <summary>The file to write, or a folder to make one in. A file that is there is not replaced.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? Destination { get; set; }

    /// <summary>The store to write to, in place of a file; a pattern must fit exactly one.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public string? Store { get; set; }

    /// <summary>How it is compressed; by the ending of the destination (.gz, .zst) where it has one, else zstd where it is installed.</summary>
    [Parameter]
    public Compression Compression { get; set; }

    /// <inheritdoc/>
    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        if ((Destination is null) == (Store is null))
            throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument, "An export goes to a -Destination or to a -Store; exactly one of them is needed.",
                "Name a file (-Destination incident.jsonl.gz) or a store of the environment.");
        LogQuery query = Query;
        Compression compression = LogExport.Choose(Compression != Compression.Auto ? Compression : OfEnding(Destination));
        (IBackupStore store, string key) = Place(LogExport.Suffix(compression));
        string what = query.Files is { } files ? $"{files.Count} {(files.Count == 1 ? "file" : "files")}" : query.Services is { } named ? string.Join(", ", named) : "all services";
        if (!await ShouldProcessAsync(store.LocationOf(key), $"Write the logs of {what}").ConfigureAwait(false)) return;
        var unread = new List<string>();
        using var platform = OpenPlatform();
        var reader = new LogReader(platform, this, TimeProvider.System, failure =>
        {
            lock (unread) unread.Add($"{failure.Target}");
            Fail(failure);
        }) { Unknown = Fail };
        LogExportRecord record = await new LogExport(store, TimeProvider.System).RunAsync(reader, query, key, compression, unread, cancellationToken).ConfigureAwait(false);
        if (record.Lines == 0) Warning("Nothing matched; the export is empty.");
        Emit(record);
    }

    private (IBackupStore Store, string Key) Place(string suffix)
    {
        string name = $"logs-{TimeProvider.System.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}{suffix}";
        if (Store is not null)
        {
            if (new BackupCatalog(Context).CheckStores([Store]) is not [var only])
                throw new OpsException("NameAmbiguous", OpsErrorCategory.InvalidArgument, $"{Store} fits several stores. One store was expected.", "Write its whole name.", Store);
            return (Context.OpenStore(only), $"logs/{Context.Environment.Name}/{name}");
        }
        string full = Destination!;
        return Directory.Exists(full) ? (new FolderStore("folder", full), name) : (new FolderStore("folder", System.IO.Path.GetDirectoryName(full)!), System.IO.Path.GetFileName(full));
    }

    private static Compression OfEnding(string? destination) => System.IO.Path.GetExtension(destination)?.ToLowerInvariant() switch
    {
        ".gz" => Compression.Gzip,
        ".zst" => Compression.Zstd,
        ".jsonl" or ".json" or ".log" or ".txt" => Compression.None,
        _ => Compression.Auto,
    };
}
