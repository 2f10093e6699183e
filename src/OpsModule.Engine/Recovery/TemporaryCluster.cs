using System.Diagnostics;
using System.Runtime.InteropServices;
using Npgsql;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Postgres;
using OpsModule.Engine.Processes;

namespace OpsModule.Engine.Recovery;

/// <summary>
/// A PostgreSQL server of its own, reachable only through a socket in a private folder, gone without a trace when disposed.
/// </summary>
internal sealed partial class TemporaryCluster : IDrillServer
{
    private const string User = "ops_drill";
    private const int Quit = 3; // SIGQUIT: the postmaster ends at once and takes its children and shared memory along
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly DrillFolder _folder;
    private RunningProgram? _postmaster;

    private TemporaryCluster(DrillFolder folder) => _folder = folder;

    /// <inheritdoc/>
    public string Where => $"temporary PostgreSQL on {Environment.MachineName} ({_folder.Path})";

    /// <inheritdoc/>
    public PostgresServer Server { get; private set; } = null!;

    /// <summary>Makes and starts one with the server programs of a folder.</summary>
    /// <exception cref="OpsException"><c>DrillServerFailed</c>.</exception>
    public static async Task<TemporaryCluster> StartAsync(string bin, CancellationToken ct)
    {
        var cluster = new TemporaryCluster(DrillFolder.Create());
        try
        {
            await cluster.InitializeAsync(bin, ct).ConfigureAwait(false);
            await cluster.LaunchAsync(bin, ct).ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_postmaster is { } postmaster)
        {
            kill(postmaster.Id, Quit);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            try { await postmaster.WaitAsync(patience.Token).ConfigureAwait(false); }
            catch (Exception e) when (e is OpsException or OperationCanceledException) { /* how it ends does not matter any more */ }
            await postmaster.DisposeAsync().ConfigureAwait(false);
        }
        _folder.Delete();
    }

    private async Task InitializeAsync(string bin, CancellationToken ct) => await ProgramRunner.RunAsync(_folder.Call(Path.Combine(bin, "initdb"),
        "--pgdata=" + _folder.Data, "--username=" + User, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"), null, ct).ConfigureAwait(false);

    private async Task LaunchAsync(string bin, CancellationToken ct)
    {
        string[] settings = ["listen_addresses=", "unix_socket_directories=" + _folder.Path, "unix_socket_permissions=0700", .. DrillServer.Settings];
        ProgramCall call = _folder.Call(Path.Combine(bin, "postgres"), ["-D", _folder.Data, .. settings.SelectMany(s => new[] { "-c", s })]);
        _postmaster = ProgramRunner.Start(call);
        _ = _postmaster.Output.CopyToAsync(Stream.Null, CancellationToken.None);
        Server = PostgresServer.Direct(new DatabaseSettings { Name = "drill", Host = _folder.Path, Database = "postgres", User = User });
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await using NpgsqlConnection connection = await Server.ConnectAsync(ct).ConfigureAwait(false);
                return;
            }
            catch (OpsException) when (!_postmaster.HasEnded && Stopwatch.GetElapsedTime(start) < StartTimeout)
            {
                await Task.Delay(50, ct).ConfigureAwait(false);
            }
            catch (OpsException e)
            {
                throw new OpsException("DrillServerFailed", OpsErrorCategory.ResourceUnavailable,
                    $"The temporary PostgreSQL in {_folder.Path} did not start: {(_postmaster.ErrorTail is { Length: > 0 } tail ? tail : e.Message)}",
                    "Mend what the server reports, for example the free space of the temporary folder.", _folder.Path, e);
            }
        }
    }

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);
}
