namespace OpsModule.Engine.Areas.Lockdown.Parts;

/// <summary>What came of a part.</summary>
/// <param name="Words">What was done, in a sentence without a full stop.</param>
/// <param name="Open">What of it is still open.</param>
internal sealed record PartOutcome(string Words, IReadOnlyList<string> Open)
{
    /// <summary>What the journal keeps of it besides.</summary>
    public IReadOnlyDictionary<string, string> Data { get; init; } = new Dictionary<string, string>();
}
