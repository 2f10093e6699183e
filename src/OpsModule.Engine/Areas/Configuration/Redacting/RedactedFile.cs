namespace OpsModule.Engine.Areas.Configuration.Redacting;

/// <summary>A file without its secrets.</summary>
/// <param name="Text">What is left of it.</param>
/// <param name="Values">What was taken out.</param>
internal sealed record RedactedFile(string Text, IReadOnlyList<Redaction> Values);
