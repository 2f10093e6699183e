using System.Text.Json.Nodes;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Catalogues;
using OpsModule.Connections.Postgres.Logins;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery.Archives;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>What a comparison of catalogues found.</summary>
/// <param name="Objects">How many objects of the backup were compared; null when the backup does not say what its catalogue held.</param>
/// <param name="Differences">What differs, the grave first.</param>
internal sealed record CatalogueVerdict(int? Objects, IReadOnlyList<CatalogueDifference> Differences);

/// <summary>
/// Proves, before anything is switched, that owners, privileges, row security, triggers, constraints, indexes, settings, comments and
/// sequences are what they were when the backup was made.
/// </summary>
internal sealed class CatalogueCheck(OpsContext context, BackupRecord backup, ArchiveScope scope)
{
    private const int Told = 20, Attempts = 25;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Compares a staged schema. It is read under the live name, in a transaction that is taken back: so definitions that name the schema are
    /// the same texts on both sides.
    /// </summary>
    public async Task<CatalogueVerdict> OfSchemaAsync(PostgresServer server, string live, bool liveExists, string stage, CancellationToken ct)
    {
        await using NpgsqlConnection connection = await ConnectAsync(server, null, ct).ConfigureAwait(false);
        await connection.ExecuteAsync("BEGIN; SET LOCAL lock_timeout = '60s'", ct).ConfigureAwait(false);
        if (liveExists)
        {
            string hold = SqlName.Truncate("ops_hold_" + stage["ops_stage_".Length..]);
            await connection.ExecuteAsync($"ALTER SCHEMA {SqlName.Quote(live)} RENAME TO {SqlName.Quote(hold)}", ct).ConfigureAwait(false);
        }
        await connection.ExecuteAsync($"ALTER SCHEMA {SqlName.Quote(stage)} RENAME TO {SqlName.Quote(live)}", ct).ConfigureAwait(false);
        CatalogueVerdict verdict = await CompareAsync(connection, live, o => o, ct).ConfigureAwait(false);
        await connection.RollbackAsync().ConfigureAwait(false);
        return verdict;
    }

    /// <summary>Compares a database that was restored.</summary>
    /// <param name="server">The server.</param>
    /// <param name="database">The database.</param>
    /// <param name="itself">False to leave out what belongs to the database itself, where that is not restored.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<CatalogueVerdict> OfDatabaseAsync(PostgresServer server, string database, bool itself, CancellationToken ct)
    {
        await using NpgsqlConnection connection = await ConnectAsync(server, database, ct).ConfigureAwait(false);
        await connection.ExecuteAsync("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", ct).ConfigureAwait(false);
        return await CompareAsync(connection, backup.Schema, objects => itself ? objects : objects.Where(o => o.Kind != "database"), ct).ConfigureAwait(false);
    }

    /// <summary>Warns of what differs, and refuses what is grave unless that was asked for.</summary>
    /// <exception cref="OpsException"><c>CatalogueDiffers</c>.</exception>
    public void Judge(CatalogueVerdict verdict, bool allowDifferences)
    {
        if (verdict.Objects is null)
            context.Reporter.Warning($"Backup {backup.Id} does not say what owners, privileges, row security, triggers and the like were when it was made (it was made by an earlier version, "
                + "or the catalogue could not be read then); only rows and sequences were compared.");
        CatalogueDifference[] grave = [.. verdict.Differences.Where(d => d.IsGrave)];
        if (grave.Length > 0 && !allowDifferences)
            throw new OpsException("CatalogueDiffers", OpsErrorCategory.InvalidData,
                $"What was restored is not what backup {backup.Id} was made of, in {Count(grave.Length)} that decide{(grave.Length == 1 ? "s" : "")} who may see or change what: {Describe(grave)}.",
                "Nothing live was changed. Look who changes privileges or owners while objects are made (default privileges, event triggers), or restore all the same with -AllowDifference.", backup.Id);
        if (verdict.Differences.Count > 0)
            context.Reporter.Warning($"The rows are those of backup {backup.Id}, but {Count(verdict.Differences.Count)} differ{(verdict.Differences.Count == 1 ? "s" : "")}: {Describe(verdict.Differences)}.");
    }

    /// <summary>Sessions that loaded rows were just closed; a busy server takes a moment until their places are free.</summary>
    private async Task<NpgsqlConnection> ConnectAsync(PostgresServer server, string? database, CancellationToken ct)
    {
        for (int attempt = 1; ; attempt++)
        {
            try { return await server.ConnectAsync(ct, database).ConfigureAwait(false); }
            catch (OpsException e) when (attempt < Attempts && ConnectionRoom.IsFull(e))
            {
                await Task.Delay(Pause, context.Time, ct).ConfigureAwait(false);
            }
        }
    }

    private async Task<CatalogueVerdict> CompareAsync(NpgsqlConnection connection, string? schema, Func<IEnumerable<CatalogueObject>, IEnumerable<CatalogueObject>> choose, CancellationToken ct)
    {
        IReadOnlyList<CatalogueDifference> sequences = await SequenceCheck.FindAsync(connection, scope, ct).ConfigureAwait(false);
        IReadOnlyList<CatalogueObject>? all = backup.Catalogue is { } fingerprint ? await fingerprint.UnpackAsync(context, backup, ct).ConfigureAwait(false) : null;
        if (all is null) return new CatalogueVerdict(null, sequences);
        CatalogueObject[] was = [.. choose(all.Where(o => schema is null || o.Schema == schema))];
        CatalogueObject[] now;
        try { now = [.. choose(await CatalogueReader.ReadAsync(connection, schema, ct).ConfigureAwait(false)).Select(WithOwnComment)]; }
        // What cannot be compared may be anything.
        catch (PostgresException e) { return new CatalogueVerdict(0, [new CatalogueDifference("catalogue", "", connection.Database, "comparison", "possible", $"{e.MessageText} (SQLSTATE {e.SqlState})", true)]); }
        bool sameVersion = Preflight.Major(backup.ServerVersion) == connection.PostgreSqlVersion.Major;
        return new CatalogueVerdict(was.Length, [.. sequences, .. CatalogueComparer.Compare(was, now, sameVersion)]);
    }

    /// <summary>Until the switch a staged schema's comment is the restore's note, which holds the schema's own.</summary>
    private static CatalogueObject WithOwnComment(CatalogueObject one)
    {
        if (one.Kind != "schema") return one;
        JsonObject properties = JsonNode.Parse(one.Properties)!.AsObject();
        if (RestoreNote.Parse((string?)properties["comment"]) is not { } note) return one;
        properties.Remove("comment");
        if (note.Comment is not null) properties["comment"] = note.Comment;
        return one with { Properties = properties.ToJsonString() };
    }

    private static string Count(int number) => number == 1 ? "one thing" : $"{number} things";

    private static string Describe(IReadOnlyList<CatalogueDifference> differences) =>
        string.Join("; ", differences.Take(Told)) + (differences.Count > Told ? $"; and {differences.Count - Told} more (see Differences of the result)" : "");
}
