using System.Globalization;
using System.Text.Json;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Sealing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Rollouts.Revisions;

/// <summary>The revisions of services in the state folder: for each what is shown, as JSON, and what is secret, sealed beside it.</summary>
internal sealed class RevisionStore
{
    private const string Shown = ".json", Sealed = ".sealed";

    private readonly OpsContext _context;
    private readonly string _root;
    private readonly HashSet<string> _adopted = new(StringComparer.Ordinal);

    public RevisionStore(OpsContext context)
    {
        (_context, _root) = (context, Path.Combine(context.Environment.StateDirectory, "rollouts"));
        Key = RevisionKey.Of(context.Environment.StateDirectory);
        Prints = new RevisionPrints(Key);
    }

    public RevisionKey Key { get; }

    public RevisionPrints Prints { get; }

    /// <summary>Where the files of a service lie, for its containers as well; another place in each environment.</summary>
    public string FolderOf(string service)
    {
        string folder = Path.Combine(_root, "@" + _context.Environment.Name.Replace('/', '_'), service.Replace('/', '_'));
        StateFolder.Prepare(_context.Environment.StateDirectory, Path.GetDirectoryName(folder)!);
        StateFolder.Prepare(_context.Environment.StateDirectory, folder);
        if (_adopted.Add(service)) Adopt(service, folder);
        return folder;
    }

    /// <summary>Brings what this environment has in the folder that all once shared; what containers name stays there.</summary>
    private void Adopt(string service, string folder)
    {
        string old = Path.Combine(_root, service.Replace('/', '_'));
        if (!Directory.Exists(old)) return;
        foreach (string shown in Directory.GetFiles(old, "*" + Shown).Where(f => NumberOf(f) > 0 && IsOwn(f)))
        {
            // The secret part first, as it is kept: one that was moved before a kill is found by the other.
            Move(Path.ChangeExtension(shown, Sealed));
            Move(shown);
        }
        foreach (string files in Directory.GetFiles(old, "files-*" + Sealed))
            if (Key.Open(File.ReadAllBytes(files), $"{_context.Environment.Name}/{service}/files/"
                + Path.GetFileNameWithoutExtension(files)["files-".Length..]) is not null) Move(files);

        void Move(string file)
        {
            string to = Path.Combine(folder, Path.GetFileName(file));
            if (File.Exists(file) && !File.Exists(to)) File.Move(file, to);
        }
    }

    private bool IsOwn(string shown)
    {
        try { return JsonSerializer.Deserialize<Plain>(File.ReadAllBytes(shown))?.Shown.Environment == _context.Environment.Name; }
        catch (JsonException) { return true; /* that it cannot be read is said when it is read */ }
    }

    /// <summary>The number of the revision that a file is of; 0 for another file.</summary>
    private static int NumberOf(string file) => int.TryParse(Path.GetFileNameWithoutExtension(file), NumberStyles.None,
        CultureInfo.InvariantCulture, out int number) ? number : 0;

    /// <summary>The revisions of a service, the oldest first.</summary>
    public IReadOnlyList<KeptRevision> List(string service) => [.. Numbers(service).Select(n => Read(service, n))];

    private IEnumerable<int> Numbers(string service) => Directory.EnumerateFiles(FolderOf(service), "*" + Shown).Select(NumberOf)
        .Where(n => n > 0).Order();

    /// <summary>One of them.</summary>
    /// <exception cref="OpsException"><c>RevisionNotFound</c>, <c>RevisionUnreadable</c>.</exception>
    public KeptRevision Find(string service, int number)
    {
        if (File.Exists(PathOf(service, number, Shown))) return Read(service, number);
        int[] known = [.. Numbers(service)];
        throw RolloutErrors.RevisionNotFound.Make(
            $"No revision {number} of {service} is kept; "
            + $"{(known.Length == 0 ? "there is none" : $"there are {string.Join(", ", known)}")}.",
            $"Get-OpsServiceUpdate {service} shows them. -Keep says how many are kept.", service);
    }

    /// <summary>The number that the next one has.</summary>
    public int Next(string service) => Numbers(service).LastOrDefault() + 1;

    /// <summary>Keeps a revision; one of its number that is there is written anew.</summary>
    public void Keep(KeptRevision revision)
    {
        (string service, int number) = (revision.Shown.Service, revision.Shown.Revision);
        var secret = new Secret(revision.Model, revision.Files.ToDictionary(f => f.Key, f => f.Value));
        // The secret part first: without the other it is nothing.
        AtomicFile.Write(PathOf(service, number, Sealed), Key.Seal(JsonSerializer.SerializeToUtf8Bytes(secret), PlaceOf(service, number)));
        AtomicFile.Write(PathOf(service, number, Shown),
            JsonSerializer.SerializeToUtf8Bytes(new Plain(revision.Shown, revision.ImageId, revision.Pull, revision.Override,
            revision.Tag, revision.Instances, revision.HasFiles, revision.From)));
    }

    /// <summary>Removes a revision.</summary>
    public void Forget(KeptRevision revision)
    {
        File.Delete(PathOf(revision.Shown.Service, revision.Shown.Revision, Shown));
        File.Delete(PathOf(revision.Shown.Service, revision.Shown.Revision, Sealed));
    }

    /// <summary>Keeps files as they are before a change writes over them.</summary>
    public void KeepFiles(string service, string change, IReadOnlyDictionary<string, KeptFile?> files) =>
        AtomicFile.Write(FilesOf(service, change),
        Key.Seal(JsonSerializer.SerializeToUtf8Bytes(files), $"{_context.Environment.Name}/{service}/files/{change}"));

    /// <summary>Such files, null for one that was not there; null when none are kept.</summary>
    public IReadOnlyDictionary<string, KeptFile?>? FindFiles(string service, string change) => !File.Exists(FilesOf(service, change)) ? null
        : JsonSerializer.Deserialize<Dictionary<string,
            KeptFile?>>(Key.Open(File.ReadAllBytes(FilesOf(service, change)), $"{_context.Environment.Name}/{service}/files/{change}")
            ?? throw Unreadable(service, FilesOf(service, change)));

    /// <summary>Removes such files; that there are none is no error.</summary>
    public void DropFiles(string service, string change) => File.Delete(FilesOf(service, change));

    /// <summary>Removes what was kept of files for changes that are older than the oldest revision.</summary>
    public void ForgetFiles(string service, DateTimeOffset before)
    {
        foreach (string file in Directory.EnumerateFiles(FolderOf(service), "files-*" + Sealed).Where(f =>
            File.GetLastWriteTimeUtc(f) < before.UtcDateTime)) File.Delete(file);
    }

    private KeptRevision Read(string service, int number)
    {
        string file = PathOf(service, number, Sealed);
        try
        {
            Plain plain = JsonSerializer.Deserialize<Plain>(File.ReadAllBytes(PathOf(service, number, Shown)))
                ?? throw Unreadable(service, file);
            byte[] content = Key.Open(File.ReadAllBytes(file), PlaceOf(service, number)) ?? throw Unreadable(service, file);
            Secret secret = JsonSerializer.Deserialize<Secret>(content) ?? throw Unreadable(service, file);
            return new KeptRevision
            {
                Shown = plain.Shown with { Environment = _context.Environment.Name }, ImageId = plain.ImageId, Pull = plain.Pull,
                    Override = plain.Override, Tag = plain.Tag,
                Instances = plain.Instances, HasFiles = plain.HasFiles, From = plain.From, Model = secret.Model, Files = secret.Files,
            };
        }
        catch (Exception e) when (e is IOException or JsonException) { throw Unreadable(service, file, e); }
    }

    private static OpsException Unreadable(string service, string file, Exception? e = null) => RolloutErrors.RevisionUnreadable.Make(
        $"What is kept of a revision of {service} in {file} cannot be read: it was changed, or is of another key.",
            "Bring the state folder's rollouts/ back from a backup, or remove that revision's files.", service, e);

    private string PathOf(string service, int number, string ending) =>
        Path.Combine(FolderOf(service), number.ToString("D6", CultureInfo.InvariantCulture) + ending);

    private string FilesOf(string service, string change) => Path.Combine(FolderOf(service), $"files-{change}{Sealed}");

    private string PlaceOf(string service, int number) => $"{_context.Environment.Name}/{service}/{number}";

    private sealed record Plain(ServiceRevision Shown, string ImageId, string? Pull, string? Override, string? Tag,
        IReadOnlyList<string> Instances, bool HasFiles, int? From = null);

    private sealed record Secret(InstanceModel Model, IReadOnlyDictionary<string, KeptFile> Files);
}
