using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Bytes;
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

    /// <summary>When it was last written, where its lines' own times count; null where that is not known.</summary>
    public virtual DateTimeOffset? Written => null;

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

/// <summary>A file: text, or compressed, whatever its name is.</summary>
/// <param name="path">A full path.</param>
/// <param name="blockSize">How much is read at once.</param>
internal sealed class FileLogSource(string path, int blockSize) : LogSource
{
    public override string Service => Path.GetFileName(path);

    public override string Instance => path;

    public override bool HasStamps => false;

    public override DateTimeOffset? Written
    {
        get
        {
            try
            {
                // A link is older than what is written behind it.
                FileSystemInfo file = File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path);
                return file.Exists && file is FileInfo { Length: > 0 } ? file.LastWriteTimeUtc : null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return null; }
        }
    }

    public override async Task ReadAsync(LogRequest request, Func<bool, ReadOnlyMemory<byte>, ValueTask> sink, CancellationToken cancellationToken)
    {
        long given = 0;
        try
        {
            await using Stream file = ForeignFile.Open(path);
            await using Stream text = await CompressedText.OpenAsync(file, path, cancellationToken).ConfigureAwait(false);
            byte[] block = new byte[blockSize];
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int read = text is GzipText ? text.Read(block.AsSpan())
                    : await text.ReadAsync(block, cancellationToken).ConfigureAwait(false);
                if (read == 0) return;
                given += read;
                await sink(false, block.AsMemory(0, read)).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (CompressedText.Damage(e) is { } damage)
        {
            throw new OpsException("LogDamaged", OpsErrorCategory.InvalidData,
                FormattableString.Invariant($"{path} was read only in part: {damage}; {given:N0} bytes of text were read."),
                given == 0 ? "Take the file from another place, or correct its name."
                    : "What came before the damage has been read; take the file from another place for the rest.", path, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpsException("LogUnreadable", e is UnauthorizedAccessException ? OpsErrorCategory.PermissionDenied
                : OpsErrorCategory.ReadError,
                $"{path} cannot be read: {e.Message.TrimEnd('.')}.", "Check that the file is there and that this user may read it.", path,
                    e);
        }
    }
}
