using OpsModule.Foundations.Bytes;

namespace OpsModule.Engine.Procedures.Sets.Parts;

/// <summary>How the backups of a set are made.</summary>
/// <param name="Stores">The stores, which all of them go to.</param>
/// <param name="Labels">Their labels; the set's id is one.</param>
/// <param name="Compression">How they are compressed.</param>
internal sealed record SetOrder(IReadOnlyList<string> Stores, IReadOnlyDictionary<string, string> Labels, Compression Compression);
