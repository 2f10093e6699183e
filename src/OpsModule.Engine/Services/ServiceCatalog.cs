using OpsModule.Engine.Platforms;

namespace OpsModule.Engine.Services;

/// <summary>Finds services by names with <c>*</c> and <c>?</c>.</summary>
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
                foreach (ServiceRecord service in await platform.ListAsync([name], cancellationToken).ConfigureAwait(false)) found[service.Name] = service;
            }
            catch (OpsException e) when (e.ErrorId == "ServiceNotFound") { fail(e); }
        }
        return [.. found.Values];
    }
}
