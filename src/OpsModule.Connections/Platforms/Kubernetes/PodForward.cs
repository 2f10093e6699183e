using System.Globalization;
using System.Text.RegularExpressions;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Kubernetes.Asking;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Connections.Platforms.Kubernetes;

/// <summary>
/// A port of a pod at a port of loopback, by a kubectl of its own. It ends with us, however we end, and is not begun again by itself:
/// whoever uses
/// it must know that its connections are gone.
/// </summary>
public sealed partial class PodForward : PortRoute
{
    // The watcher lives as long as its standard input, which is ours, and then ends kubectl, whose number is the shell's.
    private const string Watched = """exec 3<&0; { cat <&3; kill $$; } > /dev/null 2>&1 & exec 3<&-; exec "$@" < /dev/null""";

    private readonly RunningProgram _program;
    private readonly string _what;

    private PodForward(RunningProgram program, string what, int port) : base("127.0.0.1", port) => (_program, _what) = (program, what);

    /// <inheritdoc/>
    public override string? Ended => _program.HasEnded ? $"The way to {_what} has ended{LastWords}" : null;

    private string LastWords => _program.ErrorTail is { Length: > 0 } said ? ": " + said.Split('\n')[^1] : ", and kubectl said nothing";

    /// <summary>Opens one, and returns when it takes connections.</summary>
    /// <exception cref="OpsException"><c>KubectlMissing</c>, <c>PortUnreachable</c>, and what the cluster reports.</exception>
    public static async Task<PodForward> OpenAsync(Kubectl kubectl, ServiceInstance instance, int port, CancellationToken ct)
    {
        ProgramCall call = kubectl.Call(["port-forward", "pod/" + instance.Name, string.Create(CultureInfo.InvariantCulture, $":{port}"),
            "--address=127.0.0.1"]);
        if (!OperatingSystem.IsWindows())
            call = call with { FileName = "sh", Arguments = ["-c", Watched, "sh", Find(call.FileName), .. call.Arguments] };
        RunningProgram program = Kubectl.Start(call);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limit.CancelAfter(kubectl.Limit);
            var reader = new StreamReader(program.Output);
            while (await reader.ReadLineAsync(limit.Token).ConfigureAwait(false) is { } line)
            {
                if (!int.TryParse(Open().Match(line).Groups["port"].ValueSpan, CultureInfo.InvariantCulture, out int local)) continue;
                // What it says of each connection is read, so that it never waits for us.
                _ = reader.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                return new PodForward(program, $"port {port} of {instance.Name}", local);
            }
            await program.EndAsync(limit.Token).ConfigureAwait(false);
            throw await kubectl.ErrorAsync(program.ErrorTail, ct).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await program.DisposeAsync().ConfigureAwait(false);
            if (e is OperationCanceledException && !ct.IsCancellationRequested)
                throw new OpsException("PortUnreachable", OpsErrorCategory.ResourceUnavailable,
                    $"Port {port} of {instance.Name} cannot be reached: kubectl port-forward was not ready after "
                        + $"{kubectl.Limit.TotalSeconds:0} s.",
                    "Try it by hand: kubectl port-forward. It needs the right to create pods/portforward.", instance.Name, e);
            throw;
        }
    }

    /// <inheritdoc/>
    public override async Task WaitForEndAsync(CancellationToken cancellationToken) =>
        await _program.EndAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync().ConfigureAwait(false);
        await _program.DisposeAsync().ConfigureAwait(false);
    }

    private static string Find(string program)
    {
        try { return ProgramFinder.Find(program, null); }
        catch (OpsException e) when (e.ErrorId == "ProgramMissing") { throw KubectlErrors.Missing(e); }
    }

    [GeneratedRegex(@"^Forwarding from 127\.0\.0\.1:(?<port>\d+) -> \d+")]
    private static partial Regex Open();
}
