using System.Text.Json;
using System.Text.Json.Nodes;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Connections.Platforms.Kubernetes.Asking;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Kubernetes.Rollouts;

/// <summary>Changes the specification of a workload's pods, if nobody else has since it was looked at.</summary>
internal sealed class WorkloadWriter(Kubectl kubectl)
{
    /// <summary>So often it is tried anew where only what a controller writes has moved.</summary>
    private const int Tries = 30;

    private const string UnknownFlag = "unknown flag";

    private static readonly Dictionary<string, string> Resources = new()
    {
        ["Deployment"] = "deployments", ["StatefulSet"] = "statefulsets", ["DaemonSet"] = "daemonsets",
    };

    private string[] _asOurs = ["--field-manager=" + RevisionNote.Manager];

    /// <summary>A workload with all that the API server keeps of it, who wrote which field as well.</summary>
    public async Task<JsonElement> ReadAsync(string kind, string name, CancellationToken cancellationToken)
    {
        string space = await kubectl.NamespaceAsync(cancellationToken).ConfigureAwait(false);
        string path = $"/apis/apps/v1/namespaces/{Uri.EscapeDataString(space)}/{Resources[kind]}/{Uri.EscapeDataString(name)}";
        return Kubectl.Parse(await kubectl.RunAsync(["get", "--raw", path], cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Changes it, unless it is so already.</summary>
    /// <param name="seen">As it was looked at.</param>
    /// <param name="make">Of the specification that it has, the patch of it, and the hash of what comes of it.</param>
    /// <param name="note">What the cluster is told of the change.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>As it is afterwards.</returns>
    /// <exception cref="OpsException"><c>WorkloadMoved</c>.</exception>
    public async Task<JsonElement> ChangeAsync(WorkloadRecord seen, Func<JsonElement, (JsonObject Patch, string Hash)> make,
        WorkloadNote note,
        CancellationToken cancellationToken)
    {
        for (int left = Tries; ; left--)
        {
            JsonElement now = await ReadAsync(seen.Kind, seen.Name, cancellationToken).ConfigureAwait(false);
            JsonElement template = now.At("spec", "template");
            string hash = PodTemplate.Hash(template);
            if (now.Text("metadata", "uid") != seen.Uid || hash != seen.Template) throw Moved(seen, now);
            (JsonObject patch, string wanted) = make(template);
            if (wanted == hash) return now;
            try
            {
                JsonElement changed = await PatchAsync(seen, patch, now.Text("metadata", "resourceVersion"), note, wanted,
                    cancellationToken)
                    .ConfigureAwait(false);
                return await AmendAsync(seen, changed, note, wanted, cancellationToken).ConfigureAwait(false);
            }
            catch (OpsException e) when (e.ErrorId == KubectlErrors.Conflict)
            {
                // What a controller counts moves all the time; what is asked for is looked at again.
                if (left <= 1) throw Moved(seen, now);
            }
        }
    }

    /// <summary>Why the cluster would not take a change; null when it would. It is asked to try, and to change nothing.</summary>
    public async Task<OpsException?> TryOutAsync(WorkloadRecord seen, JsonElement template, WorkloadEdit edit,
        CancellationToken cancellationToken)
    {
        JsonObject patch = new() { ["spec"] = new JsonObject { ["template"] = PodTemplate.Patch(template, edit) } };
        (_, string? failure) = await kubectl.TryAsync(["patch", Reference(seen), "--dry-run=server", "--patch", patch.ToJsonString(),
            "-o", "name"],
            cancellationToken).ConfigureAwait(false);
        if (failure is null) return null;
        OpsException error = await kubectl.ErrorAsync(failure, cancellationToken).ConfigureAwait(false);
        return KubectlErrors.IsPassing(error) ? throw error : error;
    }

    /// <summary>Takes a pod away; what is gone is no error.</summary>
    public async Task RemovePodAsync(string pod, CancellationToken cancellationToken)
    {
        try { await kubectl.RunAsync(["delete", "pod", pod, "--wait=false"], cancellationToken).ConfigureAwait(false); }
        catch (OpsException e) when (e.ErrorId == KubectlErrors.NotFound) { }
    }

    /// <summary>What the cluster made of it may be something else (a hook of its own changes it): the note then says of which it
    /// is.</summary>
    private async Task<JsonElement> AmendAsync(WorkloadRecord seen, JsonElement changed, WorkloadNote note, string wanted,
        CancellationToken cancellationToken)
    {
        string made = PodTemplate.Hash(changed.At("spec", "template"));
        return made == wanted ? changed : await PatchAsync(seen, null, null, note, made, cancellationToken).ConfigureAwait(false);
    }

    private async Task<JsonElement> PatchAsync(WorkloadRecord seen, JsonObject? template, string? version, WorkloadNote note, string hash,
        CancellationToken cancellationToken)
    {
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = RevisionNote.Annotations(note, hash) } };
        if (version is not null) patch["metadata"]!["resourceVersion"] = version;
        if (template is not null) patch["spec"] = new JsonObject { ["template"] = template };
        // A whole specification may hold secrets, which have no place among arguments.
        string text = patch.ToJsonString();
        string[] arguments = ["patch", Reference(seen), "--type=strategic", .. _asOurs, "-o", "json", "--patch-file=/dev/stdin"];
        (string output, string? failure) = await kubectl.TryAsync(arguments, text, cancellationToken).ConfigureAwait(false);
        if (failure is null) return Kubectl.Parse(output);
        if (failure.Contains(UnknownFlag, StringComparison.Ordinal))
        {
            if (failure.Contains("--field-manager", StringComparison.Ordinal) && _asOurs.Length > 0)
            {
                _asOurs = [];
                return await PatchAsync(seen, template, version, note, hash, cancellationToken).ConfigureAwait(false);
            }
            return await ReplaceAsync(seen, patch, version, cancellationToken).ConfigureAwait(false);
        }
        throw await kubectl.ErrorAsync(failure, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The same through a kubectl that takes patches among its arguments only: the whole workload comes in its place.</summary>
    private async Task<JsonElement> ReplaceAsync(WorkloadRecord seen, JsonObject patch, string? version,
        CancellationToken cancellationToken)
    {
        JsonElement now = await ReadAsync(seen.Kind, seen.Name, cancellationToken).ConfigureAwait(false);
        if (version is not null && now.Text("metadata", "resourceVersion") != version) throw KubectlErrors.Changed(seen.Name);
        JsonObject whole = JsonObject.Create(now)!.DeepClone().AsObject();
        StrategicMerge.Apply(whole, patch);
        (whole["metadata"] as JsonObject)?.Remove("managedFields");
        (string output, string? failure) = await kubectl.TryAsync(["replace", "-f", "-", "--validate=false", "-o", "json"],
            whole.ToJsonString(),
            cancellationToken).ConfigureAwait(false);
        return failure is null ? Kubectl.Parse(output) : throw await kubectl.ErrorAsync(failure, cancellationToken).ConfigureAwait(false);
    }

    private static string Reference(WorkloadRecord workload) => $"{Resources[workload.Kind]}.apps/{workload.Name}";

    private static OpsException Moved(WorkloadRecord seen, JsonElement now)
    {
        bool other = now.Text("metadata", "uid") != seen.Uid;
        string who = RevisionNote.ManagerOf(now) is { } manager ? $" (by {manager})" : "";
        WorkloadRecord found = WorkloadReader.Read(seen.Service, now);
        string what = other ? $"{seen.Kind} {seen.Name} is another one of that name now"
            : $"The specification of {seen.Name} has been changed since it was looked at{who}: "
                + (found.Images == seen.Images ? "its images are the same" : $"it asks for {found.Images}, and asked for {seen.Images}");
        return WorkloadErrors.WorkloadMoved.Make($"{what}. Nothing was done.", "Look at it again, and make the plan anew.", seen.Service);
    }
}
