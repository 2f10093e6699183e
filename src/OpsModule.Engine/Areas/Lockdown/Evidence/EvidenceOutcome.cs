namespace OpsModule.Engine.Areas.Lockdown.Evidence;

/// <summary>Evidence that was kept.</summary>
/// <param name="Location">Where it lies.</param>
/// <param name="Sha256">The hash of what lies there, in lower-case hexadecimal.</param>
/// <param name="Words">What is in it, in words.</param>
/// <param name="Missing">What could not be read, and why.</param>
internal sealed record EvidenceOutcome(string Location, string Sha256, string Words, IReadOnlyList<string> Missing);
