using System.Security.Cryptography;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Docker;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery.Drills;

/// <summary>A PostgreSQL of its own for one drill, gone without a trace when disposed.</summary>
internal interface IDrillServer : IAsyncDisposable
{
    /// <summary>The server as its superuser: only for what does not come out of a backup.</summary>
    PostgresServer Server { get; }

    /// <summary>The server as another role.</summary>
    PostgresServer As(string user, string password);

    /// <summary>Who it runs as and what it can reach, for the result.</summary>
    string RanAs { get; }

    /// <summary>What it can reach that it should not, in words; null when there is nothing.</summary>
    string? NotIsolated { get; }

    /// <summary>Where it runs, for the result.</summary>
    string Where { get; }
}

/// <summary>Chooses where a drill runs: the server programs of this machine, or else a container of the database's own image.</summary>
internal static class DrillServer
{
    /// <summary>It takes no care to survive a crash, for nothing in it is meant to stay.</summary>
    public static readonly IReadOnlyList<string> Settings =
    [
        "fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0", "max_wal_size=8GB",
        "checkpoint_timeout=1h", "autovacuum=off", "shared_buffers=256MB", "maintenance_work_mem=256MB", "max_connections=50",
        "max_locks_per_transaction=1024", "logging_collector=off",
    ];

    /// <summary>A name for a role of our own that no role of a backup has.</summary>
    public static string NewName(string begin) => $"{begin}_{RandomNumberGenerator.GetHexString(12, lowercase: true)}";

    /// <summary>Starts one that the backup can be restored into.</summary>
    /// <param name="context">The environment.</param>
    /// <param name="backup">The backup.</param>
    /// <param name="inContainer">Uses a container even where the programs are there.</param>
    /// <param name="notes">Told when it is a container.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="OpsException"><c>ServerProgramsMissing</c>, <c>DrillServerFailed</c>.</exception>
    public static async Task<IDrillServer> StartAsync(OpsContext context, BackupRecord backup, bool inContainer, List<string> notes, CancellationToken ct)
    {
        int major = Preflight.Major(backup.ServerVersion);
        (string? folder, string? image) = await ChooseAsync(context, backup, inContainer, ct).ConfigureAwait(false);
        if (folder is not null) return await TemporaryCluster.StartAsync(context, folder, ct).ConfigureAwait(false);
        notes.Add($"This machine has no server programs of PostgreSQL {major} or newer; the backup was restored into a container of the database's own image, {image}.");
        return await ContainerCluster.StartAsync(context, image!, major, ct).ConfigureAwait(false);
    }

    /// <summary>Where it would run: the folder of the server's programs, or an image.</summary>
    /// <exception cref="OpsException"><c>ServerProgramsMissing</c>.</exception>
    public static async Task<(string? Programs, string? Image)> ChooseAsync(OpsContext context, BackupRecord backup, bool inContainer,
        CancellationToken ct)
    {
        int major = Preflight.Major(backup.ServerVersion);
        if (!inContainer && await ServerPrograms.FindAsync(major, ct).ConfigureAwait(false) is { } folder) return (folder, null);
        string image = await FindImageAsync(context, backup.Name, ct).ConfigureAwait(false)
            ?? throw new OpsException("ServerProgramsMissing", OpsErrorCategory.ResourceUnavailable,
                $"A drill needs the server programs of PostgreSQL {major} or newer on this machine (initdb, postgres), or a container of the database's own image here; there is neither.",
                $"Install them (Debian: apt-get install postgresql-{major}); the server need not run.", "postgres");
        return (null, image);
    }

    /// <summary>The image that the database's service runs, where it is a service of which a container can be made here.</summary>
    private static async Task<string?> FindImageAsync(OpsContext context, string name, CancellationToken ct)
    {
        if (!context.Environment.Databases.TryGetValue(name, out DatabaseSettings? settings) || settings.Service is null) return null;
        try { return await context.Platform().FindImageAsync(settings.Service, ct).ConfigureAwait(false); }
        catch (OpsException) { return null; /* no engine here that could be asked */ }
    }
}
