using System.Diagnostics;
using System.Security.Cryptography;
using Npgsql;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Platforms;
using OpsModule.Engine.Postgres;
using OpsModule.Engine.Processes;

namespace OpsModule.Engine.Recovery;

/// <summary>
/// A PostgreSQL of its own in a container, reachable on this machine's loopback only, with a password that nobody else is told. It lives as
/// long as its standard input, which ends with our process however that ends; what is left all the same is found by its label.
/// </summary>
internal sealed class ContainerCluster : IDrillServer
{
    private const string User = "ops_drill", Password = "OPS_DRILL_PASSWORD";
    private const int Port = 5432;

    /// <summary>Says whose a container is: its value is the owner file of the drill.</summary>
    internal const string OwnerLabel = "opsmodule.drill";

    /// <summary>Says which machine the owner file is on, for engines that several machines share.</summary>
    internal const string HostLabel = "opsmodule.drill.host";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(120), StopTimeout = TimeSpan.FromSeconds(30);

    // It makes its own cluster instead of using what the image does at its start, which differs from image to image.
    private static readonly string Script = $"""
        set -e; umask 077; home=/tmp/ops-drill; mkdir $home
        printf %s "${Password}" > $home/password; unset {Password}
        initdb --pgdata=$home/data --username={User} --auth=scram-sha-256 --pwfile=$home/password --encoding=UTF8 --locale=C --no-sync > $home/log 2>&1 || {"{"} cat $home/log >&2; exit 1; {"}"}
        rm $home/password; echo 'host all all all scram-sha-256' >> $home/data/pg_hba.conf
        exec 3<&0
        postgres -D $home/data -c 'listen_addresses=*' -c port={Port} -c unix_socket_directories=$home {string.Join(' ', DrillServer.Settings.Select(s => "-c " + s))} &
        server=$!
        {"{"} cat <&3 > /dev/null; kill -QUIT $server; {"}"} &
        wait $server
        """;

    private readonly DrillFolder _folder;
    private readonly string _image, _name;
    private RunningProgram? _run;

    private ContainerCluster(DrillFolder folder, string image) => (_folder, _image, _name) = (folder, image, Path.GetFileName(folder.Path));

    /// <inheritdoc/>
    public PostgresServer Server { get; private set; } = null!;

    /// <inheritdoc/>
    public string Where => $"container {_name} of image {_image} on {Environment.MachineName}";

    /// <summary>Makes and starts one, after removing those whose process is gone.</summary>
    /// <exception cref="OpsException"><c>DrillServerFailed</c>, <c>ServerTooOld</c>.</exception>
    public static async Task<ContainerCluster> StartAsync(string image, int major, CancellationToken ct)
    {
        var cluster = new ContainerCluster(DrillFolder.Create(), image);
        try
        {
            await RemoveStaleAsync(ct).ConfigureAwait(false);
            await cluster.LaunchAsync(major, ct).ConfigureAwait(false);
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
        if (_run is not null)
        {
            using var patience = new CancellationTokenSource(StopTimeout);
            try
            {
                // Removed while it runs, so that it is gone on return. When it was only being made, it may come into being after that.
                await RemoveAsync(_name, patience.Token).ConfigureAwait(false);
                await _run.DisposeAsync().ConfigureAwait(false);
                await RemoveAsync(_name, patience.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) { /* the engine does not answer; the next drill removes it */ }
            await _run.DisposeAsync().ConfigureAwait(false);
        }
        _folder.Delete();
    }

    private async Task LaunchAsync(int major, CancellationToken ct)
    {
        string password = RandomNumberGenerator.GetHexString(32);
        _run = ProgramRunner.Start(new ProgramCall("docker", "run", "--rm", "-i", "--pull", "never", "--name", _name,
            "--label", $"{OwnerLabel}={_folder.OwnerPath}", "--label", $"{HostLabel}={Environment.MachineName}",
            "--user", "postgres", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--shm-size", "1g", "--entrypoint", "sh",
            "-e", Password, "-p", $"127.0.0.1::{Port}", _image, "-c", Script)
        {
            Environment = new Dictionary<string, string?> { [Password] = password },
            Secrets = [password],
        });
        _ = _run.Output.CopyToAsync(Stream.Null, CancellationToken.None);
        var settings = new DatabaseSettings { Name = "drill", Database = "postgres", User = User, Port = Port, Password = SecretReference.Literal(password) };
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                Server = PostgresServer.Inside(await ComposeContainers.InspectAsync(_name, _name, Port, ct).ConfigureAwait(false), settings);
                await using NpgsqlConnection connection = await Server.ConnectAsync(ct).ConfigureAwait(false);
                if (connection.PostgreSqlVersion.Major >= major) return;
                throw new OpsException("ServerTooOld", OpsErrorCategory.InvalidOperation, $"The image {_image} is PostgreSQL {connection.PostgreSqlVersion}; the backup is of version {major}.",
                    $"Install PostgreSQL {major} on this machine (Debian: apt-get install postgresql-{major}); it need not run.", _image);
            }
            catch (OpsException e) when (e.ErrorId != "ServerTooOld" && !_run.HasEnded && Stopwatch.GetElapsedTime(start) < StartTimeout)
            {
                await Task.Delay(100, ct).ConfigureAwait(false);
            }
            catch (OpsException e) when (e.ErrorId != "ServerTooOld")
            {
                throw new OpsException("DrillServerFailed", OpsErrorCategory.ResourceUnavailable,
                    $"A temporary PostgreSQL in a container of {_image} did not start: {(_run.ErrorTail is { Length: > 0 } tail ? tail : e.Message)}",
                    $"Mend what is reported, or install PostgreSQL {major} on this machine (Debian: apt-get install postgresql-{major}); it need not run.", _image, e);
            }
        }
    }

    /// <summary>Removes containers of drills on this machine whose process is gone.</summary>
    private static async Task RemoveStaleAsync(CancellationToken ct)
    {
        var list = new ProgramCall("docker", "ps", "-a", "--no-trunc", "--filter", $"label={HostLabel}={Environment.MachineName}", "--format", $"{"{{"}.ID{"}}"} {"{{"}.Label \"{OwnerLabel}\"{"}}"}");
        foreach (string line in (await ProgramRunner.RunAsync(list, null, ct).ConfigureAwait(false)).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            if (line.Split(' ', 2) is [var id, var owner] && DrillFolder.IsAbandoned(owner)) await RemoveAsync(id, ct).ConfigureAwait(false);
    }

    private static async Task RemoveAsync(string container, CancellationToken ct)
    {
        try { await ProgramRunner.RunAsync(new ProgramCall("docker", "rm", "-f", "-v", container), null, ct).ConfigureAwait(false); }
        catch (OpsException) { /* it has gone by itself */ }
    }
}
