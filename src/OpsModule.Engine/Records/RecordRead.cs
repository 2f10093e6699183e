namespace OpsModule.Engine.Records;

/// <summary>A record that was made anew from the properties of one that came out of a job, another session or a file.</summary>
/// <param name="Record">The record. It may be judged, told and measured; what is done to the thing it names is never done on its word.</param>
/// <param name="Lacking">The properties that were not kept, so that figures of them are not known.</param>
public sealed record RecordRead(object Record, IReadOnlyList<string> Lacking);
