using System.Text.RegularExpressions;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Text;

namespace OpsModule.Connections.Platforms.Kubernetes.Asking;

/// <summary>Tells from what kubectl says what kind of error it is, and what to do about it.</summary>
public static partial class KubectlErrors
{
    /// <summary>What the API server calls things that are not there.</summary>
    public const string NotFound = "KubernetesNotFound";

    /// <summary>What the API server says when somebody else has changed it first.</summary>
    public const string Conflict = "KubernetesConflict";

    private static readonly string[] Late =
        ["Client.Timeout", "deadline exceeded", "timed out", "TLS handshake timeout", "(Timeout)", "in the time allotted"];

    private static readonly string[] Busy =
    [
        "(ServiceUnavailable)", "currently unable to handle the request", "(TooManyRequests)", "apiserver not ready", "etcdserver:",
        "has prevented the request from succeeding", "has asked for the client to retry",
    ];

    private static readonly string[] Away =
    [
        "was refused", "connection refused", "Unable to connect", "no such host", "i/o timeout", "connection reset", "EOF", "dial tcp",
        "network is unreachable", "no route to host", "broken pipe", "client connection lost", "connection lost", "server misbehaving",
        "server sent GOAWAY", "unexpected end of JSON input", "unable to decode an event from the watch stream",
    ];

    /// <summary>The error that kubectl's words mean.</summary>
    public static OpsException Of(string said, PlatformOptions settings)
    {
        string text = Clean(said);
        return OfLogin(text, settings) ?? OfServer(text, settings)
            ?? Make("KubectlFailed", OpsErrorCategory.InvalidOperation, text.Length == 0 ? "kubectl failed and said nothing."
                : $"kubectl failed: {text}", "Mend what it reports, then run the command again.", settings);
    }

    /// <summary>The error of a version that is not the one that was read.</summary>
    internal static OpsException Changed(string name) => new(Conflict, OpsErrorCategory.InvalidOperation,
        $"{name} has been changed by somebody else meanwhile.", "Look again.", name);

    /// <summary>True of what may be over in a moment, as an API server's restart is.</summary>
    public static bool IsPassing(OpsException error) => error.ErrorId is "ClusterUnreachable" or "ClusterTimedOut" or "ClusterUnavailable";

    /// <summary>True of what an API server also says while it starts, because it does not know its users and their rights yet.</summary>
    public static bool IsUnsettled(OpsException error) => IsPassing(error) || error.ErrorId is "ClusterForbidden" or "ClusterLoginRefused";

    internal static OpsException Missing(Exception cause) => new("KubectlMissing", OpsErrorCategory.ResourceUnavailable,
        "kubectl is not installed here; services on Kubernetes are operated through it.",
        "Install it (package kubernetes-client, or https://kubernetes.io/docs/tasks/tools), or put it on PATH.", "kubectl", cause);

    internal static OpsException TooLate(PlatformOptions settings, TimeSpan? limit) => Make("ClusterTimedOut",
        OpsErrorCategory.OperationTimeout,
        $"{Sentence(Cluster(settings))} gave no answer{(limit is { } time ? " in " + DurationText.Show(time) : " in time")}.",
        "Is the API server overloaded, or does something on the way swallow packets? kubectl get --raw /readyz tells.", settings);

    internal static OpsException ContextNotFound(PlatformOptions settings, IReadOnlyList<string> known)
    {
        string written = settings.Context ?? "";
        string advice = NearestName.Of(written, known) is { } near ? $"Did you mean {near}?"
            : known.Count == 0 ? "The kubeconfig has no context; is it the right file (KUBECONFIG, platform.kubernetes.kubeconfig)?"
            : $"There are: {string.Join(", ", known)}.";
        return Make("ContextNotFound", OpsErrorCategory.ObjectNotFound, written.Length == 0
            ? "The kubeconfig's current context does not exist." : $"The kubeconfig has no context {written}.", advice, settings);
    }

    internal static OpsException NamespaceNotFound(string name, PlatformOptions settings, IReadOnlyList<string> known)
    {
        string advice = NearestName.Of(name, known) is { } near ? $"Did you mean {near}?"
            : known.Count == 0 ? "Correct platform.kubernetes.namespace in the environment file." : $"There are: {string.Join(", ", known)}.";
        return new OpsException("NamespaceNotFound", OpsErrorCategory.ObjectNotFound,
            $"{Sentence(Cluster(settings))} has no namespace {name}.", advice, name);
    }

    /// <summary>What is wrong with where kubectl is to go, and as whom.</summary>
    private static OpsException? OfLogin(string text, PlatformOptions settings)
    {
        if (Has(text, "context was not found") || (Has(text, "context \"") && Has(text, "does not exist")))
            return ContextNotFound(settings, []);
        if (settings.Kubeconfig is { } file && Has(text, $"stat {file}: no such file"))
            return Make("KubeconfigNotFound", OpsErrorCategory.ObjectNotFound, $"There is no kubeconfig {file}.",
                "Correct platform.kubernetes.kubeconfig in the environment file, or bring the file there.", settings);
        if (Has(text, "no configuration has been provided") || (settings.Context is null && Has(text, "localhost:8080")))
            return Make("KubeconfigNotFound", OpsErrorCategory.ObjectNotFound,
                "kubectl knows no cluster: there is no kubeconfig, or it has no current context.",
                "Set platform.kubernetes.kubeconfig and context in the environment file, or KUBECONFIG.", settings);
        if (Has(text, "error loading config file") || Has(text, "Error in configuration") || Has(text, "invalid configuration"))
            return Make("KubeconfigInvalid", OpsErrorCategory.InvalidData, $"The kubeconfig cannot be used: {text}",
                "kubectl config view shows what it reads.", settings);
        if (Has(text, "getting credentials"))
            return Make("ClusterLoginFailed", OpsErrorCategory.PermissionDenied, $"The login to {Cluster(settings)} failed: {text}",
                "Run the login program of the kubeconfig's user by hand, or install it.", settings);
        return Has(text, "Unauthorized") || Has(text, "You must be logged in") || Has(text, "remote error: tls:")
            ? Make("ClusterLoginRefused", OpsErrorCategory.PermissionDenied, $"{Sentence(Cluster(settings))} refused the login: {text}",
                "Log in again, or correct the user of the context in the kubeconfig.", settings)
            : null;
    }

    /// <summary>What the API server says, or that it says nothing.</summary>
    private static OpsException? OfServer(string text, PlatformOptions settings)
    {
        // The API server has answered: what it could not reach is the kubelet of a node.
        if (Has(text, "error dialing backend") || KubeletPattern().IsMatch(text))
            return Make("NodeUnreachable", OpsErrorCategory.ResourceUnavailable,
                $"{Sentence(Cluster(settings))} does not reach the node that the pod is on: {text}",
                "See how the nodes are: Get-OpsResourceUsage -Node, or kubectl get nodes.", settings);
        if (Has(text, "(Forbidden)") || ForbiddenPattern().IsMatch(text)) return Forbidden(text, settings);
        if (Has(text, "(NotFound)") || Has(text, "\" not found"))
            return Make(NotFound, OpsErrorCategory.ObjectNotFound, $"{Sentence(Cluster(settings))} says: {text}",
                "Look again; it may have been replaced by another.", settings);
        if (Has(text, "(Conflict)") || Has(text, "(AlreadyExists)"))
            return Make(Conflict, OpsErrorCategory.InvalidOperation, $"{Sentence(Cluster(settings))} says: {text}",
                "Somebody else has changed it: look again.", settings);
        if (HasAny(text, Late)) return TooLate(settings, null);
        if (HasAny(text, Busy))
            return Make("ClusterUnavailable", OpsErrorCategory.ResourceUnavailable, $"{Sentence(Cluster(settings))} cannot answer now: {text}",
                "It is starting, overloaded, or without its store (etcd): kubectl get --raw /readyz?verbose tells. Try again.", settings);
        if (Has(text, "x509:") || Has(text, "certificate"))
            return Make("ClusterNotTrusted", OpsErrorCategory.PermissionDenied,
                $"The certificate of {Cluster(settings)} is not one to trust: {text}",
                "Is the address the cluster's own, and is certificate-authority in the kubeconfig of this cluster and of today?", settings);
        return HasAny(text, Away)
            ? Make("ClusterUnreachable", OpsErrorCategory.ResourceUnavailable, $"{Sentence(Cluster(settings))} cannot be reached: {text}",
                "Is the cluster up, the VPN connected, and the right context set (platform.kubernetes.context)?", settings)
            : null;
    }

    private static OpsException Forbidden(string text, PlatformOptions settings)
    {
        Match match = ForbiddenPattern().Match(text);
        if (!match.Success)
            return Make("ClusterForbidden", OpsErrorCategory.PermissionDenied, $"{Sentence(Cluster(settings))} does not allow it: {text}",
                Has(text, "denied the request") || Has(text, "exceeded quota")
                    ? "A rule of the cluster forbids it to everybody: do what it says, or have it changed." : "Ask for a role that allows it.",
                settings);
        string group = match.Groups["group"].Value is { Length: > 0 } named ? named : "\"\"";
        string resource = match.Groups["resource"].Value, verb = match.Groups["verb"].Value;
        // What is measured is called pods, too; the built-in groups are told by their resources.
        string full = group is "metrics.k8s.io" ? $"{resource}.{group}" : resource;
        return Make("ClusterForbidden", OpsErrorCategory.PermissionDenied,
            $"{match.Groups["user"].Value} may not {verb} {full} in {Cluster(settings)}.",
            $"Ask for a role with the verb {verb} on {resource} (API group {group}); "
                + $"kubectl auth can-i {verb} {full} tells when it is there.", settings);
    }

    /// <summary>Without the lines of kubectl's own log, its advice, and its way of beginning them.</summary>
    private static string Clean(string said)
    {
        string[] lines = [.. said.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(l => !LogPattern().IsMatch(l) && !AdvicePattern().IsMatch(l)).Distinct()];
        string text = string.Join(' ', lines);
        return Full(text.StartsWith("error: ", StringComparison.Ordinal) ? text[7..] : text);
    }

    private static string Full(string text) => text.TrimEnd('.', ' ') is { Length: > 0 } bare
        ? bare[^1] is '?' or '!' ? bare : bare + "." : "";

    private static bool Has(string text, string part) => text.Contains(part, StringComparison.Ordinal);

    private static bool HasAny(string text, string[] parts) => parts.Any(p => Has(text, p));

    private static string Cluster(PlatformOptions settings) => settings.Context is { } context
        ? $"the cluster of the context {context}" : "the cluster of kubectl's current context";

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static OpsException Make(string id, OpsErrorCategory category, string message, string action, PlatformOptions settings) =>
        new(id, category, message, action, settings.Context ?? "kubectl");

    [GeneratedRegex("""User "(?<user>[^"]*)" cannot (?<verb>\w+) resource "(?<resource>[^"]+)"(?: in API group "(?<group>[^"]*)")?""")]
    private static partial Regex ForbiddenPattern();

    [GeneratedRegex(@"^[EWI]\d{4} \d\d:\d\d:\d\d")]
    private static partial Regex LogPattern();

    [GeneratedRegex("^(?:It looks like you are trying to use a client-go|To learn more about this feature|https?://|Warning: )")]
    private static partial Regex AdvicePattern();

    /// <summary>How the API server names what it asked a kubelet for.</summary>
    [GeneratedRegex("""(?:Get|Post) "https://[^"]*/(?:containerLogs|exec|portForward|attach)/""")]
    private static partial Regex KubeletPattern();
}
