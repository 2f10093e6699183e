using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Areas.Recovery.Drills;

/// <summary>
/// A PostgreSQL server of its own, reachable only through a socket in a private folder and by a password that nobody else is told, in a
/// sandbox where there can be one, gone without a trace when disposed.
/// </summary>
internal sealed partial class TemporaryCluster : IDrillServer
{
    private const int Quit = 3; // SIGQUIT: the postmaster ends at once and takes its children and shared memory along
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly DrillFolder _folder;
    private readonly DrillSandbox _sandbox;
    private readonly string _user = DrillServer.NewName("ops_drill"), _password = RandomNumberGenerator.GetHexString(32);
    private RunningProgram? _postmaster;

    private TemporaryCluster(DrillFolder folder, DrillSandbox sandbox) => (_folder, _sandbox) = (folder, sandbox);

    /// <inheritdoc/>
    public string Where => $"temporary PostgreSQL on {Environment.MachineName} ({_folder.Path})";

    /// <inheritdoc/>
    public string RanAs => _sandbox.Description;

    /// <inheritdoc/>
    public string? NotIsolated => _sandbox.Fault is not { } fault ? null : _folder.Account is null
        ? $"it ran as {Environment.UserName} and could read what {Environment.UserName} can read, keys and secrets included: {fault}"
        : $"it ran as {_folder.Account.Name} and could read what everybody can read on this machine, and reach the network: {fault}";

    /// <inheritdoc/>
    public PostgresServer Server { get; private set; } = null!;

    /// <inheritdoc/>
    public PostgresServer As(string user, string password) => PostgresServer.Direct(new PostgresOptions
    {
        Name = "drill", Host = _folder.SocketFolder, Database = "postgres", User = user, Password = SecretReference.Literal(password),
    });

    /// <summary>Makes and starts one with the server programs of a folder.</summary>
    /// <exception cref="OpsException"><c>DrillServerFailed</c>, <c>DrillFolderNotOurs</c>.</exception>
    public static async Task<TemporaryCluster> StartAsync(OpsContext context, string bin, CancellationToken ct)
    {
        TemporaryCluster cluster = await PlaceAsync(context, bin, ct).ConfigureAwait(false);
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
            // In a sandbox its first process takes all others along.
            if (_sandbox.Fault is null) postmaster.Kill();
            else kill(postmaster.Id, Quit);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            try { await postmaster.WaitAsync(patience.Token).ConfigureAwait(false); }
            catch (Exception e) when (e is OpsException or OperationCanceledException) { /* how it ends does not matter any more */ }
            await postmaster.DisposeAsync().ConfigureAwait(false);
        }
        _folder.Delete();
    }

    private static async Task<TemporaryCluster> PlaceAsync(OpsContext context, string bin, CancellationToken ct)
    {
        DrillFolder folder = DrillFolder.Create(DrillFolder.Base(context), DrillAccount.Choose(unnamed: true));
        DrillSandbox sandbox;
        try { sandbox = await DrillSandbox.PrepareAsync(folder, bin, ct).ConfigureAwait(false); }
        catch
        {
            folder.Delete();
            throw;
        }
        if (sandbox.Fault is null || !FileFacts.IsRoot) return new TemporaryCluster(folder, sandbox);
        // Another account cannot get into the state folder, which is root's alone.
        folder.Delete();
        DrillFolder shared = DrillFolder.Create(DrillFolder.Shared, DrillAccount.Choose(unnamed: false));
        return new TemporaryCluster(shared, DrillSandbox.None(shared, bin, sandbox.Fault));
    }

    private async Task InitializeAsync(string bin, CancellationToken ct)
    {
        _folder.Write("password", _password);
        await ProgramRunner.RunAsync(_sandbox.Call(Path.Combine(bin, "initdb"), $"--pgdata={_sandbox.Home}/data", "--username=" + _user,
            "--auth=scram-sha-256", $"--pwfile={_sandbox.Home}/password", "--encoding=UTF8", "--locale=C", "--no-sync"), null, ct).ConfigureAwait(false);
        File.Delete(Path.Combine(_folder.Work, "password"));
    }

    private async Task LaunchAsync(string bin, CancellationToken ct)
    {
        // The socket lies in the folder above the data, by a relative path: one that is long would not do.
        string[] settings = ["listen_addresses=", "unix_socket_directories=..", "unix_socket_permissions=0700", .. DrillServer.Settings];
        _postmaster = ProgramRunner.Start(_sandbox.Call(Path.Combine(bin, "postgres"), ["-D", _sandbox.Home + "/data", .. settings.SelectMany(s => new[] { "-c", s })]));
        _folder.Remember(_postmaster.Id);
        _ = _postmaster.Output.CopyToAsync(Stream.Null, CancellationToken.None);
        Server = As(_user, _password);
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
                    "Mend what the server reports, for example the free space of the state folder.", _folder.Path, e);
            }
        }
    }

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);
}
