namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>In what a field of a structured line stands.</summary>
/// <param name="Depth">In how many objects, from 1.</param>
/// <param name="Kind">Who writes there.</param>
internal readonly record struct FieldPlace(int Depth, ContainerKind Kind)
{
    /// <summary>A field of the line itself.</summary>
    public static readonly FieldPlace Top = new(1, ContainerKind.Own);

    /// <summary>True where only the server writes.</summary>
    public bool IsOwn => Kind == ContainerKind.Own;

    /// <summary>True where a client writes.</summary>
    public bool IsClients => Kind is ContainerKind.Clients or ContainerKind.Headers;

    /// <summary>True for a header of the request.</summary>
    public bool IsHeaders => Kind == ContainerKind.Headers;
}
