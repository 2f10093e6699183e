using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Compose.Comparing;

/// <summary>
/// Compares containers with what Compose would make now: by its own hash where the same version made them, else by variables and image,
/// else by the age of the files.
/// </summary>
/// <param name="project">The project's name.</param>
/// <param name="sourceOf">What a service's containers are made of; null where that is not here.</param>
/// <param name="detailsOf">The variables, the image and the time of making of a container; null when it is gone.</param>
internal sealed class ComposeDrift(string project, Func<string, ComposeSource?> sourceOf, Func<ServiceInstance, CancellationToken,
    Task<ComposeDrift.Details?>> detailsOf)
{
    /// <summary>A container as it was made.</summary>
    internal sealed record Details(IReadOnlyDictionary<string, string> Environment, string? Image, DateTimeOffset Created);

    private const int MostNames = 5;

    private readonly Dictionary<string, (ComposeModel? Model, string? Why)> _models = new(StringComparer.Ordinal);

    /// <summary>Compares, by service, the containers that Compose made.</summary>
    public async Task<IReadOnlyList<ServiceConfiguration>> FindAsync(IEnumerable<ServiceInstance> instances,
        CancellationToken cancellationToken)
    {
        var found = new List<ServiceConfiguration>();
        foreach (IGrouping<string, ServiceInstance> service in instances.Where(i => i.Labels.ContainsKey(ComposeLabels.Hash))
            .GroupBy(i => i.Service).OrderBy(s => s.Key, StringComparer.Ordinal))
            found.Add(await CompareAsync(service.Key, [.. service.OrderBy(i => i.Name, StringComparer.Ordinal)], cancellationToken)
                .ConfigureAwait(false));
        return found;
    }

    private async Task<ServiceConfiguration> CompareAsync(string service, ServiceInstance[] instances, CancellationToken ct)
    {
        if (sourceOf(service) is not { } source) return new ServiceConfiguration(service, null,
            "the files that its containers were made of are not here");
        (ComposeModel? model, string? why) = await ModelAsync(source, ct).ConfigureAwait(false);
        if (model is null) return await ByAgeAsync(service, source, instances, why!, ct).ConfigureAwait(false);
        if (!model.Hashes.Contains(service)) return new ServiceConfiguration(service, null,
            "the compose files do not hold it any more");
        var words = new List<string>();
        bool byHash = true;
        foreach (ServiceInstance instance in instances)
        {
            bool same = Same(instance.Labels.GetValueOrDefault(ComposeLabels.Version), model.Version);
            byHash &= same;
            if (same && model.Hashes[service].Contains(instance.Labels[ComposeLabels.Hash])) continue;
            if (await detailsOf(instance, ct).ConfigureAwait(false) is not { } details) continue;
            string differs = Differing(details, model.Services.GetValueOrDefault(service));
            if (differs.Length == 0 && same) differs = "other settings than the compose files have now";
            if (differs.Length > 0) words.Add($"{instance.Name} was made with {differs}");
        }
        return words.Count > 0 ? new ServiceConfiguration(service, false, string.Join("; ", words))
            : new ServiceConfiguration(service, true, byHash ? "it was made with the settings that the compose files have now"
                : "its variables and its image are those of the compose files; another version of Compose made it, "
                    + "so that the rest cannot be compared");
    }

    /// <summary>Without Compose: a file that is newer than a container may have changed it; that none is proves nothing.</summary>
    private async Task<ServiceConfiguration> ByAgeAsync(string service, ComposeSource source, ServiceInstance[] instances, string why,
        CancellationToken ct)
    {
        IEnumerable<string> own = [];
        try { own = ComposeFile.Read(source).Services.Where(s => s.Name == service).SelectMany(s => s.EnvFiles); }
        catch (OpsException) { /* then those that are known must do */ }
        string[] files = [.. source.Files.Concat(source.EnvFiles).Append(Path.Combine(source.Folder, ".env")).Concat(own).Distinct()
            .Where(File.Exists)];
        foreach (ServiceInstance instance in instances)
        {
            if (await detailsOf(instance, ct).ConfigureAwait(false) is not { } details) continue;
            if (files.FirstOrDefault(f => File.GetLastWriteTimeUtc(f) > details.Created.UtcDateTime) is { } newer)
                return new ServiceConfiguration(service, false, $"{Path.GetFileName(newer)} was changed after {instance.Name} was made");
        }
        return new ServiceConfiguration(service, null, $"none of its files is newer than it, and more is not known: {why}");
    }

    private async Task<(ComposeModel? Model, string? Why)> ModelAsync(ComposeSource source, CancellationToken ct)
    {
        string key = string.Join('\n', source.Files.Concat(source.EnvFiles).Append(source.Folder));
        if (_models.TryGetValue(key, out (ComposeModel?, string?) known)) return known;
        try { return _models[key] = (await ComposeModel.ReadAsync(source, project, ct).ConfigureAwait(false), null); }
        catch (OpsException e) { return _models[key] = (null, e.Message); }
    }

    /// <summary>A container says 2.26.1 where the program of a distribution says 2.26.1-4.</summary>
    private static bool Same(string? made, string now) => made is not null && Plain(made) == Plain(now);

    private static string Plain(string version) => version.TrimStart('v').Split('-', '+', '~')[0];

    private static string Differing(Details details, ComposeModel.Made? now)
    {
        if (now is null) return "";
        string[] changed = [.. now.Environment.Where(v => v.Value is not null && details.Environment.GetValueOrDefault(v.Key) != v.Value)
            .Select(v => v.Key).Order(StringComparer.Ordinal)];
        string names = string.Join(", ", changed.Take(MostNames)) + (changed.Length > MostNames
            ? $" and {changed.Length - MostNames} more" : "");
        string image = now.Image is { } wanted && details.Image is { } has && wanted != has ? $"the image {has} in place of {wanted}" : "";
        return string.Join(" and ", new[] { changed.Length == 0 ? "" : (changed.Length == 1 ? "another value of "
            : "other values of ") + names, image }.Where(t => t.Length > 0));
    }
}
