using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Connections.Platforms.Kubernetes.Asking;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Kubernetes.Rollouts;

/// <summary>Leases of the namespace (coordination.k8s.io): who holds something, in a place that every operator's machine sees.</summary>
internal sealed class LeaseStore(Kubectl kubectl)
{
    private const string Micro = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    public async Task<LeaseRecord?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        (string output, string? failure) =
            await kubectl.TryAsync(["get", $"leases.coordination.k8s.io/{name}", "-o", "json"], cancellationToken).ConfigureAwait(false);
        if (failure is null) return Read(Kubectl.Parse(output));
        OpsException error = await kubectl.ErrorAsync(failure, cancellationToken).ConfigureAwait(false);
        return error.ErrorId == KubectlErrors.NotFound ? null : throw error;
    }

    /// <summary>Makes it, or puts it in the place of the version that was read; null when somebody else was first.</summary>
    public async Task<LeaseRecord?> WriteAsync(LeaseRecord lease, CancellationToken cancellationToken)
    {
        string[] arguments = [lease.Version is null ? "create" : "replace", "-f", "-", "--validate=false", "-o", "json"];
        (string output, string? failure) = await kubectl.TryAsync(arguments, Write(lease), cancellationToken).ConfigureAwait(false);
        if (failure is null) return Read(Kubectl.Parse(output));
        OpsException error = await kubectl.ErrorAsync(failure, cancellationToken).ConfigureAwait(false);
        // One that was removed meanwhile is somebody's doing, too.
        return error.ErrorId is KubectlErrors.Conflict or KubectlErrors.NotFound ? null : throw error;
    }

    private static LeaseRecord Read(JsonElement lease) => new()
    {
        Name = lease.Text("metadata", "name") ?? "", Holder = lease.Text("spec", "holderIdentity"),
        AcquiredAt = lease.Time("spec", "acquireTime"), RenewedAt = lease.Time("spec", "renewTime"),
        Duration = TimeSpan.FromSeconds(lease.Number("spec", "leaseDurationSeconds") ?? 0),
        Version = lease.Text("metadata", "resourceVersion"), Transitions = (int)(lease.Number("spec", "leaseTransitions") ?? 0),
    };

    private static string Write(LeaseRecord lease) => new JsonObject
    {
        ["apiVersion"] = "coordination.k8s.io/v1", ["kind"] = "Lease",
        ["metadata"] = lease.Version is { } version ? new JsonObject { ["name"] = lease.Name, ["resourceVersion"] = version }
            : new JsonObject { ["name"] = lease.Name },
        ["spec"] = new JsonObject
        {
            ["holderIdentity"] = lease.Holder ?? "", ["leaseDurationSeconds"] = (int)Math.Max(1, lease.Duration.TotalSeconds),
            ["acquireTime"] = Text(lease.AcquiredAt), ["renewTime"] = Text(lease.RenewedAt), ["leaseTransitions"] = lease.Transitions,
        },
    }.ToJsonString();

    private static string? Text(DateTimeOffset? time) => time?.UtcDateTime.ToString(Micro, CultureInfo.InvariantCulture);
}
