using System.Diagnostics;
using System.Security.Cryptography;
using Npgsql;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Docker;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Areas.Recovery.Drills;

/// <summary>
/// A PostgreSQL of its own in a container without privileges, with a password that nobody else is told. Where the engine is this machine's
/// own it has no network and a file system that cannot be written to: it is reached by a socket in a folder that both see. Else it is
/// reachable on loopback only. It lives as long as its standard input, which ends with our process however that ends; what is left all the
/// same is found by its label.
/// </summary>
internal sealed class ContainerCluster : IDrillServer
{
    private const string Password = "OPS_DRILL_PASSWORD", Home = "/w";
    private const int Port = 5432;

    /// <summary>Says whose a container is: its value is the owner file of the drill.</summary>
    internal const string OwnerLabel = "opsmodule.drill";

    /// <summary>Says which machine the owner file is on, for engines that several machines share.</summary>
    internal const string HostLabel = "opsmodule.drill.host";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(120), StopTimeout = TimeSpan.FromSeconds(30);

    // It makes its own cluster instead of using what the image does at its start, which differs from image to image.
    private static readonly string Script = $"""
        set -e; umask 077; home=$1; user=$2; listen=$3; socket=$4; mkdir $home
        printf %s "${Password}" > $home/password; unset {Password}
        initdb --pgdata=$home/data --username=$user --auth=scram-sha-256 --pwfile=$home/password --encoding=UTF8 --locale=C --no-sync > $home/log 2>&1 || {"{"} cat $home/log >&2; exit 1; {"}"}
        rm $home/password; echo 'host all all all scram-sha-256' >> $home/data/pg_hba.conf
        exec 3<&0
        postgres -D $home/data -c "listen_addresses=$listen" -c port={Port} -c unix_socket_directories=$socket {string.Join(' ', DrillServer.Settings.Select(s => "-c " + s))} &
        server=$!
        {"{"} cat <&3 > /dev/null; kill -QUIT $server; {"}"} &
        wait $server
        """;

    private readonly DrillFolder _folder;
    private readonly string _image, _name, _user = DrillServer.NewName("ops_drill"), _password = RandomNumberGenerator.GetHexString(32);
    private ServerPlace? _address;
    private string? _open;
    private RunningProgram? _run;

    private ContainerCluster(DrillFolder folder, string image) => (_folder, _image, _name) = (folder, image, Path.GetFileName(folder.Path));

    /// <inheritdoc/>
    public PostgresServer Server { get; private set; } = null!;

    /// <inheritdoc/>
    public string Where => $"container {_name} of image {_image} on {Environment.MachineName}";

    /// <inheritdoc/>
    public string RanAs => _open is null
        ? $"uid {_folder.Account?.Uid ?? FileFacts.Self}, in a container without network, privileges and a file system to write to"
        : "the image's postgres, in a container without privileges";

    /// <inheritdoc/>
    public string? NotIsolated => _open is null ? null : $"it could reach the network: {_open}";

    /// <inheritdoc/>
    public PostgresServer As(string user, string password) => PostgresServer.Inside(_address!, new PostgresOptions
    {
        Name = "drill", Database = "postgres", User = user, Port = Port, Password = SecretReference.Literal(password),
    });

    /// <summary>Makes and starts one, after removing those whose process is gone.</summary>
    /// <exception cref="OpsException"><c>DrillServerFailed</c>, <c>ServerTooOld</c>.</exception>
    public static async Task<ContainerCluster> StartAsync(OpsContext context, string image, int major, CancellationToken ct)
    {
        var cluster = new ContainerCluster(DrillFolder.Create(DrillFolder.Base(context), DrillAccount.Choose(unnamed: true)), image);
        try
        {
            await RemoveStaleAsync(ct).ConfigureAwait(false);
            cluster._open = await WhyNotApartAsync(cluster._folder, ct).ConfigureAwait(false);
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
        _run = ProgramRunner.Start(new ProgramCall("docker", ["run", "--rm", "-i", "--pull", "never", "--name", _name,
            "--label", $"{OwnerLabel}={_folder.OwnerPath}", "--label", $"{HostLabel}={Environment.MachineName}",
            "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--shm-size", "1g", "--entrypoint", "sh", "-e", Password, .. _open is null ? Apart() : OnLoopback()])
        {
            Environment = new Dictionary<string, string?> { [Password] = _password },
            Secrets = [_password],
        });
        _ = _run.Output.CopyToAsync(Stream.Null, CancellationToken.None);
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                _address = _open is null ? new ServerPlace(_name, _folder.SocketFolder, Port, call => DockerExec.Call(_name, call))
                    : await ComposeContainers.PlaceAsync(_name, Port, ct).ConfigureAwait(false);
                Server = As(_user, _password);
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

    /// <summary>Its folder is ours, and it is who the folder belongs to; images know no such user, so it is given a list of users.</summary>
    private string[] Apart()
    {
        string who = $"{_folder.Account?.Uid ?? FileFacts.Self}:{_folder.Account?.Gid ?? FileFacts.SelfGroup}";
        _folder.Write("passwd", $"ops-drill:x:{who}::{Home}:/bin/false\n");
        return ["--user", who, "--network", "none", "--read-only", "--tmpfs", "/tmp:mode=1777", "-v", $"{_folder.Work}:{Home}:Z", "-v", $"{Path.Combine(_folder.Work, "passwd")}:/etc/passwd:ro,Z",
            _image, "-c", Script, "sh", Home + "/cluster", _user, "127.0.0.1", Home];
    }

    private string[] OnLoopback() => ["--user", "postgres", "-p", $"127.0.0.1::{Port}", _image, "-c", Script, "sh", "/tmp/ops-drill", _user, "*", "/tmp/ops-drill"];

    /// <summary>Why a container cannot be reached by a folder of ours; null when it can.</summary>
    private static async Task<string?> WhyNotApartAsync(DrillFolder folder, CancellationToken ct)
    {
        if (folder.Work.Contains(':')) return $"the path of {folder.Work} cannot be given to a container";
        string[] host = (await ProgramRunner.RunAsync(new ProgramCall("docker", "info", "--format", "{{.Name}}\n{{.OperatingSystem}}\n{{.SecurityOptions}}"), null, ct).ConfigureAwait(false)).Split('\n');
        if (host[0].Trim() != Environment.MachineName || host.Any(l => l.Contains("Docker Desktop", StringComparison.Ordinal))) return "the container engine is not this machine's own";
        return host.Any(l => l.Contains("name=rootless", StringComparison.Ordinal) || l.Contains("name=userns", StringComparison.Ordinal)) ? "the container engine has users of its own" : null;
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
