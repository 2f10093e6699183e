using System.Text;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>An environment that is a compose project of its own, for one test.</summary>
public sealed class ServiceLab : IDisposable
{
    public string Project { get; }

    public string Folder { get; }

    public RecordingReporter Reporter { get; } = new();

    public OpsContext Context { get; }

    public IServicePlatform Platform { get; }

    public ServiceLab(string? composeFile = null, IOpsReporter? reporter = null)
    {
        (Folder, Project) = (Directory.CreateTempSubdirectory("ops-services-").FullName, "p" + Guid.NewGuid().ToString("N")[..10]);
        string file = Path.Combine(Folder, "compose.yaml");
        if (composeFile is not null) File.WriteAllText(file, composeFile);
        Context = OpsContextFactory.Create(new OpsEnvironment
        {
            Name = "lab", Directory = Folder, StateDirectory = Path.Combine(Folder, ".ops"),
            Platform = new PlatformOptions { Kind = PlatformKind.Compose, Project = Project, ComposeFile = file },
        }, reporter ?? Reporter);
        Platform = ServicePlatforms.Open(Context);
    }

    /// <summary>Starts a container of a service.</summary>
    public Task<string> RunAsync(string service, string command, params string[] options) => DockerFixture.RunAsync(Project, service, command, options);

    public async Task<ServiceRecord> FindAsync(string service) => (await Platform.ListAsync([service], default)).Single();

    public async Task<ServiceRecord> RunAndFindAsync(string service, string command, params string[] options)
    {
        await RunAsync(service, command, options);
        return await FindAsync(service);
    }

    /// <summary>Runs a shell command in an instance; what it said comes back whole.</summary>
    public async Task<(int ExitCode, string Output, string Errors)> ExecAsync(ServiceInstance instance, string command, string? input = null, Func<ExecuteRequest, ExecuteRequest>? request = null)
    {
        var said = new Dictionary<bool, MemoryStream> { [false] = new(), [true] = new() };
        var asked = new ExecuteRequest(["sh", "-c", command], Input: input is null ? null : new MemoryStream(Encoding.UTF8.GetBytes(input)));
        int code = await Platform.ExecuteAsync(instance, request?.Invoke(asked) ?? asked, (error, bytes) =>
        {
            said[error].Write(bytes.Span);
            return ValueTask.CompletedTask;
        }, default);
        return (code, Encoding.UTF8.GetString(said[false].ToArray()), Encoding.UTF8.GetString(said[true].ToArray()));
    }

    /// <summary>Looks at a service until it is as expected; the test's own time limit is the runner's.</summary>
    public async Task<ServiceRecord> UntilAsync(string service, Func<ServiceRecord, bool> asExpected)
    {
        for (int attempt = 0; ; attempt++)
        {
            ServiceRecord found = await FindAsync(service);
            if (asExpected(found)) return found;
            if (attempt == 600) throw new InvalidOperationException($"{found.State}: {string.Join(", ", found.Instances.Select(i => $"{i.State} {i.Health} {i.ExitCode} {i.Restarts} {i.OutOfMemory}"))}");
            await Task.Delay(50);
        }
    }

    public async Task<string> LogAsync(ServiceInstance instance, LogRequest request, CancellationToken ct = default)
    {
        var text = new MemoryStream();
        await Platform.ReadLogAsync(instance, request, (error, bytes) =>
        {
            text.Write(bytes.Span);
            return ValueTask.CompletedTask;
        }, ct);
        return Encoding.UTF8.GetString(text.ToArray());
    }

    public void Dispose()
    {
        Platform.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
