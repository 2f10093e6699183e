using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Recovery.Planning;

/// <summary>What planning a restore has found on the server.</summary>
/// <param name="Identities">What must still be so when the restore is made.</param>
/// <param name="Name">The schema or database that would hold the restored data.</param>
/// <param name="Replaces">True when something live would be replaced, and kept under a dated name.</param>
/// <param name="LoadedAs">With which rights rows are loaded, and so code in the backup runs.</param>
/// <param name="Changes">Tables that appear, vanish or change in row count, and those that do not; empty where nobody has asked.</param>
internal sealed record RestoreLook(IReadOnlyList<PlanIdentity> Identities, string Name, bool Replaces, string LoadedAs,
    IReadOnlyList<TableChange> Changes);
