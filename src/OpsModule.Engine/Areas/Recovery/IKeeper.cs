using OpsModule.Connections.Postgres;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>Where restores keep what they stage and replace: schemas within a database, or databases within a server.</summary>
internal interface IKeeper : IAsyncDisposable
{
    /// <summary>Everything kept.</summary>
    Task<List<Kept>> ListAsync(CancellationToken ct);

    /// <summary>Drops one; nothing happens when it is not there.</summary>
    Task DropAsync(string name, CancellationToken ct);

    /// <summary>Puts one into the place of the live one.</summary>
    Task<RestoreRecord> SwitchAsync(SwitchOrder order, CancellationToken ct);

    /// <summary>Does what a switch does after its transaction, for one whose process ended in between.</summary>
    Task SettleAsync(Kept replaced, CancellationToken ct) => Task.CompletedTask;

    /// <summary>Opens the keeper of a tenant's schemas, or of databases, and keeps other hosts from restoring the same.</summary>
    static async Task<IKeeper> OpenAsync(OpsContext context, PostgresServer server, RestoreKind kind, string? tenant, CancellationToken ct) =>
        kind == RestoreKind.Schema
            ? await SchemaKeeper.OpenAsync(context, server, tenant ?? "", ct).ConfigureAwait(false)
            : await DatabaseKeeper.OpenAsync(context, server, ct).ConfigureAwait(false);
}

/// <summary>One schema or database that a restore made or put aside.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Note">What its comment says; null when that was lost, or is not believed.</param>
/// <param name="Size">Bytes on disk.</param>
/// <param name="Owner">The role that owns it, and so may have written the comment.</param>
internal sealed record Kept(string Name, RestoreNote? Note, long? Size, string Owner)
{
    /// <summary>Why the comment is not believed; null where it is, and where there is none.</summary>
    public string? Doubt { get; init; }
}
