using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Guarding;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.KeySets;
using OpsModule.Engine.Areas.Secrets.Places;
using OpsModule.Engine.Areas.Secrets.Settings;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Secrets.Opening;

/// <summary>One secret with its driver, its places and what is kept of it.</summary>
internal sealed class OpenedSecret
{
    private OpenedSecret(OpsContext context, SecretEntry entry)
    {
        (Context, Entry, Store) = (context, entry, new SecretStore(context));
        Driver = SecretDrivers.Open(context, entry);
        Places = entry.IsPhased ? KeySetPlaces.Open(context, entry) : SecretPlaces.Open(context, entry);
    }

    public OpsContext Context { get; }

    public SecretEntry Entry { get; }

    public ISecretDriver Driver { get; }

    public IReadOnlyList<ISecretPlace> Places { get; }

    /// <summary>The places of one that is replaced in phases.</summary>
    public IReadOnlyList<KeySetPlace> KeySets => [.. Places.OfType<KeySetPlace>()];

    public SecretStore Store { get; }

    /// <summary>The services that read it, in the order of its uses.</summary>
    public IReadOnlyList<string> Services => [.. Places.SelectMany(p => p.Services).Distinct(StringComparer.Ordinal)];

    /// <summary>Those of them that get it whenever they start, and so are replaced when it changes.</summary>
    public IReadOnlyList<string> RunningReaders
    {
        get
        {
            IReadOnlySet<string> first = FirstStartVariables.OnlyReaders(Context, Entry.IsPhased
                ? SecretPlaces.OpenTexts(Context, Entry) : [.. Places.OfType<TextPlace>()], ProjectReading.Of(Context).Services);
            return [.. Services.Where(s => !first.Contains(s))];
        }
    }

    /// <summary>Opens one by its name.</summary>
    /// <exception cref="OpsException"><c>SecretUnknown</c>, <c>SecretUnsupported</c>, and what a place throws.</exception>
    public static OpenedSecret Of(OpsContext context, string name) =>
        new(context, context.Environment.Section<SecretsSettings>().Entries.GetValueOrDefault(name) ?? throw Unknown(context, name));

    /// <summary>What is said of a name that no secret has.</summary>
    public static OpsException Unknown(OpsContext context, string name)
    {
        IReadOnlyDictionary<string, SecretEntry> known = context.Environment.Section<SecretsSettings>().Entries;
        string other = NearestName.Of(name, known.Keys) is { } near ? $". Did you mean {near}?"
            : known.Count == 0 ? ", and no other." : $"; it has: {string.Join(", ", known.Keys)}.";
        return SecretErrors.SecretUnknown.Make($"The environment {context.Environment.Name} has no secret {name}{other}",
            "Name one of them, or add it under secrets: in the environment file.", name);
    }

    /// <summary>What stands in each place.</summary>
    public async Task<IReadOnlyList<(ISecretPlace Place, SecretMaterial? Material)>> ReadAsync(CancellationToken ct)
    {
        var read = new List<(ISecretPlace, SecretMaterial?)>();
        foreach (ISecretPlace place in Places) read.Add((place, await place.ReadAsync(ct).ConfigureAwait(false)));
        return read;
    }

    /// <summary>The one value that stands in all places.</summary>
    /// <exception cref="OpsException"><c>SecretWithoutUse</c>, <c>SecretUsesDiffer</c>.</exception>
    public async Task<SecretMaterial> ReadOneAsync(CancellationToken ct)
    {
        if (Entry.IsPhased)
            return await new KeySetCurrent(Entry.Name, KeySets, Store.Fingerprint).FindAsync(Store.Read(Entry.Name).Current, ct)
                .ConfigureAwait(false);
        IReadOnlyList<(ISecretPlace Place, SecretMaterial? Material)> all = await ReadAsync(ct).ConfigureAwait(false);
        if (all.Count == 0) throw SecretErrors.SecretWithoutUse.Make($"Nothing says where the value of {Entry.Name} stands.",
            $"Name its places: secrets.{Entry.Name}.uses.", Entry.Name);
        if (all.FirstOrDefault(a => a.Material is null) is { Place: { } empty })
            throw SecretErrors.SecretWithoutUse.Make($"No value of {Entry.Name} stands in {empty.Words}.",
                "Write the value that counts now into it once, then rotate it.", Entry.Name);
        var values = all.Where(a => !a.Material!.IsLoginAlone).ToList();
        if (values.Count == 0) throw SecretErrors.SecretWithoutUse.Make(
            $"Nothing says where the value of {Entry.Name} stands, only its login.", $"Name its places: secrets.{Entry.Name}.uses.", Entry.Name);
        string?[] logins = [.. all.Select(a => a.Material!.Login).Where(l => l is not null).Distinct()];
        if (logins.Length > 1 || values.Select(a => a.Material!.Value).Distinct().Skip(1).Any())
            throw SecretErrors.SecretUsesDiffer.Make($"The places of {Entry.Name} do not hold the same: "
                + string.Join(", ", all.Select(a => $"{a.Place.Words} has " + (a.Material!.IsLoginAlone ? $"the login {a.Material.Login}"
                    : Store.Fingerprint(a.Material!) + (a.Material.Login is { } login ? $" of {login}" : "")))) + " (fingerprints).",
                "Write the value that counts now into all of them, then rotate it.", Entry.Name);
        return new SecretMaterial(values[0].Material!.Value, logins.FirstOrDefault());
    }

    /// <summary>Whether a place holds just this; of a place of several values, whether this one counts there.</summary>
    public static async Task<bool> HoldsAsync(ISecretPlace place, SecretMaterial wanted, CancellationToken ct)
    {
        if (place is not KeySetPlace set) return Holds(await place.ReadAsync(ct).ConfigureAwait(false), wanted);
        IReadOnlyList<SecretMaterial> all = await set.ReadAllAsync(ct).ConfigureAwait(false);
        return set.Signs || !set.Accepts ? all.Count > 0 && all[0].Value == wanted.Value : all.Any(v => v.Value == wanted.Value);
    }

    /// <summary>Whether a place holds just this, as far as it can hold a login.</summary>
    public static bool Holds(SecretMaterial? found, SecretMaterial wanted) =>
        found is not null && (found.IsLoginAlone || found.Value == wanted.Value)
        && (found.Login is null || wanted.Login is null || found.Login == wanted.Login);
}
