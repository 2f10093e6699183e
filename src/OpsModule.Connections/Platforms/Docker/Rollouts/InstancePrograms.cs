using System.Text;
using Docker.DotNet;
using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Connections.Platforms.Docker.Rollouts;

/// <summary>Runs programs in containers, and reads what containers say.</summary>
internal sealed class InstancePrograms(DockerEngine engine, InstanceReader reader, IOpsReporter reporter)
{
    /// <summary>What a program is known by that could not be run.</summary>
    private static readonly string[] NotRun = ["ProgramMissing", "ProgramRefused", "ContainerBusy", "ContainerNotFound", "EngineRefused"];

    private const int MostBytes = 4096, LongestLine = 300, LeastSecret = 6;

    /// <summary>Runs the health check of a container, for as long as it may take.</summary>
    public async Task<InstanceAnswer> AskAsync(InstanceFacts instance, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(instance.HealthTimeout);
        try { return await RunAsync(instance.Instance, new ExecuteRequest(instance.HealthTest), instance.Variables, limit.Token).ConfigureAwait(false); }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested) { return new InstanceAnswer(null,
            $"no answer within {DurationText.Show(instance.HealthTimeout)}") { IsLate = true }; }
        catch (OpsException e) when (NotRun.Contains(e.ErrorId)) { return new InstanceAnswer(null, Masked(e.Message, instance.Variables)); }
    }

    /// <summary>Runs what goes with the life of a container. One that fails, or does not end in its time, keeps nothing: the container
    /// ends all the same, as with Compose.</summary>
    public async Task RunHookAsync(InstanceFacts instance, InstanceHook hook, string kind, TimeSpan most, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(most);
        try
        {
            InstanceAnswer answer = await RunAsync(instance.Instance,
                new ExecuteRequest(hook.Command, User: hook.User, WorkingDirectory: hook.WorkingDirectory, Variables: hook.Variables),
                instance.Variables, limit.Token).ConfigureAwait(false);
            if (!answer.IsWell) reporter.Warning($"{kind} of {instance} ended with exit code {answer.ExitCode}.");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            reporter.Warning($"{kind} of {instance} has not ended after {DurationText.Show(most)}, and is waited for no longer.");
        }
        catch (OpsException e) when (NotRun.Contains(e.ErrorId))
        {
            reporter.Warning($"{kind} of {instance} could not be run: {Masked(e.Message, instance.Variables)}");
        }
    }

    /// <summary>The last lines of a container's output. The values of its variables that are none of its image's are left out.</summary>
    public async Task<IReadOnlyList<string>> ReadTailAsync(string id, int lines, CancellationToken ct)
    {
        if (await reader.InspectAsync(id, ct).ConfigureAwait(false) is not { } container) return [];
        var which = new ContainerLogsParameters { ShowStdout = true, ShowStderr = true,
            Tail = lines.ToString(System.Globalization.CultureInfo.InvariantCulture) };
        var said = new MemoryStream();
        try
        {
            using MultiplexedStream stream = await engine.CallAsync("a log", (client, token) =>
                client.Containers.GetContainerLogsAsync(id, which, token), ct).ConfigureAwait(false);
            await DockerOutput.ReadAsync(stream, id, (_, bytes) => { said.Write(bytes.Span); return ValueTask.CompletedTask; },
                ct).ConfigureAwait(false);
        }
        catch (OpsException) { return []; /* a log driver that cannot be read: then without */ }
        string text = Masked(Encoding.UTF8.GetString(said.ToArray()), InstanceReader.Variables(container.Config?.Env));
        return [.. text.Split('\n').Select(l => l.TrimEnd('\r')).Where(l => l.Length > 0).TakeLast(lines).Select(l =>
            l.Length > LongestLine ? l[..LongestLine] + "..." : l)];
    }

    /// <summary>A text without the values of variables, which may be secrets.</summary>
    internal static string Masked(string text, IReadOnlyDictionary<string, string> variables)
    {
        foreach (string secret in variables.Values.Where(v => v.Length >= LeastSecret).OrderByDescending(v => v.Length))
            text = text.Replace(secret, "***", StringComparison.Ordinal);
        return text;
    }

    private async Task<InstanceAnswer> RunAsync(ServiceInstance instance, ExecuteRequest request,
        IReadOnlyDictionary<string, string> variables, CancellationToken ct)
    {
        var said = new MemoryStream();
        int code = await new DockerExec(engine, instance, request, (_, bytes) =>
        {
            if (said.Length < MostBytes) said.Write(bytes.Span);
            return ValueTask.CompletedTask;
        }).RunAsync(ct).ConfigureAwait(false);
        string words = string.Join(' ',
            Masked(Encoding.UTF8.GetString(said.ToArray()), variables).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return new InstanceAnswer(code, words.Length > LongestLine ? words[..LongestLine] + "..." : words);
    }
}
