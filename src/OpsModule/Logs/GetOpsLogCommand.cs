using System.Management.Automation;
using OpsModule.Engine.Areas.Logs;

namespace OpsModule.Logs;

/// <summary>
/// Reads the logs of services, or of files, as objects: time, service, instance, stream, level, message and fields, all instances in
/// the order of their times. Stack traces and PostgreSQL's DETAIL lines stay with the line that they belong to.
/// </summary>
/// <remarks>
/// <para>JSON, logfmt, access logs of nginx and Apache, nginx's error log, PostgreSQL, Redis, syslog, klog, and lines of text with a time
/// and a level are understood; any other line is an entry with a message. A line of more than 256 KiB is cut off and says so, an entry has at
/// most 1,000 lines.</para>
/// <para>Times are the platform's where it notes them, else the line's own; one without a time zone is UTC in a service and this machine's
/// local time of that day in a file; one without a year or a day is the last that was when the file was written. An entry without a time
/// keeps its place after
/// the one before it; what -Since leaves out because of that is said.</para>
/// <para>Files are read by what they hold, whatever their names are: text, UTF-16, or compressed with gzip, zstd, xz or bzip2. What is
/// damaged is read up to the
/// damage, and said.</para>
/// <para>On Kubernetes a container that was started again is read with its run before this one, but with -Follow.</para>
/// <para>Tables, lists and -Raw show control characters as symbols in a terminal; the objects keep them, and so do files and programs that -Raw is piped to.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsLog api, worker -Since 15m -Errors</code>
/// <para>The errors of two services in the last quarter of an hour.</para>
/// </example>
/// <example>
/// <code>Get-OpsLog -Follow -Tail 20 -Pattern 'timeout|refused'</code>
/// <para>Follows all services of the environment; containers that are replaced are followed further. Ctrl+C ends it.</para>
/// </example>
/// <example>
/// <code>Get-OpsLog -Path /var/log/nginx/access.log* | Where-Object { $_.Fields.status -ge 500 } | Group-Object { $_.Fields.target }</code>
/// <para>Which addresses failed, from files that are rotated and compressed.</para>
/// </example>
/// <example>
/// <code>Get-OpsLog postgres -Raw -Tail 100</code>
/// <para>The last hundred lines as they are.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "OpsLog", DefaultParameterSetName = "InputObject")]
[OutputType(typeof(LogEntry), typeof(string))]
public sealed class GetOpsLogCommand : OpsLogCmdlet
{
    /// <summary>Goes on with what is written from now on, until Ctrl+C.</summary>
    [Parameter(ParameterSetName = "Service")]
    [Parameter(ParameterSetName = "InputObject")]
    public SwitchParameter Follow { get; set; }

    /// <summary>The lines as they are, as text and as fast as possible. A line of more than 1 MiB comes in pieces of that size.</summary>
    [Parameter]
    public SwitchParameter Raw { get; set; }

    /// <inheritdoc/>
    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        LogQuery query = Query with { Follow = Follow };
        if (query.Follow && ReadFiles) throw Conflict("-Follow goes on with services and files were piped in", "Leave -Follow out, or name services.");
        if (query.Follow && Until is not null) throw Conflict("-Follow has no end and -Until is one", "Leave one of them out.");
        if (Raw && query.Level != LogLevel.Unknown) throw Conflict("-Raw does not look for levels and -Level or -Errors asks for them", "Leave -Raw out, or use -Pattern.");
        if (Raw && ReadFiles && (Since ?? Until) is not null) throw Conflict("-Raw does not look for times and -Since or -Until asks for them", "Leave -Raw out, or use -Tail.");
        using var platform = OpenPlatform();
        var reader = new LogReader(platform, this, TimeProvider.System, Fail) { Unknown = Fail };
        if (Raw) await EmitAsync(reader.ReadRawAsync(query, cancellationToken)).ConfigureAwait(false);
        else await EmitAsync(reader.ReadAsync(query, cancellationToken)).ConfigureAwait(false);
    }

    private async Task EmitAsync<T>(IAsyncEnumerable<IReadOnlyList<T>> batches) where T : class
    {
        await foreach (IReadOnlyList<T> batch in batches.ConfigureAwait(false))
        {
            OnPipelineThread(() =>
            {
                foreach (T item in batch) Write(item);
            });
        }
    }
}
