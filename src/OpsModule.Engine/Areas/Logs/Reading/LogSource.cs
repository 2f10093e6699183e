using System.IO.Compression;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Logs.Reading;

/// <summary>Something that has a log: an instance of a service, or a file.</summary>
internal abstract class LogSource
{
    public abstract string Service { get; }

    public abstract string Instance { get; }

    /// <summary>True when the log can put a time before each line.</summary>
    public abstract bool HasStamps { get; }

    /// <summary>Reads to the end of what there is, or with the request to the end of the instance.</summary>
    public abstract Task ReadAsync(LogRequest request, Func<bool, ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken cancellationToken);
}

/// <summary>An instance of a service.</summary>
internal sealed class ServiceLogSource(IServicePlatform platform, ServiceInstance instance) : LogSource
{
    public string Id => instance.Id;

    public override string Service => instance.Service;

    public override string Instance => instance.Name;

    public override bool HasStamps => true;

    public override Task ReadAsync(LogRequest request, Func<bool, ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken cancellationToken) =>
        platform.ReadLogAsync(instance, request, sink, cancellationToken);
}

/// <summary>A file, compressed with gzip when its name ends so.</summary>
internal sealed class FileLogSource(string path) : LogSource
{
    private const int BlockSize = 128 * 1024;

    public override string Service => Path.GetFileName(path);

    public override string Instance => path;

    public override bool HasStamps => false;

    public override async Task ReadAsync(LogRequest request, Func<bool, ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken cancellationToken)
    {
        try
        {
            await using Stream file = ForeignFile.Open(path);
            await using Stream text = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
            byte[] block = new byte[BlockSize];
            for (int read; (read = await text.ReadAsync(block, cancellationToken).ConfigureAwait(false)) > 0;) await sink(false, block.AsMemory(0, read)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw e is InvalidDataException
                ? new OpsException("LogDamaged", OpsErrorCategory.InvalidData, $"{path} is no whole gzip file: {e.Message.TrimEnd('.')}.", "What came before the damage has been read; take the file from another place.", path, e)
                : new OpsException("LogUnreadable", e is UnauthorizedAccessException ? OpsErrorCategory.PermissionDenied : OpsErrorCategory.ReadError,
                    $"{path} cannot be read: {e.Message.TrimEnd('.')}.", "Check that the file is there and that this user may read it.", path, e);
        }
    }
}
