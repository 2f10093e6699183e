using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Places;
using OpsModule.Engine.Areas.Secrets.Settings;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Finding;

/// <summary>
/// One search for the values of all secrets of a plan, and one look at their places: files and containers are read once, however many
/// secrets there are. It counts for whoever began it and for what that calls, until it is disposed.
/// </summary>
internal sealed class PlanSearch : IDisposable
{
    private static readonly AsyncLocal<PlanSearch?> Current = new();

    private readonly OpsContext _context;
    private readonly IReadOnlyList<string> _names;
    private readonly PlanSearch? _before;
    private readonly PlanLook _look;
    private readonly Dictionary<string, IReadOnlyList<FoundPlace>> _found = new(StringComparer.Ordinal);

    private PlanSearch(OpsContext context, IReadOnlyList<string> names)
    {
        (_context, _names, _before, _look) = (context, names, Current.Value, PlanLook.Begin(context));
        Current.Value = this;
    }

    /// <summary>Begins one.</summary>
    public static PlanSearch Begin(OpsContext context, IReadOnlyList<string> names) => new(context, names);

    /// <inheritdoc cref="PlanLook.ProveLinesAsync"/>
    public Task ProveLinesAsync(CancellationToken cancellationToken) => _look.ProveLinesAsync(cancellationToken);

    /// <summary>Where a value stands: by the search that is under way for an environment, else by one of its own.</summary>
    /// <exception cref="OpsException"><c>SecretTooShort</c>.</exception>
    public static Task<IReadOnlyList<FoundPlace>> FindAsync(OpsContext context, SecretEntry entry, SecretMaterial material,
        CancellationToken ct) =>
        Current.Value is { } search && ReferenceEquals(search._context.Environment, context.Environment)
            ? search.FindAsync(entry, material, ct) : FindOneAsync(context, new SecretNeedle(material.Value, entry.Name), entry.Uses, ct);

    public void Dispose()
    {
        _look.Dispose();
        Current.Value = _before;
    }

    private async Task<IReadOnlyList<FoundPlace>> FindAsync(SecretEntry entry, SecretMaterial material, CancellationToken ct)
    {
        if (_found.TryGetValue(material.Value, out IReadOnlyList<FoundPlace>? known)) return known;
        var needles = new List<SecretNeedle> { new(material.Value, entry.Name) };
        IReadOnlyDictionary<string, SecretEntry> entries = _context.Environment.Section<SecretsSettings>().Entries;
        SecretEntry[] all = [.. _names.Select(entries.GetValueOrDefault).OfType<SecretEntry>()];
        // The others' values stand in their places; one that counts and does not stand there is searched for alone, later.
        if (_found.Count == 0)
            foreach (SecretEntry other in all.Where(e => e.Name != entry.Name))
                if (await ValueOfAsync(other, ct).ConfigureAwait(false) is { } value && needles.All(n => n.Value != value))
                    needles.Add(new SecretNeedle(value, other.Name));
        ILookup<SecretNeedle, FoundPlace> found = await FindAllAsync(_context, needles, [.. all.Append(entry).SelectMany(e => e.Uses)], ct)
            .ConfigureAwait(false);
        foreach (SecretNeedle needle in needles) _found[needle.Value] = [.. found[needle]];
        return _found[material.Value];
    }

    private static async Task<IReadOnlyList<FoundPlace>> FindOneAsync(OpsContext context, SecretNeedle needle,
        IReadOnlyList<SecretUse> uses, CancellationToken ct) =>
        [.. (await FindAllAsync(context, [needle], uses, ct).ConfigureAwait(false))[needle]];

    private static async Task<ILookup<SecretNeedle, FoundPlace>> FindAllAsync(OpsContext context, IReadOnlyList<SecretNeedle> needles,
        IReadOnlyList<SecretUse> uses, CancellationToken ct)
    {
        string[] declared = [.. uses.Select(u => u.File).OfType<string>().Distinct()];
        return new FileSearch(context, ProjectReading.Of(context), declared).Find(needles)
            .Concat(await new RunningSearch(context).FindAsync(needles, ct).ConfigureAwait(false))
            .ToLookup(f => f.Needle, f => f.Place);
    }

    /// <summary>The value in the first of its places that can be read; what is wrong with the others is said when their turn comes.</summary>
    private async Task<string?> ValueOfAsync(SecretEntry entry, CancellationToken ct)
    {
        try
        {
            foreach (ISecretPlace place in SecretPlaces.Open(_context, entry))
                if (await place.ReadAsync(ct).ConfigureAwait(false) is { } read)
                    return read.Value.Length >= SecretNeedle.Least ? read.Value : null;
        }
        catch (OpsException) { /* as above */ }
        return null;
    }
}
