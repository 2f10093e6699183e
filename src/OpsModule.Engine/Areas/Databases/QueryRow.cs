namespace OpsModule.Engine.Areas.Databases;

/// <summary>One row of a result.</summary>
/// <param name="Names">The names of its columns, each of which differs from the others, whatever the case.</param>
/// <param name="Values">Their values; null for NULL.</param>
public sealed record QueryRow(IReadOnlyList<string> Names, IReadOnlyList<object?> Values);
