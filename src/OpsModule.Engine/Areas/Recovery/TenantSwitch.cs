using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>The last step of a tenant's restore or undo, also when it is resumed: a schema kept beside takes the live one's place.</summary>
internal sealed class TenantSwitch(OpsContext context, NpgsqlConnection connection)
{
    /// <summary>Switches.</summary>
    public async Task<RestoreRecord> RunAsync(SwitchOrder order, CancellationToken ct)
    {
        RestoreNote note = order.Note;
        string live = note.Original;
        bool exists = await SchemaDrop.ExistsAsync(connection, live, ct).ConfigureAwait(false);
        if (exists) await OutsideReferences.RefuseAsync(connection, live, ct).ConfigureAwait(false);
        SnapshotBarrier barrier = await SnapshotBarrier.RaiseAsync(connection, ct).ConfigureAwait(false);
        DateTimeOffset now = context.Time.GetUtcNow();
        string? replaced = exists ? await FreeNameAsync(now, live, ct).ConfigureAwait(false) : null;
        string? ownComment = exists ? await StagedSchema.CommentAsync(connection, live, ct).ConfigureAwait(false) : null;
        RestoreNote replacedNote = note with { Id = order.ChangeId, State = RestoreState.Replaced, At = now, Comment = ownComment, NotRestored = [] };
        var swap = new SchemaSwitch.Swap(live, order.Incoming, note.Comment, replaced, replacedNote.ToJson(),
            RestoreAdvice.AfterBlocked(note, "those sessions or wait for them"));
        TimeSpan held = TimeSpan.Zero;
        await order.Step(replaced ?? "", async () =>
            held = await new SchemaSwitch(connection, context.Reporter).RunAsync(swap, barrier, order.Timeout, ct).ConfigureAwait(false)).ConfigureAwait(false);
        var record = new RestoreRecord
        {
            Id = order.ChangeId,
            Kind = RestoreKind.Schema,
            State = replaced is null ? RestoreState.Restored : RestoreState.Replaced,
            Name = note.Name,
            Database = connection.Database,
            Tenant = note.Tenant,
            Schema = live,
            ReplacedName = replaced,
            BackupId = note.BackupId,
            RestoredAt = now,
            Duration = context.Time.GetElapsedTime(order.Started),
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
