using System.Globalization;
using System.Text.Json;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Rollouts.Sealing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Configuration.Restoring;

/// <summary>
/// What restores have replaced, sealed in the state folder: one folder for each restore, one file for each place. Those of the newest
/// restores stay.
/// </summary>
internal sealed class KeptConfiguration
{
    /// <summary>For how many restores.</summary>
    public const int Most = 10;

    private const string End = ".sealed";

    private readonly OpsContext _context;
    private readonly RevisionKey _key;
    private readonly string _root, _folder, _change;

    public KeptConfiguration(OpsContext context, string change)
    {
        (_context, _change, _key) = (context, change, ConfigurationKey.Of(context));
        _root = Path.Combine(context.Environment.StateDirectory, "configuration");
        _folder = Path.Combine(_root, change);
    }

    /// <summary>Keeps a place; durable on return.</summary>
    public void Keep(int number, KeptPlace place)
    {
        if (number == 0)
        {
            StateFolder.Prepare(_context.Environment.StateDirectory, _root);
            StateFolder.Prepare(_context.Environment.StateDirectory, _folder);
        }
        AtomicFile.Write(FileOf(number), _key.Seal(JsonSerializer.SerializeToUtf8Bytes(place), PlaceOf(number)));
    }

    /// <summary>All places that are kept, in their order; null when one cannot be read, or there is none.</summary>
    public IReadOnlyList<KeptPlace>? Find(int count)
    {
        var places = new List<KeptPlace>();
        for (int number = 0; number < count; number++)
        {
            if (!File.Exists(FileOf(number)) || _key.Open(File.ReadAllBytes(FileOf(number)),
                PlaceOf(number)) is not { } content) return null;
            if (JsonSerializer.Deserialize<KeptPlace>(content) is not { } place) return null;
            places.Add(place);
        }
        return places.Count == 0 ? null : places;
    }

    /// <summary>Removes them.</summary>
    public void Drop() => FolderTree.TryDelete(_folder);

    /// <summary>Removes those of older restores.</summary>
    public void DropOld()
    {
        if (!Directory.Exists(_root)) return;
        foreach (string old in Directory.GetDirectories(_root).OrderByDescending(Directory.GetCreationTimeUtc).Skip(Most))
            if (old != _folder) FolderTree.TryDelete(old);
    }

    private string FileOf(int number) => Path.Combine(_folder, number.ToString("D6", CultureInfo.InvariantCulture) + End);

    private string PlaceOf(int number) => $"{_context.Environment.Name}/configuration/{_change}/{number}";
}
