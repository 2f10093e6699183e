using System.Text;
using System.Text.RegularExpressions;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Kubernetes.Asking;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Connections.Platforms.Kubernetes;

/// <summary>Runs one program in a pod's main container, beside what it runs anyway.</summary>
public sealed partial class PodExec(Kubectl kubectl, ServiceInstance instance, ExecuteRequest request, Func<bool, ReadOnlyMemory<byte>, ValueTask> sink)
{
    // One line for each variable, and an empty one behind them. The shell reads no byte more: what comes then is the program's.
    private const string TakeVariables = """while IFS= read -r line && [ -n "$line" ]; do export "$line"; done; exec "$@" """;

    private readonly SemaphoreSlim _turn = new(1);
    private string? _last;

    /// <summary>
    /// The call of a program that runs in a pod. kubectl has no way to give it variables but as arguments, which everybody can see: they
    /// come as the
    /// first lines of its input, and a shell in the container takes them from there.
    /// </summary>
    /// <exception cref="OpsException"><c>UserUnsupported</c>, <c>VariableUnsupported</c>.</exception>
    public static ProgramCall Call(Kubectl kubectl, ServiceInstance instance, ProgramCall call, ProgramSeat? seat = null)
    {
        if (seat?.User is not null) throw UserUnsupported(instance);
        string[] variables = [.. call.Environment.Where(v => v.Value is not null).Select(v => $"{v.Key}={v.Value}")];
        if (variables.Any(v => v.AsSpan().ContainsAny('\n', '\0')) || (variables.Length > 0 && seat?.Terminal is true))
            throw new OpsException("VariableUnsupported", OpsErrorCategory.InvalidArgument,
                "A variable for a program in a pod holds a line break, or the program has a terminal: it cannot be handed over.",
                "Take a value without a line break.", instance.Name);
        var arguments = new List<string> { "exec", instance.Name, "--container=" + instance.Containers.FirstOrDefault(), "--stdin" };
        if (seat?.Terminal is true) arguments.Add("--tty");
        arguments.Add("--");
        if (variables.Length > 0) arguments.AddRange(["sh", "-c", TakeVariables, "sh"]);
        if (call.WorkingDirectory is { } folder) arguments.AddRange(InFolder(folder));
        return kubectl.Call([.. arguments, call.FileName, .. call.Arguments]) with
        {
            Secrets = call.Secrets, OnErrorLine = call.OnErrorLine,
            Preface = variables.Length == 0 ? null : string.Join('\n', variables) + "\n\n",
        };
    }

    private static string[] InFolder(string folder) => ["sh", "-c", "cd -- \"$0\" && exec \"$@\"", folder];

    private static OpsException UserUnsupported(ServiceInstance instance) => new("UserUnsupported", OpsErrorCategory.InvalidArgument,
        "In a pod a program runs as the container's user and with its variables; Kubernetes offers no others.",
        "Leave -User out; where the image has one, run su or env as the program.", instance.Name);

    /// <summary>Runs it to its end.</summary>
    /// <exception cref="OpsException"><c>ContainerBusy</c>, <c>ContainerNotFound</c>, <c>ProgramMissing</c>, <c>ProgramRefused</c>, <c>UserUnsupported</c>.</exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        if (request.User is not null || request.Variables is { Count: > 0 }) throw UserUnsupported(instance);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using RunningProgram program = kubectl.Start(Arguments(), TakeErrorLine);
        Task feeding = FeedAsync(program, over.Token);
        byte[] block = new byte[64 * 1024];
        for (int read; (read = await program.Output.ReadAsync(block, cancellationToken).ConfigureAwait(false)) > 0;) await GiveAsync(false, block.AsMemory(0, read)).ConfigureAwait(false);
        int exitCode = await program.EndAsync(cancellationToken).ConfigureAwait(false);
        // A program may end without reading all of its input.
        await over.CancelAsync().ConfigureAwait(false);
        await feeding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (feeding is { IsFaulted: true, Exception.InnerException: not IOException }) await feeding.ConfigureAwait(false);
        string last = _last ?? "";
        if (exitCode == 0)
        {
            if (_last is not null) await GiveAsync(true, last + "\n").ConfigureAwait(false);
            return exitCode;
        }
        // kubectl's own words stand right behind what the program wrote, which need not have ended its line.
        Match end = EndPattern().Match(last), own = end.Success ? end : OwnPattern().Match(last);
        if (own.Index > 0 || !own.Success) await GiveAsync(true, own.Success ? last[..own.Index] : last + "\n").ConfigureAwait(false);
        if (end.Success) return exitCode;
        throw await NotRunAsync(own.Success ? last[own.Index..] : program.ErrorTail, cancellationToken).ConfigureAwait(false);
    }

    private List<string> Arguments()
    {
        var arguments = new List<string> { "exec", instance.Name, "--container=" + instance.Containers.FirstOrDefault() };
        if (request.Input is not null) arguments.Add("--stdin");
        arguments.Add("--");
        // There is no way to say in which folder; the container's shell goes there first.
        if (request.WorkingDirectory is { } folder) arguments.AddRange(InFolder(folder));
        return [.. arguments, .. request.Command];
    }

    private async Task FeedAsync(RunningProgram program, CancellationToken cancellationToken)
    {
        try
        {
            if (request.Input is { } input) await input.CopyToAsync(program.Input, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            try { program.Input.Close(); }
            catch (IOException) { /* it reads no more; its exit code tells */ }
        }
    }

    /// <summary>The last line of a program that failed is kubectl's own; which line is the last is known when the next one comes.</summary>
    private void TakeErrorLine(string line)
    {
        if (_last is { } before) GiveAsync(true, before + "\n").AsTask().GetAwaiter().GetResult();
        _last = line;
    }

    private ValueTask GiveAsync(bool error, string text) => GiveAsync(error, Encoding.UTF8.GetBytes(text));

    private async ValueTask GiveAsync(bool error, ReadOnlyMemory<byte> bytes)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try { await sink(error, bytes).ConfigureAwait(false); }
        finally { _turn.Release(); }
    }

    private async Task<OpsException> NotRunAsync(string said, CancellationToken cancellationToken)
    {
        if (said.Contains("executable file not found", StringComparison.Ordinal) || said.Contains("OCI runtime exec failed", StringComparison.Ordinal))
            return ProgramStart.Failed(said, instance, request.Command[0]);
        OpsException error = await kubectl.ErrorAsync(said, cancellationToken).ConfigureAwait(false);
        if (error.ErrorId == KubectlErrors.NotFound) return PodLog.Gone(instance, error);
        return said.Contains("container not found", StringComparison.Ordinal) || said.Contains("is not running", StringComparison.Ordinal) || said.Contains("completed pod", StringComparison.Ordinal) || said.Contains("is not created", StringComparison.Ordinal)
            ? new OpsException("ContainerBusy", OpsErrorCategory.ResourceBusy, $"The container {instance.Containers.FirstOrDefault()} of {instance.Name} does not run.", $"Wait for it (Wait-OpsService {instance.Service}), or look at its log.", instance.Name, error)
            : error;
    }

    /// <summary>What kubectl writes itself when the program could not be run, or was lost.</summary>
    [GeneratedRegex(@"error: |Error from server|Unable to connect|The connection to the server ")]
    private static partial Regex OwnPattern();

    [GeneratedRegex(@"command terminated with exit code \d+$")]
    private static partial Regex EndPattern();
}
