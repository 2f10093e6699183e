namespace OpsModule.Engine.Areas.Tenants.Proving;

/// <summary>What was seen of other tenants while one is cut off.</summary>
/// <param name="Words">In sentences; empty where none is declared.</param>
/// <param name="Unproven">Of whom nobody could see whether they are served: an instance that starts anew is none that refuses.</param>
internal sealed record OthersSeen(IReadOnlyList<string> Words, IReadOnlyList<ProofAnswer> Unproven);
