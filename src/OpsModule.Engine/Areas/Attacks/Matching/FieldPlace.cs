namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>In what a field of a structured line stands.</summary>
/// <param name="Depth">In how many objects, from 1.</param>
/// <param name="Kind">Who writes there.</param>
/// <param name="IsGeneric">True in an object that anything is put into.</param>
/// <param name="IsFlat">True in pairs, where a client may have ended a value early.</param>
internal readonly record struct FieldPlace(int Depth, ContainerKind Kind, bool IsGeneric = false, bool IsFlat = false)
{
    /// <summary>A field of the line itself.</summary>
    public static readonly FieldPlace Top = new(1, ContainerKind.Own);

    /// <summary>A pair of logfmt.</summary>
    public static readonly FieldPlace Pair = new(1, ContainerKind.Own, IsFlat: true);

    /// <summary>True where only the server writes.</summary>
    public bool IsOwn => Kind == ContainerKind.Own;

    /// <summary>True where a client writes.</summary>
    public bool IsClients => Kind is ContainerKind.Clients or ContainerKind.Headers;

    /// <summary>True for a header of the request.</summary>
    public bool IsHeaders => Kind == ContainerKind.Headers;
}
