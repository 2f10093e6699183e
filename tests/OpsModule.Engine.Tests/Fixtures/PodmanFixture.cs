using System.Diagnostics;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Docker;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>Podman's service, which speaks as a Docker engine does, in a temporary folder. Its containers have no network.</summary>
public sealed class PodmanFixture : IAsyncLifetime
{
    private const string Image = "ops-test-box:latest";

    private Process? _service;

    private string Folder { get; } = Directory.CreateTempSubdirectory("ops-podman-").FullName;

    private string Socket => Path.Combine(Folder, "podman.sock");

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(Folder, "containers.conf"), "[engine]\ncgroup_manager = \"cgroupfs\"\nevents_logger = \"file\"\n[containers]\ndefault_ulimits = []\n");
        await File.WriteAllTextAsync(Path.Combine(Folder, "storage.conf"), $"[storage]\ndriver = \"vfs\"\ngraphroot = \"{Folder}/root\"\nrunroot = \"{Folder}/run\"\n");
        var info = new ProcessStartInfo("podman") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in (string[])["system", "service", "-t", "0", "unix://" + Socket]) info.ArgumentList.Add(argument);
        info.Environment["CONTAINERS_CONF"] = Path.Combine(Folder, "containers.conf");
        info.Environment["CONTAINERS_STORAGE_CONF"] = Path.Combine(Folder, "storage.conf");
        _service = Process.Start(info)!;
        _service.ErrorDataReceived += (_, _) => { };
        _service.OutputDataReceived += (_, _) => { };
        _service.BeginErrorReadLine();
        _service.BeginOutputReadLine();
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await DockerAsync("version");
                break;
            }
            catch (OpsException) when (attempt < 300 && !_service.HasExited) { await Task.Delay(100); }
        }
        string root = Path.Combine(Folder, "image", "bin");
        Directory.CreateDirectory(root);
        File.Copy("/bin/busybox", Path.Combine(root, "busybox"));
        foreach (string program in new[] { "sh", "sleep", "echo" }) File.CreateSymbolicLink(Path.Combine(root, program), "busybox");
        await ProgramRunner.RunAsync(new ProgramCall("tar", ["-C", Path.Combine(Folder, "image"), "-cf", Path.Combine(Folder, "image.tar"), "."]), null, default);
        await DockerAsync("import", Path.Combine(Folder, "image.tar"), Image);
    }

    public async Task DisposeAsync()
    {
        foreach (string id in (await DockerAsync("ps", "-aq")).Split('\n', StringSplitOptions.RemoveEmptyEntries)) await DockerAsync("rm", "-f", id);
        Process.Start("kill", _service!.Id.ToString()).WaitForExit();
        await _service.WaitForExitAsync();
        try { Directory.Delete(Folder, recursive: true); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { /* a mount that lingers; the folder is temporary */ }
    }

    /// <summary>The services of a project there.</summary>
    public DockerPlatform Open(string project, TimeProvider? time = null) => new(new PlatformSetup
    {
        Options = new PlatformOptions { Kind = PlatformKind.Compose, Project = project }, Environment = "lab", Time = time ?? TimeProvider.System,
    }, new DockerEngine(DockerEndpoint.Find(name => name == "DOCKER_HOST" ? "unix://" + Socket : null)));

    /// <summary>Starts a container of a service, by the labels that compose would give it.</summary>
    public Task<string> RunAsync(string project, string service, string command, params string[] options) => DockerAsync(["run", "-d", "--network", "none",
        "--label", "com.docker.compose.project=" + project, "--label", "com.docker.compose.service=" + service, .. options, Image, "sh", "-c", command]);

    /// <summary>The docker client, which speaks to Podman.</summary>
    public Task<string> DockerAsync(params string[] words) => ProgramRunner.RunAsync(new ProgramCall("docker", ["-H", "unix://" + Socket, .. words]), null, default);
}
