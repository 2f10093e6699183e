using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.KeySets;
using OpsModule.Engine.Areas.Secrets.Places;
using OpsModule.Engine.Areas.Secrets.Settings;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Secrets.Finding;

/// <summary>Finds all places in which the value of a secret stands, those that nobody has declared, too. It never says the value.</summary>
public sealed class SecretUseFinder(OpsContext context)
{
    private const string OfFile = "file:";

    /// <summary>The secrets of the environment file that are meant; a name that is unknown fails alone.</summary>
    public IReadOnlyList<string> Choose(IReadOnlyList<string> names, Action<OpsException> fail)
    {
        string[] known = [.. context.Environment.Section<SecretsSettings>().Entries.Keys];
        var meant = new List<string>();
        foreach (string name in names)
        {
            IReadOnlyList<string> found = NamePattern.Choose(name, known, "secret");
            if (found.Count == 0) fail(NamePattern.Nothing(name, known, "secret"));
            meant.AddRange(found);
        }
        return [.. meant.Distinct()];
    }

    /// <summary>Searches for the value of a declared secret.</summary>
    /// <exception cref="OpsException"><c>SecretNotKnown</c>, <c>SecretTooShort</c>, and what reading its places throws.</exception>
    public async Task<IReadOnlyList<SecretUseRecord>> FindAsync(string name, CancellationToken cancellationToken)
    {
        SecretEntry entry = context.Environment.Section<SecretsSettings>().Entries.GetValueOrDefault(name)
            ?? throw FindingErrors.SecretNotKnown.Make($"The environment {context.Environment.Name} has no secret {name}.",
                "Name one of secrets: in the environment file, or search for a reference.", name);
        SecretMaterial? material = null;
        if (entry.IsPhased)
        {
            var store = new SecretStore(context);
            material = await new KeySetCurrent(name, KeySetPlaces.Open(context, entry), store.Fingerprint)
                .FindAsync(store.Read(name).Current, cancellationToken).ConfigureAwait(false);
        }
        else foreach (ISecretPlace place in SecretPlaces.Open(context, entry))
            material ??= await place.ReadAsync(cancellationToken).ConfigureAwait(false) is { IsLoginAlone: false } found ? found : null;
        return await FindAsync(entry, material ?? throw FindingErrors.SecretNotKnown.Make($"Nothing stands in the places of {name}.",
            "Write its value there, then search.", name), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Searches for the value behind a reference, as <c>file:.env#POSTGRES_PASSWORD</c>.</summary>
    /// <exception cref="OpsException"><c>SecretNotFound</c>, <c>SecretNotKnown</c> of one that is no reference,
    /// <c>SecretTooShort</c>.</exception>
    public Task<IReadOnlyList<SecretUseRecord>> FindReferenceAsync(string reference, CancellationToken cancellationToken)
    {
        var known = new SecretReference(reference, context.Environment.Directory);
        // A literal would stand in the shell's history.
        if (known.IsLiteral) throw FindingErrors.SecretNotKnown.Make("What was given is no reference to a secret.",
            "Write file:PATH#KEY, file:PATH, env:NAME or vault:NAME.");
        string? key = reference.StartsWith(OfFile, StringComparison.Ordinal) && reference.LastIndexOf('#') is > 0 and var hash
            ? reference[(hash + 1)..] : null;
        if (key?.StartsWith(SecretReference.Raw, StringComparison.Ordinal) is true) key = key[SecretReference.Raw.Length..];
        var use = new SecretUse { File = known.FilePath, FileAsWritten = known.FilePath, Key = key };
        SecretEntry entry = context.Environment.Section<SecretsSettings>().Entries.Values.FirstOrDefault(e =>
            e.Uses.Any(u => known.FilePath is not null && u.File == use.File && u.Key == key))
            ?? new SecretEntry { Name = reference, Kind = SecretKind.Value, Uses = known.FilePath is null ? [] : [use] };
        return FindAsync(entry, new SecretMaterial(known.Resolve()), cancellationToken);
    }

    /// <summary>Searches for a value that is known.</summary>
    internal async Task<IReadOnlyList<SecretUseRecord>> FindAsync(SecretEntry entry, SecretMaterial material,
        CancellationToken cancellationToken)
    {
        ProjectReading project = ProjectReading.Of(context);
        IReadOnlyList<FoundPlace> all = await PlanSearch.FindAsync(context, entry, material, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<TextPlace> places = all.Any(f => f.IsOfContainer) ? SecretPlaces.OpenTexts(context, entry) : [];
        HashSet<(string, string?)> readers = [.. places.SelectMany(p => p.Readers).Select(r => (r.Service, r.Variable))];
        // What is built in stands in the image's own variables, under names that no file tells.
        HashSet<string> built = [.. places.Where(p => p.IsBuilt).SelectMany(p => p.Services)];
        return [.. all.Select(f => new SecretUseRecord
        {
            Secret = entry.Name, Place = f.Place, Key = f.Key, Service = f.Service ?? ServiceOf(project, f), Form = f.Form,
            IsDeclared = f.IsOfContainer ? readers.Contains((f.Service!, f.Key)) || built.Contains(f.Service!)
                : entry.Uses.Any(u => Is(u, f)),
        }).Distinct()];
    }

    private static bool Is(SecretUse use, FoundPlace found)
    {
        if (use.Secret is not null) return use.Secret == found.Secret && use.Key == found.Key;
        if (use.Service is not null)
            return use.Service == found.Service && use.Key == found.Key && (use.File is null || use.File == found.File);
        return use.File is not null && use.File == found.File && (use.Key is null || use.Key == found.Key);
    }

    private static string? ServiceOf(ProjectReading project, FoundPlace found)
    {
        if (found.File is not { } file) return null;
        string[] readers = [.. (found.Key is { } key && !key.Contains(' ') ? project.OfVariable(file, key) : project.OfFile(file))
            .Select(r => r.Service).Distinct()];
        return readers.Length == 0 ? null : string.Join(", ", readers);
    }
}
