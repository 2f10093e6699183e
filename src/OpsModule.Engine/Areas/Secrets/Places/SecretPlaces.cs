using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Places;

/// <summary>Opens the places where a secret's value stands.</summary>
internal static class SecretPlaces
{
    /// <summary>The places of an entry, in its order; nothing is read yet.</summary>
    /// <exception cref="OpsException">A place of a kind that is not known here.</exception>
    public static IReadOnlyList<ISecretPlace> Open(OpsContext context, SecretEntry entry) => [.. entry.Uses.Select(u => new FilePlace(u))];
}
