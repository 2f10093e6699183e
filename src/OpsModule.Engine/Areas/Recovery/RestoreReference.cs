namespace OpsModule.Engine.Areas.Recovery;

/// <summary>A restore that is only named: by what is left of a record of another session, a file or a selection. All else is read anew from the servers.</summary>
/// <param name="Id">The restore's id, or the name of what is kept.</param>
/// <param name="Name">The database that it claims to be of; null where it does not say.</param>
public sealed record RestoreReference(string Id, string? Name);
