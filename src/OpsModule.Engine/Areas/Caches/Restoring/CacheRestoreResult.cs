using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Caches.Restoring;

/// <summary>Makes the record of a restore.</summary>
internal static class CacheRestoreResult
{
    public static ChangeResult Of(ChangeRun run, CacheRestoreArguments what, CacheRestoreMethod method, string id, CacheRestoreNotes notes,
        long started, IEnumerable<int> keptIn)
    {
        var record = new CacheRestoreRecord
        {
            Environment = run.Context.Environment.Name, Name = what.Name, Id = id, BackupId = what.Backup,
            Age = run.Context.Time.GetUtcNow() - notes.StartedAt, Method = method,
            Pattern = what.Pattern, Databases = [.. what.Staged.Keys.Order()], Keys = notes.Keys, Expired = notes.Expired,
            Replaced = notes.Replaced,
            KeptIn = [.. keptIn.Order()], Functions = what.Functions ? notes.Functions.Count : 0,
            Duration = run.Context.Time.GetElapsedTime(started),
        };
        return new ChangeResult(FormattableString.Invariant($"{notes.Keys:N0} keys restored, {notes.Expired:N0} had expired; {notes.Replaced:N0} that were live are kept in database {string.Join(", ", record.KeptIn)}"), record);
    }
}
