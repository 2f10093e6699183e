using System.Collections.Concurrent;
using System.Text;
using OpsModule.Connections.Files;
using OpsModule.Connections.Platforms.Compose.Changing;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Sealing;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Secrets.Places;

/// <summary>The file of a place: read as text to the letter, and written so that whoever holds it sees the change.</summary>
internal sealed class PlaceFile
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private const int MostContainers = 1000;
    private static readonly ConcurrentDictionary<string, string[]> Mounts = new(StringComparer.Ordinal);

    private readonly OpsContext _context;
    private readonly OperatedFile _file;

    public PlaceFile(OpsContext context, string path)
    {
        (_context, Path) = (context, path);
        _file = OperatedFile.Of(path, FolderOf(context));
    }

    /// <summary>Its full path.</summary>
    public string Path { get; }

    /// <summary>Where what is needed for a moment lies in the state folder.</summary>
    public static string FolderOf(OpsContext context) => System.IO.Path.Combine(context.Environment.StateDirectory, "secrets", "files");

    /// <summary>Its bytes.</summary>
    /// <exception cref="OpsException"><c>OperatedFileMissing</c>, <c>OperatedFileUnreadable</c>.</exception>
    public byte[] ReadBytes() => _file.Read() ?? throw OperatedFileErrors.FileMissing.Make($"There is no file {Path}.",
        "Correct the path, or make the file first.", Path);

    /// <summary>Its text; a byte order mark is its first character.</summary>
    /// <exception cref="OpsException">As <see cref="ReadBytes"/>.</exception>
    public string ReadText()
    {
        try { return Strict.GetString(ReadBytes()); }
        catch (DecoderFallbackException e)
        {
            throw OperatedFileErrors.FileUnreadable.Make($"{Path} is no UTF-8 text.", "Convert it to UTF-8.", Path, e);
        }
    }

    /// <summary>What it is at the moment: a fingerprint that tells nothing of it.</summary>
    public string Identify() => RevisionKey.Of(_context.Environment.StateDirectory).Fingerprint(ReadBytes());

    /// <summary>Finishes a write that was cut off, and takes away what runs that were killed have left.</summary>
    public void Mend(ChangeRun run)
    {
        ComposeValues.Sweep(FolderOf(_context));
        if (_file.Read() is { } now) _file.Write(run, now, now);
    }

    /// <summary>Writes it, and asks whether it is well so; else it is put back.</summary>
    /// <param name="run">The change.</param>
    /// <param name="after">What it is to hold.</param>
    /// <param name="before">What it held when <paramref name="after"/> was made of it.</param>
    /// <param name="inPlace">True keeps it the same file in any case.</param>
    /// <param name="prove">Says what is wrong with it; null when nothing is, or where nothing is to be asked.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="OpsException"><c>SecretValueNotCarried</c>, and what writing throws. The file is as it was.</exception>
    public async Task<FileWriting> WriteAsync(ChangeRun run, string after, string before, bool inPlace, Func<CancellationToken,
        Task<string?>>? prove, CancellationToken ct)
    {
        (byte[] made, byte[] was) = (Strict.GetBytes(after), Strict.GetBytes(before));
        inPlace = inPlace || await IsMountedAsync(ct).ConfigureAwait(false);
        FileWriting writing = _file.Write(run, made, was, inPlace);
        string? wrong;
        try { wrong = prove is null ? null : await prove(ct).ConfigureAwait(false); }
        catch
        {
            _file.Write(run, was, made, inPlace);
            throw;
        }
        if (wrong is not null)
        {
            _file.Write(run, was, made, inPlace);
            throw PlaceErrors.ValueNotCarried.Make($"{Path} was put back as it was: {wrong}.",
                "See what docker compose config says of it. Another env file, an override or a line of environment: may count more.", Path);
        }
        await run.ReachAsync(writing == FileWriting.InPlace ? "file-written-in-place" : "file-replaced").ConfigureAwait(false);
        _context.Reporter.Verbose($"{Path} was {(writing == FileWriting.InPlace ? "written in place" : "replaced by a new file")}.");
        return writing;
    }

    /// <summary>That services get something else than what a file says.</summary>
    public static OpsException Wrong(string path, string wrong) => PlaceErrors.ValueNotCarried.Make($"{path} holds the value, and {wrong}.",
        "See what docker compose config says of it. Another env file, an override or a line of environment: may count more.", path);

    /// <summary>What a container has mounted never changes, and a rotation of many secrets asks for each of them.</summary>
    private static async Task<string[]> MountsOfAsync(IInstanceRollout rolling, string id, CancellationToken ct)
    {
        if (Mounts.TryGetValue(id, out string[]? known)) return known;
        if (await rolling.LookAsync(id, ct).ConfigureAwait(false) is not { } facts) return [];
        if (Mounts.Count >= MostContainers) Mounts.Clear();
        return Mounts[id] = [.. facts.Mounts.Values];
    }

    /// <summary>Whether a container that runs has it mounted by itself: another file in its place would not be seen there.</summary>
    private async Task<bool> IsMountedAsync(CancellationToken ct)
    {
        if (_context.Environment.Platform.Kind != PlatformKind.Compose) return false;
        try
        {
            if (_context.Platform().Rolling is not IInstanceRollout rolling) return false;
            foreach (ServiceRecord service in await _context.Platform().ListAsync(null, ct).ConfigureAwait(false))
                foreach (ServiceInstance instance in service.Instances.Where(i => i.State is InstanceState.Running or InstanceState.Paused))
                    if ((await MountsOfAsync(rolling, instance.Id, ct).ConfigureAwait(false)).Any(m => m == Path || m == _file.Target))
                        return true;
            return false;
        }
        catch (OpsException e)
        {
            _context.Reporter.Warning($"Whether a container has {PrintableText.Of(Path)} mounted by itself could not be seen: {e.Message}");
            return false;
        }
    }
}
