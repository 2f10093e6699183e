using OpsModule.Engine.Changes.Chain;

namespace OpsModule.Engine.Outlets.Forwarding;

/// <summary>Which journal it is: one that was begun anew is another.</summary>
internal static class ForwardedJournal
{
    /// <summary>The beginning of its first line's hash.</summary>
    public static string Of(JournalSnapshot snapshot)
    {
        foreach (PlacedLine placed in snapshot.ReadForwards()) return placed.Parse() is { } first ? first.Hash[..16] : "damaged";
        return "empty";
    }
}
