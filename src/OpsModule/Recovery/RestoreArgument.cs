using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Recovery;

/// <summary>The restores that a parameter means: records, ids or names of what is kept with wildcards and in any case, or objects that have an id.</summary>
internal sealed class RestoreArgument(OpsContext context, Action<OpsException> fail)
{
    /// <summary>Finds them. One that cannot be found fails alone.</summary>
    /// <exception cref="OpsException"><c>PipelineObjectUnknown</c>, and what servers report.</exception>
    public async Task<IReadOnlyList<RestoreRecord>> ReadAsync(object given, CancellationToken cancellationToken) => PipedReference.ToRestore(given) switch
    {
        RestoreRecord restore => [restore],
        string id when !string.IsNullOrWhiteSpace(id) => await new RestoreCatalog(context).FindAsync([id], null, fail, cancellationToken).ConfigureAwait(false),
        // What is kept has a name of its own; a restore that was undone again has the id of the first.
        RestoreReference named => await new RestoreCatalog(context).FindAsync([NamePattern.Literal(named.Id)], named.Name is { } name ? [name] : null, fail, cancellationToken).ConfigureAwait(false),
        _ => throw PipedObject.IsNo("restore", given, "what Get-OpsRestore gives, or its id"),
    };
}
