using System.Text.Json;
using System.Text.Json.Serialization;
using OpsModule.Engine.Areas.Logs.Reading;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Attacks.Reading;

/// <summary>How far an instance of a service has been read.</summary>
/// <param name="Id">The instance.</param>
/// <param name="Stamp">The platform's latest time, in nanoseconds since 1970.</param>
/// <param name="Lines">How many lines of that time have been read.</param>
/// <param name="Seen">When it was last read.</param>
internal sealed record InstancePosition(string Id, long Stamp, int Lines, DateTimeOffset Seen);

/// <summary>What a baseline file holds.</summary>
internal sealed record BaselineContent(int Version, IReadOnlyList<FilePosition> Files, IReadOnlyList<InstancePosition> Instances);

/// <summary>
/// How far each source has been read by earlier runs. One run at a time holds it. It is replaced as a whole, and never says more than the
/// caller has been given; before the end, what the caller was given a second ago, so that there was time to write it down.
/// </summary>
internal sealed class Baseline : IDisposable
{
    private const int Current = 1;
    private static readonly TimeSpan Forgotten = TimeSpan.FromDays(30);

    private readonly string _path;
    private readonly object _gate = new();
    private readonly TimeProvider _time;
    private readonly FileStream _lock;
    private readonly List<FilePosition> _files;
    private readonly Dictionary<string, InstancePosition> _instances;
    private BaselineContent? _settled;
    private bool _changed;

    private Baseline(string path, TimeProvider time, FileStream held, BaselineContent content)
    {
        (_path, _time, _lock) = (path, time, held);
        _files = [.. content.Files];
        _instances = content.Instances.ToDictionary(i => i.Id);
    }

    public IReadOnlyList<FilePosition> Files => _files;

    /// <summary>Opens a baseline, or begins one.</summary>
    /// <exception cref="OpsException"><c>BaselineBusy</c>, <c>BaselineInvalid</c>, <c>BaselineUnwritable</c>.</exception>
    public static async Task<Baseline> OpenAsync(string path, TimeProvider time, CancellationToken cancellationToken)
    {
        path = Path.GetFullPath(path);
        FileStream? held;
        try
        {
            held = await PrivateFile.TryOpenExclusivelyAsync(path + ".lock", TimeSpan.FromMilliseconds(500), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw Unwritable(path, e); }
        if (held is null)
            throw new OpsException("BaselineBusy", OpsErrorCategory.ResourceBusy, $"Another scan is using the baseline {path}.", "Wait for it to end, or give this one a baseline of its own.", path);
        try
        {
            return new Baseline(path, time, held, Read(path));
        }
        catch
        {
            await held.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public LogPosition? Instance(string id) => _instances.TryGetValue(id, out InstancePosition? found) ? new LogPosition(found.Stamp, found.Lines) : null;

    /// <summary>A file is now known so, in place of what was known of it, if anything was.</summary>
    public void Replace(FilePosition? old, FilePosition now)
    {
        lock (_gate)
        {
            if (old is not null) _files.RemoveAll(f => ReferenceEquals(f, old));
            _files.Add(now);
            _changed = true;
        }
    }

    public void Set(string instance, LogPosition position)
    {
        lock (_gate)
        {
            _instances[instance] = new InstancePosition(instance, position.Stamp, position.Lines, _time.GetUtcNow());
            _changed = true;
        }
    }

    /// <summary>Called again and again, writes what was known when it was called before.</summary>
    /// <exception cref="OpsException"><c>BaselineUnwritable</c>.</exception>
    public void SaveSettled()
    {
        lock (_gate)
        {
            if (_settled is { } settled) Write(settled);
            _settled = _changed ? Content() : null;
            _changed = false;
        }
    }

    /// <summary>Writes all that is known.</summary>
    /// <exception cref="OpsException"><c>BaselineUnwritable</c>.</exception>
    public void Save()
    {
        lock (_gate)
        {
            if (_changed || _settled is not null) Write(Content());
            (_settled, _changed) = (null, false);
        }
    }

    private BaselineContent Content()
    {
        DateTimeOffset oldest = _time.GetUtcNow() - Forgotten;
        return new BaselineContent(Current, [.. _files.Where(f => f.Seen > oldest)], [.. _instances.Values.Where(i => i.Seen > oldest)]);
    }

    private void Write(BaselineContent content)
    {
        try { AtomicFile.Write(_path, JsonSerializer.SerializeToUtf8Bytes(content, BaselineJson.Default.BaselineContent)); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw Unwritable(_path, e); }
    }

    public void Dispose() => _lock.Dispose();

    private static BaselineContent Read(string path)
    {
        if (!System.IO.File.Exists(path)) return new BaselineContent(Current, [], []);
        try
        {
            using var file = new FileStream(ForeignFile.OpenRegular(path), FileAccess.Read, 0);
            if (file.Length == 0) return new BaselineContent(Current, [], []);
            if (JsonSerializer.Deserialize(file, BaselineJson.Default.BaselineContent) is { Version: Current, Files: not null, Instances: not null } content) return content;
        }
        catch (JsonException) { }
        catch (IOException e) { throw Unwritable(path, e); }
        throw new OpsException("BaselineInvalid", OpsErrorCategory.InvalidData, $"{path} is no baseline of this version.",
            "Correct the path; or delete the file, and everything is scanned once more.", path);
    }

    private static OpsException Unwritable(string path, Exception e) => new("BaselineUnwritable", OpsErrorCategory.WriteError,
        $"The baseline {path} cannot be used: {e.Message.TrimEnd('.')}.", "Give a path in a folder that this user may write to.", path, e);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(BaselineContent))]
internal sealed partial class BaselineJson : JsonSerializerContext;
