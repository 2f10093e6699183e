using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>
/// A real systemd with its journal, in a container of the tests' engine with nothing of this machine's files in it: systemd at the root of
/// a machine cleans folders and sets the kernel up. The programs systemctl and journalctl that are found first on PATH are those inside.
/// </summary>
public sealed class SystemdLab : IAsyncDisposable
{
    private const string Image = "ops-test-systemd:latest";

    private static readonly SemaphoreSlim Building = new(1);
    private readonly string _path = Environment.GetEnvironmentVariable("PATH")!;
    private string _container = "";

    public string Folder { get; } = Directory.CreateTempSubdirectory("ops-systemd-").FullName;

    /// <summary>Starts it, with units: the name of a file, and what it holds.</summary>
    public static async Task<SystemdLab> StartAsync(params (string Name, string Text)[] units)
    {
        var lab = new SystemdLab();
        await lab.BuildAsync();
        string[] mounts = [.. units.SelectMany(u => new[] { "-v", $"{lab.Write(u.Name, u.Text)}:/etc/systemd/system/{u.Name}:ro" })];
        lab._container = (await DockerFixture.DockerAsync(["run", "-d", "--network", "none", "--cgroupns", "private", "--cap-add", "SYS_ADMIN", "--stop-signal", "SIGRTMIN+3",
            "--tmpfs", "/run", "--tmpfs", "/tmp", .. mounts, Image])).Trim();
        foreach (string program in (string[])["systemctl", "journalctl"])
        {
            string file = lab.Write(program, $"#!/bin/sh\nexec docker exec -i -e TZ -e LC_ALL {lab._container} {program} \"$@\"\n");
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        Environment.SetEnvironmentVariable("PATH", lab.Folder + ":" + lab._path);
        for (int attempt = 0; ; attempt++)
        {
            try { await lab.SystemctlAsync("is-system-running", "--wait"); return lab; }
            catch (OpsException) when (attempt < 100) { await Task.Delay(50); }
        }
    }

    public Task<string> SystemctlAsync(params string[] arguments) => InsideAsync(["systemctl", .. arguments]);

    public Task<string> InsideAsync(params string[] command) => DockerFixture.DockerAsync(["exec", _container, .. command]);

    /// <summary>An environment on this host.</summary>
    public OpsContext Context(IOpsReporter reporter, params ServiceSettings[] services) => OpsContextFactory.Create(new OpsEnvironment
    {
        Name = "lab", Directory = Folder, StateDirectory = Path.Combine(Folder, ".ops"), Services = services.ToDictionary(s => s.Name),
    }, reporter);

    /// <summary>Looks at a service until it is as expected.</summary>
    public static async Task<ServiceRecord> UntilAsync(IServicePlatform platform, string service, Func<ServiceRecord, bool> asExpected)
    {
        for (int attempt = 0; ; attempt++)
        {
            ServiceRecord found = (await platform.ListAsync([service], default)).Single();
            if (asExpected(found)) return found;
            if (attempt == 200) throw new InvalidOperationException($"{found.State}: {string.Join(", ", found.Instances.Select(i => $"{i} {i.State} {i.Reason} {i.ExitCode} {i.Restarts}"))}");
            await Task.Delay(50);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Environment.SetEnvironmentVariable("PATH", _path);
        await DockerFixture.DockerAsync("rm", "-f", _container);
        Directory.Delete(Folder, recursive: true);
    }

    private string Write(string name, string text)
    {
        string file = Path.Combine(Folder, name);
        File.WriteAllText(file, text);
        return file;
    }

    /// <summary>An image of this machine's systemd, busybox, and the few units that a start needs; not of those that change a machine.</summary>
    private async Task BuildAsync()
    {
        await Building.WaitAsync();
        try
        {
            if ((await DockerFixture.DockerAsync("images", "-q", Image)).Length > 0) return;
            string root = Path.Combine(Folder, "image"), archive = Path.Combine(Folder, "image.tar");
            string script = Write("build.sh", $"""
                set -e
                units=/usr/lib/systemd/system
                mkdir -p {root}/bin {root}/etc/systemd/system {root}/usr/bin {root}$units/sysinit.target.wants {root}/var/log/journal {root}/run {root}/tmp {root}/root && cd {root}
                cp /bin/busybox bin/ && for a in sh cat sleep echo kill mount true false tail id; do ln -s busybox bin/$a; done
                cp /usr/bin/systemctl /usr/bin/journalctl usr/bin/
                cp /usr/lib/systemd/systemd /usr/lib/systemd/systemd-journald usr/lib/systemd/
                for u in basic sysinit shutdown umount final local-fs local-fs-pre swap sockets timers paths slices multi-user; do cp $units/$u.target .$units/; done
                cp $units/systemd-journald.service $units/systemd-journald.socket $units/systemd-journald-dev-log.socket .$units/
                ln -s ../systemd-journald.service .$units/sysinit.target.wants/
                ln -s usr/lib lib
                for f in usr/bin/* usr/lib/systemd/systemd usr/lib/systemd/systemd-journald; do ldd $f; done | grep -oE '/[^ ]+\.so[^ ]*' | sort -u | while read -r l; do mkdir -p .$(dirname $l); cp -L $l .$l; done
                # These are opened by name when they are needed.
                for l in $(ldconfig -p | grep -oE '/[^ ]+/lib(lz4|zstd|lzma|gcrypt|mount|blkid)\.so\.[0-9]+$'); do mkdir -p .$(dirname $l); cp -L $l .$l; done
                ln -s /bin/busybox usr/bin/printf
                printf 'root:x:0:0:root:/root:/bin/sh\n' > etc/passwd; printf 'root:x:0:\nsystemd-journal:x:101:\n' > etc/group
                echo 0123456789abcdef0123456789abcdef > etc/machine-id
                cat > start.sh <<'START'
                #!/bin/sh
                # The engine gives control groups that can only be read; systemd makes its own below this container's.
                for c in /sys/fs/cgroup /sys/fs/cgroup/*; do mount -o remount,bind,rw "$c" 2>/dev/null; done
                exec /usr/lib/systemd/systemd --system --unit=multi-user.target --log-target=journal --show-status=no
                START
                chmod +x start.sh
                tar -cf {archive} .
                """);
            await ProgramRunner.RunAsync(new ProgramCall("sh", script), null, default);
            await DockerFixture.DockerAsync("import", "--change", "ENV PATH=/usr/bin:/bin container=docker", "--change", "ENTRYPOINT [\"/start.sh\"]", archive, Image);
            Directory.Delete(root, recursive: true);
            File.Delete(archive);
        }
        finally { Building.Release(); }
    }
}
