using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Services;

/// <summary>Finds services by names with wildcards.</summary>
public sealed class ServiceCatalog(IServicePlatform platform)
{
    /// <summary>The services that are meant; a name that is unknown fails alone.</summary>
    /// <param name="names">Names; null for all of the environment.</param>
    /// <param name="fail">Told of each name that is unknown.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    public async Task<IReadOnlyList<ServiceRecord>> ListAsync(IReadOnlyList<string>? names, Action<OpsException> fail, CancellationToken cancellationToken)
    {
        if (names is null) return await platform.ListAsync(null, cancellationToken).ConfigureAwait(false);
        var found = new Dictionary<string, ServiceRecord>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            try
            {
                IReadOnlyList<ServiceRecord> services = await platform.ListAsync([name], cancellationToken).ConfigureAwait(false);
                if (services.Count == 0) throw await NothingAsync(name, cancellationToken).ConfigureAwait(false);
                foreach (ServiceRecord service in services) found[service.Name] = service;
            }
            catch (OpsException e) when (IsOfTheName(e)) { fail(e); }
        }
        return [.. found.Values];
    }

    private static bool IsOfTheName(OpsException e) => e.ErrorId is "ServiceNotFound" or "NothingMatches" or "NameAmbiguous";

    private async Task<OpsException> NothingAsync(string name, CancellationToken cancellationToken) =>
        NamePattern.Nothing(name, (await platform.ListAsync(null, cancellationToken).ConfigureAwait(false)).Select(s => s.Name), "service");

    /// <summary>
    /// The same for a change that starts or makes something: what a profile keeps back is left out, unless it runs or is named in full.
    /// </summary>
    /// <param name="names">Names; <c>*</c> for all of the environment.</param>
    /// <param name="named">True when somebody wrote the names, false when they came with what a listing gave.</param>
    /// <param name="reporter">Told of what is left out.</param>
    /// <param name="fail">Told of each name that is unknown.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    public async Task<IReadOnlyList<ServiceRecord>> ListToStartAsync(IReadOnlyList<string> names, bool named, IOpsReporter reporter, Action<OpsException> fail, CancellationToken cancellationToken)
    {
        IReadOnlyList<ServiceRecord> found = await ListAsync(names, fail, cancellationToken).ConfigureAwait(false);
        ServiceRecord[] kept = [.. found.Where(s => (s.IsOptional || s.Declared == 0) && s.Instances.All(i => i.State is InstanceState.Exited or InstanceState.Pending or InstanceState.Dead) && !(named && names.Contains(s.Name, StringComparer.OrdinalIgnoreCase)))];
        foreach (ServiceRecord service in kept)
        {
            string why = $"{service.Name} is left out: {(service.IsOptional ? "its profile is not active" : "the compose file wants none of it")}. By its name it can be started: Start-OpsService {service.Name}.";
            if (named) reporter.Verbose(why);
            else reporter.Warning(why);
        }
        return [.. found.Except(kept)];
    }
}
