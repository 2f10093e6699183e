namespace OpsModule.Engine.Changes.Unended;

/// <summary>A change that has no end in the journal, and where its lines lie.</summary>
/// <param name="Id">The change.</param>
/// <param name="Target">What it changes.</param>
/// <param name="Lines">Its lines in order: the number that their file begins with, and where in it.</param>
internal sealed record OpenChange(string Id, string Target, List<(long File, long Offset)> Lines);
