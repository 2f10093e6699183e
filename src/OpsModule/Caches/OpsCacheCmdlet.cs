using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Access;
using OpsModule.Foundations.Errors;

namespace OpsModule.Caches;

/// <summary>Base of the cmdlets that take caches, or whole environments, from the pipeline.</summary>
public abstract class OpsCacheCmdlet : OpsEnvironmentCmdlet
{
    /// <summary>
    /// The cache's name in the environment file, in any case; several and wildcards are allowed. The only one where there is just one.
    /// </summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CacheCompleter))]
    public string[]? Name { get; set; }

    /// <summary>An environment from Get-OpsEnvironment to operate on, a cache's name, or an object with the property Name.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNull]
    public object? InputObject { get; set; }

    /// <summary>Does it to one cache; null for the only one.</summary>
    private protected abstract Task RunAsync(string? name, CancellationToken cancellationToken);

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken) => AttemptAsync(async () =>
    {
        // Of a piped environment all caches are meant; a call that names none means the only one.
        string?[] names = Written() is { } written ? [.. CacheServers.FindNames(Context.Environment, written, Fail)]
            : IsEnvironment && Context.Environment.Caches.Count > 0 ? [.. Context.Environment.Caches.Keys] : [null];
        foreach (string? name in names) await RunAsync(name, cancellationToken).ConfigureAwait(false);
    });

    /// <summary>
    /// The names that were written or piped; null when none was. A piped object that says nothing must not mean the only cache.
    /// </summary>
    /// <exception cref="OpsException"><c>PipelineObjectUnknown</c>.</exception>
    private IReadOnlyList<string>? Written()
    {
        if (InputObject is null || IsEnvironment) return Name;
        if (Unwrap(InputObject) is string text && !string.IsNullOrWhiteSpace(text)) return [text];
        if (!PipedObject.Says(InputObject, [nameof(Name)]))
            throw PipedObject.IsNo("cache", InputObject, "an environment, a cache's name, or an object with the property Name");
        CheckIsOfThis(InputObject);
        CheckAgrees(PipedObject.Named(InputObject, nameof(Name)), "cache", nameof(Name), Name);
        return Name ?? [PipedObject.Named(InputObject, nameof(Name))!];
    }
}
