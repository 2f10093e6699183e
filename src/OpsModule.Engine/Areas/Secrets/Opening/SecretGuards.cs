using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Guarding;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Secrets.Opening;

/// <summary>
/// What looks, before a rotation, for things that would be missed: the same value in another place, a variable that counts at the first
/// start alone. A new look is one more line here.
/// </summary>
internal static class SecretGuards
{
    /// <summary>
    /// The looks. Each gives what people should know, in sentences that name the place and never the value; empty for nothing. What
    /// forbids a rotation it throws, with the remedy.
    /// </summary>
    public static IReadOnlyList<Func<OpsContext, SecretEntry, SecretMaterial, CancellationToken, Task<IReadOnlyList<string>>>> All
    {
        get;
        set;
    } = [PlaceGuards.LookAsync];

    /// <summary>All that they found of one secret.</summary>
    public static async Task<IReadOnlyList<string>> LookAsync(OpsContext context, SecretEntry entry, SecretMaterial current,
        CancellationToken cancellationToken)
    {
        var found = new List<string>();
        foreach (var look in All) found.AddRange(await look(context, entry, current, cancellationToken).ConfigureAwait(false));
        return found;
    }
}
