using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Connections.Platforms.Kubernetes.Secrets;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Finding;

/// <summary>Searches what runs: variables of containers; Secrets, ConfigMaps and specifications of a namespace.</summary>
internal sealed class RunningSearch(OpsContext context)
{
    /// <summary>Searches all of it. What could not be looked at is told.</summary>
    public async Task<IReadOnlyList<(SecretNeedle Needle, FoundPlace Place)>> FindAsync(IReadOnlyList<SecretNeedle> needles,
        CancellationToken cancellationToken)
    {
        try
        {
            return context.Environment.Platform.Kind switch
            {
                PlatformKind.Kubernetes => await InClusterAsync(needles, cancellationToken).ConfigureAwait(false),
                PlatformKind.Compose => await InContainersAsync(needles, cancellationToken).ConfigureAwait(false),
                _ => [],
            };
        }
        catch (OpsException e)
        {
            context.Reporter.Warning($"What runs on {context.Environment.Platform} was not searched: {e.Message}");
            return [];
        }
    }

    private async Task<IReadOnlyList<(SecretNeedle Needle, FoundPlace Place)>> InContainersAsync(IReadOnlyList<SecretNeedle> needles,
        CancellationToken ct)
    {
        var found = new List<(SecretNeedle, FoundPlace)>();
        if (context.Platform().Rolling is not IInstanceRollout rolling) return found;
        foreach (ServiceRecord service in await context.Platform().ListAsync(null, ct).ConfigureAwait(false))
            foreach (ServiceInstance instance in service.Instances.Where(i => i.State is InstanceState.Running or InstanceState.Paused))
                foreach ((string name, string value) in (await rolling.LookAsync(instance.Id, ct).ConfigureAwait(false))?.Variables
                    ?? new Dictionary<string, string>())
                    Add(value, form => new FoundPlace(form, "container " + instance.Name, name, service.Name) { IsOfContainer = true });
        return found;

        void Add(string searched, Func<SecretUseForm, FoundPlace> place) => found.AddRange(SearchOne(needles, searched, place));
    }

    private async Task<IReadOnlyList<(SecretNeedle Needle, FoundPlace Place)>> InClusterAsync(IReadOnlyList<SecretNeedle> needles,
        CancellationToken ct)
    {
        var found = new List<(SecretNeedle, FoundPlace)>();
        var secrets = new NamespaceSecrets(context.Environment.Platform, context.Reporter);
        IReadOnlyList<SecretMention> mentions = await secrets.MentionsAsync(ct).ConfigureAwait(false);
        foreach (ClusterSecret secret in await secrets.ListAsync(ct).ConfigureAwait(false))
            foreach ((string key, byte[] bytes) in secret.Data)
            {
                string[] readers = [.. mentions.Where(m => m.Secret == secret.Name && (m.Key is null || m.Key == key))
                    .Select(m => m.Service).Distinct()];
                Add(System.Text.Encoding.UTF8.GetString(bytes), form => new FoundPlace(form, "Secret " + secret.Name, key,
                    readers.Length == 0 ? null : string.Join(", ", readers)) { Secret = secret.Declared });
            }
        foreach ((string name, string key, string text) in await secrets.ConfigurationAsync(ct).ConfigureAwait(false) ?? [])
            Add(text, form => new FoundPlace(form, "ConfigMap " + name, key, null));
        foreach ((string service, string variable, string value) in await secrets.LiteralsAsync(ct).ConfigureAwait(false))
            Add(value, form => new FoundPlace(form, "specification of " + service, variable, service));
        return found;

        void Add(string searched, Func<SecretUseForm, FoundPlace> place) => found.AddRange(SearchOne(needles, searched, place));
    }

    private static IEnumerable<(SecretNeedle, FoundPlace)> SearchOne(IReadOnlyList<SecretNeedle> needles, string text,
        Func<SecretUseForm, FoundPlace> place)
    {
        var searched = new SearchedText(text);
        foreach (SecretNeedle needle in needles)
            if (needle.In(searched) is { } form) yield return (needle, place(form));
    }
}
