using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>The last step of a tenant's restore or undo, also when it is resumed: a schema kept beside takes the live one's place.</summary>
internal sealed class TenantSwitch(OpsContext context, NpgsqlConnection connection, IJournaledChange change)
{
    /// <summary>Switches and completes the change.</summary>
    public async Task<RestoreRecord> RunAsync(RestoreNote note, string stage, TimeSpan timeout, long started, CancellationToken ct)
    {
        string live = note.Original;
        bool exists = await SchemaDrop.ExistsAsync(connection, live, ct).ConfigureAwait(false);
        if (exists) await OutsideReferences.RefuseAsync(connection, live, ct).ConfigureAwait(false);
        SnapshotBarrier barrier = await SnapshotBarrier.RaiseAsync(connection, ct).ConfigureAwait(false);
        DateTimeOffset now = context.Time.GetUtcNow();
        string? replaced = exists ? await FreeNameAsync(now, live, ct).ConfigureAwait(false) : null;
        string? ownComment = exists ? await StagedSchema.CommentAsync(connection, live, ct).ConfigureAwait(false) : null;
        RestoreNote replacedNote = note with { Id = change.Id, State = RestoreState.Replaced, At = now, Comment = ownComment, NotRestored = [] };
        await change.StepAsync("switching", new Dictionary<string, string> { ["replaced"] = replaced ?? "" }).ConfigureAwait(false);
        TimeSpan held = await new SchemaSwitch(connection, context.Reporter)
            .RunAsync(new SchemaSwitch.Swap(live, stage, note.Comment, replaced, replacedNote.ToJson(), RestoreAdvice.AfterBlocked(note, "those sessions or wait for them")), barrier, timeout, ct).ConfigureAwait(false);
        await change.StepAsync("switched").ConfigureAwait(false);
        var record = new RestoreRecord
        {
            Id = change.Id,
            Kind = RestoreKind.Schema,
            State = replaced is null ? RestoreState.Restored : RestoreState.Replaced,
            Name = note.Name,
            Database = connection.Database,
            Tenant = note.Tenant,
            Schema = live,
            ReplacedName = replaced,
            BackupId = note.BackupId,
            RestoredAt = now,
            Duration = context.Time.GetElapsedTime(started),
            SwitchDuration = held,
            Rows = note.Rows,
            Bytes = note.Bytes,
            Tables = note.Tables,
            Objects = note.Objects,
            Differences = note.Differences,
            NotRestored = note.NotRestored,
            NotValid = note.NotValid,
        };
        if (note.NotValid.Count > 0)
            context.Reporter.Warning($"CHECK constraints that the restored rows do not fulfil were restored NOT VALID: {string.Join(", ", note.NotValid)}. Their functions look at what has changed since the rows were written; mend the rows, then run ALTER TABLE ... VALIDATE CONSTRAINT.");
        await change.CompleteAsync($"{stage} is {live} now (backup {note.BackupId})" + (replaced is null ? "" : $"; the replaced schema is kept as {replaced}"))
            .ConfigureAwait(false);
        return record;
    }

    private async Task<string> FreeNameAsync(DateTimeOffset at, string live, CancellationToken ct)
    {
        for (int attempt = 0; ; attempt++)
        {
            string name = RestoreNames.Replaced(at, live, attempt);
            if (!await SchemaDrop.ExistsAsync(connection, name, ct).ConfigureAwait(false)) return name;
        }
    }
}
