using System.Globalization;
using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Connections.Platforms.Kubernetes.Asking;

/// <summary>Asks a cluster through kubectl, which knows how to log in to it: contexts, certificates, tokens and the plugins of clouds.</summary>
public sealed class Kubectl(PlatformOptions settings)
{
    /// <summary>How long the API server may take for one answer.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The program.</summary>
    public string Program { get; init; } = "kubectl";

    /// <summary>Where it looks, in words.</summary>
    public string Where => $"the namespace {settings.Namespace ?? "of the context"} (context {settings.Context ?? "as kubectl is set"})";

    /// <summary>A question that is answered in JSON.</summary>
    public async Task<JsonElement> GetAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        Parse(await RunAsync([.. arguments, "-o", "json"], cancellationToken).ConfigureAwait(false));

    /// <summary>Runs it to its end and returns what it printed.</summary>
    /// <exception cref="OpsException">What <see cref="KubectlErrors"/> makes of its errors.</exception>
    public async Task<string> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        (string output, string? failure) = await TryAsync(arguments, cancellationToken).ConfigureAwait(false);
        return failure is null ? output : throw await ErrorAsync(failure, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs it to its end; a failure comes beside what it printed, which may be of use.</summary>
    public Task<(string Output, string? Failure)> TryAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        TryAsync(arguments, null, cancellationToken);

    /// <summary>The same with an input, which is where what may be secret belongs: all can see arguments.</summary>
    public async Task<(string Output, string? Failure)> TryAsync(IReadOnlyList<string> arguments, string? input,
        CancellationToken cancellationToken)
    {
        // kubectl asks for the API's resources several times before it gives up, each with a limit of its own.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            await using RunningProgram program = Start([.. arguments, string.Create(CultureInfo.InvariantCulture, $"--request-timeout={Math.Ceiling(Limit.TotalSeconds)}s")]);
            using var reader = new StreamReader(program.Output);
            Task<string> output = reader.ReadToEndAsync(limit.Token);
            await program.WriteAndCloseAsync(input, limit.Token).ConfigureAwait(false);
            int exitCode = await program.EndAsync(limit.Token).ConfigureAwait(false);
            string text = await output.ConfigureAwait(false);
            return (text, exitCode == 0 ? null : program.ErrorTail);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested) { throw KubectlErrors.TooLate(settings, Limit); }
    }

    /// <summary>Starts it, for what is read while it comes.</summary>
    /// <exception cref="OpsException"><c>KubectlMissing</c>.</exception>
    public RunningProgram Start(IReadOnlyList<string> arguments, Action<string>? onErrorLine = null) =>
        Start(Call(arguments) with { OnErrorLine = onErrorLine });

    /// <summary>Starts a call that holds it.</summary>
    /// <exception cref="OpsException"><c>KubectlMissing</c>.</exception>
    internal static RunningProgram Start(ProgramCall call)
    {
        try { return ProgramRunner.Start(call); }
        catch (OpsException e) when (e.ErrorId == "ProgramMissing") { throw KubectlErrors.Missing(e); }
    }

    /// <summary>The call of it for this cluster.</summary>
    public ProgramCall Call(IReadOnlyList<string> arguments)
    {
        var cluster = new List<string>();
        if (settings.Kubeconfig is { } file) cluster.Add("--kubeconfig=" + file);
        if (settings.Context is { } context) cluster.Add("--context=" + context);
        if (settings.Namespace is { } space) cluster.Add("--namespace=" + space);
        // What belongs to a program in a container comes after --, where kubectl looks no more.
        // Plugins that log in to a cloud's cluster take its keys from variables.
        return new ProgramCall(Program, [.. cluster, .. arguments]) { Keeps = ProgramEnvironment.CloudLogins };
    }

    /// <summary>What kubectl's errors mean.</summary>
    public async Task<OpsException> ErrorAsync(string said, CancellationToken cancellationToken)
    {
        OpsException error = KubectlErrors.Of(said, settings);
        return error.ErrorId == "ContextNotFound" ? KubectlErrors.ContextNotFound(settings, await NamesAsync(["config", "get-contexts", "-o", "name"], cancellationToken).ConfigureAwait(false)) : error;
    }

    /// <summary>Things of kinds that a list names; null when this user may not see one of them, of which is told.</summary>
    /// <exception cref="OpsException">What <see cref="KubectlErrors"/> makes of other errors.</exception>
    public async Task<IReadOnlyList<JsonElement>?> ListAsync(string kinds, IReadOnlyList<string> more, Action<OpsException>? refused,
        CancellationToken cancellationToken)
    {
        (string output, string? failure) = await TryAsync(["get", kinds, .. more, "-o", "json"], cancellationToken).ConfigureAwait(false);
        if (failure is null) return [.. Parse(output).Items("items")];
        OpsException error = await ErrorAsync(failure, cancellationToken).ConfigureAwait(false);
        if (error.ErrorId != "ClusterForbidden") throw error;
        refused?.Invoke(error);
        return null;
    }

    /// <summary>The namespace: the one that is set, else the context's.</summary>
    public async Task<string> NamespaceAsync(CancellationToken cancellationToken) => settings.Namespace
        ?? (await RunAsync(["config", "view", "--minify", "-o", "jsonpath={..namespace}"], cancellationToken).ConfigureAwait(false)).Trim() switch { "" => "default", var named => named };

    /// <summary>Ends with an error when the namespace is not there; one that may not be looked at is left alone.</summary>
    /// <exception cref="OpsException"><c>NamespaceNotFound</c>.</exception>
    public async Task RequireNamespaceAsync(CancellationToken cancellationToken)
    {
        string name = await NamespaceAsync(cancellationToken).ConfigureAwait(false);
        (_, string? failure) = await TryAsync(["get", "namespace", name, "-o", "name"], cancellationToken).ConfigureAwait(false);
        if (failure?.Contains("(NotFound)", StringComparison.Ordinal) is true)
            throw KubectlErrors.NamespaceNotFound(name, settings, await NamesAsync(["get", "namespaces", "-o", "name"], cancellationToken).ConfigureAwait(false));
    }

    /// <summary>One document of JSON.</summary>
    public static JsonElement Parse(string text)
    {
        try { return JsonSerializer.Deserialize<JsonElement>(text); }
        catch (JsonException e)
        {
            throw new OpsException("KubectlUnreadable", OpsErrorCategory.InvalidData, "kubectl gave an answer that is no JSON.", "Run kubectl version: does it fit the cluster (one minor version apart at most)?", "kubectl", e);
        }
    }

    private async Task<IReadOnlyList<string>> NamesAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        // The list is asked for without the context, which may be the one that does not exist.
        var any = new Kubectl(arguments[0] == "config" ? settings with { Context = null, Namespace = null } : settings) { Limit = Limit,
            Program = Program };
        (string output, string? failure) = await any.TryAsync(arguments, cancellationToken).ConfigureAwait(false);
        return failure is null ? [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(n => arguments[0] == "config" ? n : n[(n.IndexOf('/') + 1)..])] : [];
    }
}
