namespace OpsModule.Engine.Areas.Attacks.Blocking;

/// <summary>An address that was found and is not in a block list.</summary>
/// <param name="Address">As it was found.</param>
/// <param name="Reason">Why it is not.</param>
public sealed record BlockListOmission(string Address, string Reason)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Address} ({Reason})";
}
