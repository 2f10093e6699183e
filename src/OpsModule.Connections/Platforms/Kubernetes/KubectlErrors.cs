using System.Text.RegularExpressions;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Text;

namespace OpsModule.Connections.Platforms.Kubernetes;

/// <summary>Tells from what kubectl says what kind of error it is, and what to do about it.</summary>
public static partial class KubectlErrors
{
    /// <summary>What the API server calls things that are not there.</summary>
    public const string NotFound = "KubernetesNotFound";

    /// <summary>The error that kubectl's words mean.</summary>
    public static OpsException Of(string said, PlatformOptions settings)
    {
        string text = Clean(said);
        if (Has(text, "context was not found") || (Has(text, "context \"") && Has(text, "does not exist"))) return ContextNotFound(settings, []);
        if (Has(text, "getting credentials"))
            return Make("ClusterLoginFailed", OpsErrorCategory.PermissionDenied, $"The login to {Cluster(settings)} failed: {text}", "Run the login program of the kubeconfig's user by hand, or install it.", settings);
        if (Has(text, "(Unauthorized)") || Has(text, "You must be logged in"))
            return Make("ClusterLoginRefused", OpsErrorCategory.PermissionDenied, $"{Sentence(Cluster(settings))} refused the login: {text}", "Log in again, or correct the user of the context in the kubeconfig.", settings);
        if (Has(text, "(Forbidden)")) return Forbidden(text, settings);
        if (Has(text, "(NotFound)") || Has(text, "\" not found")) return Make(NotFound, OpsErrorCategory.ObjectNotFound, $"{Sentence(Cluster(settings))} says: {text}", "Look again; it may have been replaced by another.", settings);
        if (Has(text, "Client.Timeout") || Has(text, "deadline exceeded") || Has(text, "timed out")) return TooLate(settings, null);
        if (Has(text, "was refused") || Has(text, "Unable to connect") || Has(text, "no such host") || Has(text, "i/o timeout") || Has(text, "connection reset") || Has(text, "unexpected EOF") || Has(text, "certificate"))
            return Make("ClusterUnreachable", OpsErrorCategory.ResourceUnavailable, $"{Sentence(Cluster(settings))} cannot be reached: {text}",
                "Is the cluster up, the VPN connected, and the right context set (platform.kubernetes.context)?", settings);
        return Make("KubectlFailed", OpsErrorCategory.InvalidOperation, text.Length == 0 ? "kubectl failed and said nothing." : $"kubectl failed: {text}", "Mend what it reports, then run the command again.", settings);
    }

    internal static OpsException Missing(Exception cause) => new("KubectlMissing", OpsErrorCategory.ResourceUnavailable,
        "kubectl is not installed here; services on Kubernetes are operated through it.", "Install it (package kubernetes-client, or https://kubernetes.io/docs/tasks/tools), or put it on PATH.", "kubectl", cause);

    internal static OpsException TooLate(PlatformOptions settings, TimeSpan? limit) => Make("ClusterTimedOut", OpsErrorCategory.OperationTimeout,
        $"{Sentence(Cluster(settings))} gave no answer{(limit is { } time ? " in " + DurationText.Show(time) : " in time")}.", "Is the API server overloaded, or does something on the way swallow packets? kubectl get --raw /readyz tells.", settings);

    internal static OpsException ContextNotFound(PlatformOptions settings, IReadOnlyList<string> known)
    {
        string written = settings.Context ?? "";
        string advice = NearestName.Of(written, known) is { } near ? $"Did you mean {near}?" : known.Count == 0 ? "The kubeconfig has no context; is it the right file (KUBECONFIG, platform.kubernetes.kubeconfig)?" : $"There are: {string.Join(", ", known)}.";
        return Make("ContextNotFound", OpsErrorCategory.ObjectNotFound, written.Length == 0 ? "The kubeconfig's current context does not exist." : $"The kubeconfig has no context {written}.", advice, settings);
    }

    internal static OpsException NamespaceNotFound(string name, PlatformOptions settings, IReadOnlyList<string> known)
    {
        string advice = NearestName.Of(name, known) is { } near ? $"Did you mean {near}?" : known.Count == 0 ? "Correct platform.kubernetes.namespace in the environment file." : $"There are: {string.Join(", ", known)}.";
        return new OpsException("NamespaceNotFound", OpsErrorCategory.ObjectNotFound, $"{Sentence(Cluster(settings))} has no namespace {name}.", advice, name);
    }

    private static OpsException Forbidden(string text, PlatformOptions settings)
    {
        Match match = ForbiddenPattern().Match(text);
        if (!match.Success) return Make("ClusterForbidden", OpsErrorCategory.PermissionDenied, $"{Sentence(Cluster(settings))} does not allow it: {text}", "Ask for a role that allows it.", settings);
        string group = match.Groups["group"].Value is { Length: > 0 } named ? named : "\"\"";
        string resource = match.Groups["resource"].Value, verb = match.Groups["verb"].Value;
        return Make("ClusterForbidden", OpsErrorCategory.PermissionDenied,
            $"{match.Groups["user"].Value} may not {verb} {resource} in {Cluster(settings)}.",
            $"Ask for a role with the verb {verb} on {resource} (API group {group}); kubectl auth can-i {verb} {resource} tells when it is there.", settings);
    }

    /// <summary>Without the lines of kubectl's own log, and without its way of beginning them.</summary>
    private static string Clean(string said)
    {
        string[] lines = [.. said.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(l => !LogPattern().IsMatch(l)).Distinct()];
        return string.Join(' ', lines).Trim() is { Length: > 0 } text ? text.StartsWith("error: ", StringComparison.Ordinal) ? Full(text[7..]) : Full(text) : "";
    }

    private static string Full(string text) => text.TrimEnd('.') + ".";

    private static bool Has(string text, string part) => text.Contains(part, StringComparison.Ordinal);

    private static string Cluster(PlatformOptions settings) => settings.Context is { } context ? $"the cluster of the context {context}" : "the cluster of kubectl's current context";

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static OpsException Make(string id, OpsErrorCategory category, string message, string action, PlatformOptions settings) => new(id, category, message, action, settings.Context ?? "kubectl");

    [GeneratedRegex("""User "(?<user>[^"]*)" cannot (?<verb>\w+) resource "(?<resource>[^"]+)"(?: in API group "(?<group>[^"]*)")?""")]
    private static partial Regex ForbiddenPattern();

    [GeneratedRegex(@"^[EWI]\d{4} \d\d:\d\d:\d\d")]
    private static partial Regex LogPattern();
}
