using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using OpsModule.Connections.Postgres;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Fixtures;

[CollectionDefinition(Name)]
public sealed class DockerCollection : ICollectionFixture<DockerFixture>
{
    public const string Name = "Docker";
}

/// <summary>
/// A Docker engine of the tests' own (its own data folder and socket), and an image with this host's PostgreSQL in it, put together from
/// the installed files, so that no network is needed.
/// </summary>
public sealed class DockerFixture : IAsyncLifetime
{
    public const string Image = "ops-test-postgres:latest";
    public const string Password = "container-secret-3Kd";

    /// <summary>Computes for some seconds of a core and ends by itself: one that was forgotten must not take a core from all other tests.</summary>
    public const string Busy = "i=0; while [ $i -lt 8000000 ]; do i=$((i+1)); done; " + Stay;

    /// <summary>A command that stays until it is asked to end, and ends then.</summary>
    public const string Stay = "trap 'exit 0' TERM; sleep 3600 & wait";

    private Process? _engine;

    public string Folder { get; } = Directory.CreateTempSubdirectory("ops-docker-").FullName;

    /// <summary>Where the engine listens with TLS, beside its socket.</summary>
    public string TlsHost { get; private set; } = "";

    /// <summary>The folder with ca.pem, cert.pem and key.pem that the engine takes over TLS.</summary>
    public string Certificates => Path.Combine(Folder, "certificates");

    public async Task InitializeAsync()
    {
        string socket = Path.Combine(Folder, "docker.sock");
        WriteCertificates();
        TlsHost = $"tcp://127.0.0.1:{FreePorts.Take()}";
        string[] network = (await NetworkAsync("prepare", Folder, Environment.ProcessId.ToString())).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var info = new ProcessStartInfo("dockerd") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in (string[])[.. network, "--data-root", Path.Combine(Folder, "data"), "--exec-root", Path.Combine(Folder, "exec"),
                     "--host", "unix://" + socket, "--pidfile", Path.Combine(Folder, "pid"),
                     "--host", TlsHost, "--tlsverify", "--tlscacert", Path.Combine(Certificates, "ca.pem"), "--tlscert", Path.Combine(Certificates, "server.pem"),
                     "--tlskey", Path.Combine(Certificates, "server-key.pem")]) info.ArgumentList.Add(argument);
        _engine = Process.Start(info)!;
        _engine.ErrorDataReceived += (_, _) => { };
        _engine.OutputDataReceived += (_, _) => { };
        _engine.BeginErrorReadLine();
        _engine.BeginOutputReadLine();
        // The program under test finds the engine as a person's shell would.
        Environment.SetEnvironmentVariable("DOCKER_HOST", "unix://" + socket);
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await DockerAsync("info");
                break;
            }
            catch (OpsException) when (attempt < 300 && !_engine.HasExited)
            {
                await Task.Delay(100);
            }
        }
        await BuildImageAsync();
    }

    public async Task DisposeAsync()
    {
        foreach (string id in (await DockerAsync("ps", "-aq")).Split('\n', StringSplitOptions.RemoveEmptyEntries)) await DockerAsync("rm", "-f", "-v", id);
        Process.Start("kill", _engine!.Id.ToString()).WaitForExit();
        await _engine.WaitForExitAsync();
        await NetworkAsync("remove", Folder);
        Environment.SetEnvironmentVariable("DOCKER_HOST", null);
        try { Directory.Delete(Folder, recursive: true); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { /* a mount that lingers; the folder is temporary */ }
    }

    /// <summary>Runs PostgreSQL as a service of a compose project, by the labels that compose would give it.</summary>
    public async Task<string> RunPostgresAsync(string project, string service, bool publish, string oneOff = "False")
    {
        string[] ports = publish ? ["-p", "127.0.0.1::5432"] : [];
        string id = (await DockerAsync(["run", "-d", "--label", "com.docker.compose.project=" + project, "--label", "com.docker.compose.service=" + service,
            "--label", "com.docker.compose.oneoff=" + oneOff,
            .. ports, Image, "sh", "/start.sh"])).Trim();
        for (int attempt = 0; attempt < 300; attempt++)
        {
            // The first start is initdb's; the server that stays listens on TCP.
            try { await DockerAsync("exec", "-e", "PGPASSWORD=" + Password, id, "psql", "-h", "127.0.0.1", "-U", "postgres", "-c", "SELECT 1"); return id; }
            catch (OpsException) { await Task.Delay(100); }
        }
        throw new InvalidOperationException(await DockerAsync("logs", id));
    }

    /// <summary>Runs a shell command as a container of a service, by the labels that compose would give it.</summary>
    public static async Task<string> RunAsync(string project, string service, string command, params string[] options) =>
        (await DockerAsync(["run", "-d", "--label", "com.docker.compose.project=" + project, "--label", "com.docker.compose.service=" + service,
            "--label", "com.docker.compose.oneoff=False", "--stop-timeout", "1", .. options, Image, "sh", "-c", command])).Trim();

    public static Task<string> DockerAsync(params string[] arguments) => ProgramRunner.RunAsync(new ProgramCall("docker", arguments), null, default);

    /// <summary>A bridge and addresses of its own; what an engine left that was killed with its tests goes on the way.</summary>
    private static Task<string> NetworkAsync(params string[] arguments) => ProgramRunner.RunAsync(new ProgramCall("bash", [Path.Combine(AppContext.BaseDirectory, "docker-engine.sh"), .. arguments]), null, default);

    private void WriteCertificates()
    {
        Directory.CreateDirectory(Certificates);
        using var authority = new TestAuthority();
        File.WriteAllText(Path.Combine(Certificates, "ca.pem"), authority.Pem);
        foreach ((string name, string prefix) in (ReadOnlySpan<(string, string)>)[("engine", "server"), ("client", "")])
        {
            using X509Certificate2 issued = authority.Issue(name, 90, IPAddress.Loopback);
            File.WriteAllText(Path.Combine(Certificates, prefix.Length > 0 ? prefix + ".pem" : "cert.pem"), issued.ExportCertificatePem());
            File.WriteAllText(Path.Combine(Certificates, prefix.Length > 0 ? prefix + "-key.pem" : "key.pem"), issued.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
        }
    }

    private async Task BuildImageAsync()
    {
        string bin = Path.GetDirectoryName(PostgresTools.Locate("postgres", 0))!, root = Path.Combine(Folder, "image"), archive = Path.Combine(Folder, "image.tar");
        await File.WriteAllTextAsync(Path.Combine(Folder, "build.sh"), $"""
            set -e
            lib={Path.GetDirectoryName(bin)}
            mkdir -p {root}/bin {root}/etc {root}/tmp {root}/var/lib {root}$lib && cd {root}
            cp /bin/busybox bin/ && for a in sh ls cat id chown mkdir sleep ps ln; do ln -s busybox bin/$a; done
            cp -a $lib/. .$lib/ && rm -rf .$lib/lib/bitcode
            share=/usr/share/postgresql/$(basename $lib) && mkdir -p .$share && cp -aL $share/. .$share/
            mkdir -p usr/share/zoneinfo && cp -aL /usr/share/zoneinfo/UTC /usr/share/zoneinfo/Etc usr/share/zoneinfo/
            for f in $lib/bin/* $lib/lib/*.so; do ldd $f 2>/dev/null || true; done | grep -oE '/[^ ]+\.so[^ ]*' | sort -u | while read -r l; do mkdir -p .$(dirname $l); cp -L $l .$l; done
            printf 'root:x:0:0:root:/:/bin/sh\npostgres:x:100:100::/var/lib:/bin/sh\n' > etc/passwd; printf 'root:x:0:\npostgres:x:100:\n' > etc/group; chmod 1777 tmp
            cat > start.sh <<'START'
            mkdir -p /var/lib/pg && chown postgres /var/lib/pg
            exec busybox su postgres -c "echo {Password} > /tmp/pw; initdb -D /var/lib/pg -U postgres -A scram-sha-256 --pwfile=/tmp/pw -E UTF8 --locale=C > /tmp/initdb.log && echo host all all all scram-sha-256 >> /var/lib/pg/pg_hba.conf && exec postgres -D /var/lib/pg -c listen_addresses=* -c unix_socket_directories=/tmp"
            START
            tar -cf {archive} .
            """);
        await ProgramRunner.RunAsync(new ProgramCall("sh", Path.Combine(Folder, "build.sh")), null, default);
        await DockerAsync("import", "--change", $"ENV PATH={bin}:/bin", archive, Image);
        Directory.Delete(root, recursive: true);
        File.Delete(archive);
    }
}
