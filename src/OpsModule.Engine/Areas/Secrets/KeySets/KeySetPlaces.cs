using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Contract.Signing;
using OpsModule.Engine.Areas.Secrets.Places;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.KeySets;

/// <summary>Opens the places of a secret that is replaced in phases.</summary>
internal static class KeySetPlaces
{
    /// <summary>The places of an entry, in its order; a variable and the one beside it are one.</summary>
    /// <exception cref="OpsException"><c>SecretPlaceUnsupported</c>.</exception>
    public static IReadOnlyList<KeySetPlace> Open(OpsContext context, SecretEntry entry)
    {
        IReadOnlyList<TextPlace> all = SecretPlaces.OpenTexts(context, entry);
        bool isJwt = entry.Kind == SecretKind.Jwt;
        var places = new List<KeySetPlace>();
        for (int i = 0; i < all.Count; i++)
        {
            SecretUse use = all[i].Use;
            if (use.IsPrevious) continue;
            // The binder puts the variable beside it behind it.
            TextPlace? previous = use.Previous is not null && i + 1 < all.Count && all[i + 1].Use.IsPrevious ? all[i + 1] : null;
            places.Add(new KeySetPlace(all[i], previous, isJwt || use.Form != SecretForm.Value) { Signs = isJwt });
        }
        return places;
    }
}
