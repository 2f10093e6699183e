using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Kubernetes.Asking;
using OpsModule.Connections.Platforms.Kubernetes.Reading;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Connections.Platforms.Kubernetes.Secrets;

/// <summary>
/// The Secrets of a namespace, and what reads them. One is changed only as long as it is of the version that was read. What is immutable is
/// not changed: another Secret is made, and the workloads are told its name.
/// </summary>
public sealed class NamespaceSecrets(PlatformOptions options, IOpsReporter reporter)
{
    /// <summary>The annotation that says in whose place a Secret came.</summary>
    public const string InPlaceOf = "opsmodule/in-place-of";

    private const int Tries = 30;

    private static readonly string[] Repointed = ["Deployment", "StatefulSet", "DaemonSet", "CronJob"];

    private readonly Kubectl _kubectl = new(options);

    /// <summary>Where it looks, in words.</summary>
    public string Where => _kubectl.Where;

    /// <summary>All of them; those that hold what the cluster itself made (tokens, releases of Helm) are left out.</summary>
    /// <exception cref="OpsException">What kubectl's errors mean; <c>ClusterForbidden</c>.</exception>
    public async Task<IReadOnlyList<ClusterSecret>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await _kubectl.GetAsync(["get", "secrets"], cancellationToken).ConfigureAwait(false)).Items("items")
            .Where(s => s.Text("type") is not ("kubernetes.io/service-account-token" or "helm.sh/release.v1")).Select(Read)];

    /// <summary>ConfigMaps, as text by name and key; null where this user may not see them, of which is told.</summary>
    public async Task<IReadOnlyList<(string Name, string Key, string Text)>?> ConfigurationAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<JsonElement>? all = await _kubectl.ListAsync("configmaps", [],
            e => reporter.Warning($"{e.Message} ConfigMaps were not searched."), cancellationToken).ConfigureAwait(false);
        return all is null ? null : [.. all.SelectMany(c => c.Members("data").Select(v =>
            (c.Text("metadata", "name") ?? "", v.Name, v.Value.GetString() ?? "")))];
    }

    /// <summary>
    /// The Secret that counts under a name: itself, or that which came in its place and that workloads read now. Null when there is none.
    /// </summary>
    public async Task<ClusterSecret?> FindAsync(string name, CancellationToken cancellationToken)
    {
        IReadOnlyList<ClusterSecret> family = await FamilyAsync(name, cancellationToken).ConfigureAwait(false);
        if (family.Count < 2) return family.FirstOrDefault();
        HashSet<string> read = [.. (await MentionsAsync(cancellationToken).ConfigureAwait(false)).Select(m => m.Secret)];
        return family.OrderBy(s => read.Contains(s.Name)).ThenBy(s => s.Thing.Time("metadata", "creationTimestamp"))
            .ThenBy(s => s.Name, StringComparer.Ordinal).Last();
    }

    /// <summary>
    /// Whether some workloads read another Secret under a name than others do: whoever told them of a successor was stopped on the way.
    /// </summary>
    public async Task<bool> IsSplitAsync(string name, CancellationToken cancellationToken)
    {
        IReadOnlyList<ClusterSecret> family = await FamilyAsync(name, cancellationToken).ConfigureAwait(false);
        if (family.Count < 2) return false;
        HashSet<string> read = [.. (await MentionsAsync(cancellationToken).ConfigureAwait(false)).Select(m => m.Secret)];
        return family.Count(s => read.Contains(s.Name)) > 1;
    }

    /// <summary>What workloads take of Secrets.</summary>
    public async Task<IReadOnlyList<SecretMention>> MentionsAsync(CancellationToken cancellationToken)
    {
        NamespaceContents contents = await NamespaceContents.ReadAsync(_kubectl, reporter, cancellationToken).ConfigureAwait(false);
        return [.. contents.Names.SelectMany(n => SecretMentions.Of(n, contents.Find(n)!))];
    }

    /// <summary>Values of variables that stand in specifications themselves, by service and variable.</summary>
    public async Task<IReadOnlyList<(string Service, string Variable, string Value)>> LiteralsAsync(CancellationToken cancellationToken)
    {
        NamespaceContents contents = await NamespaceContents.ReadAsync(_kubectl, reporter, cancellationToken).ConfigureAwait(false);
        return [.. contents.Names.SelectMany(n => SecretMentions.Literals(contents.Find(n)!).Select(v => (n, v.Name, v.Value)))];
    }

    /// <summary>Asks the cluster whether it would take a value, and changes nothing.</summary>
    /// <exception cref="OpsException">Why it would not; <c>ClusterSecretKept</c>.</exception>
    public async Task TryAsync(ClusterSecret seen, string key, byte[] value, CancellationToken cancellationToken)
    {
        SecretKeeper.Refuse(seen);
        string[] arguments = seen.IsImmutable ? ["create", "-f", "-", "--dry-run=server", "--validate=false", "-o", "name"]
            : ["replace", "-f", "-", "--dry-run=server", "--validate=false", "-o", "name"];
        string text = (seen.IsImmutable ? Successor(seen, key, value) : With(seen, key, value)).ToJsonString();
        (_, string? failure) = await _kubectl.TryAsync(arguments, text, cancellationToken).ConfigureAwait(false);
        if (failure is not null) throw await ErrorAsync(seen, failure, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes a value; what is so already stays.</summary>
    /// <returns>The Secret that holds it: another one where the old one is immutable, which workloads are then told to read.</returns>
    /// <exception cref="OpsException"><c>ClusterSecretMoved</c>, <c>ClusterSecretHeld</c>, <c>ClusterSecretKept</c>, and what kubectl's errors mean.</exception>
    public async Task<ClusterSecret> WriteAsync(ChangeScope scope, ClusterSecret seen, string key, byte[] value,
        CancellationToken cancellationToken)
    {
        if (!seen.IsImmutable && Holds(seen, seen, key, value)) return seen;
        SecretKeeper.Refuse(seen);
        if (!seen.IsImmutable) return await SendAsync(seen, ["replace"], With(seen, key, value), cancellationToken).ConfigureAwait(false);
        IReadOnlyList<ClusterSecret> family = await FamilyAsync(seen.Declared, cancellationToken).ConfigureAwait(false);
        // One that a run before made, or that counted before: content decides, not the name.
        ClusterSecret made = family.FirstOrDefault(s => Holds(s, seen, key, value))
            ?? await SendAsync(seen, ["create"], Successor(seen, key, value), cancellationToken).ConfigureAwait(false);
        await RepointAsync(family.Select(s => s.Name).ToHashSet(StringComparer.Ordinal), made.Name, cancellationToken)
            .ConfigureAwait(false);
        return made;
    }

    private async Task RepointAsync(HashSet<string> old, string name, CancellationToken ct)
    {
        NamespaceContents contents = await NamespaceContents.ReadAsync(_kubectl, reporter, ct).ConfigureAwait(false);
        Workload[] readers = [.. contents.Names.Where(n => SecretMentions.Of(n, contents.Find(n)!).Any(m => old.Contains(m.Secret)
            && m.Secret != name)).Select(n => contents.Find(n)!)];
        if (readers.FirstOrDefault(r => !Repointed.Contains(r.Kind)) is { } held)
            throw ClusterSecretErrors.SecretHeld.Make(
                $"{held.Kind} {held.Name} reads a Secret that is immutable, and cannot be told another name.",
                "Make it anew with the new Secret, or take it away.", held.Name);
        foreach (Workload reader in readers) await RepointAsync(reader, old, name, ct).ConfigureAwait(false);
    }

    private async Task RepointAsync(Workload workload, HashSet<string> old, string name, CancellationToken ct)
    {
        for (int left = Tries; ; left--)
        {
            JsonElement now = await _kubectl.GetAsync(["get", workload.Reference], ct).ConfigureAwait(false);
            JsonObject whole = JsonObject.Create(now)!.DeepClone().AsObject();
            JsonNode? spec = workload.Kind == "CronJob" ? whole["spec"]?["jobTemplate"]?["spec"] : whole["spec"];
            if (SecretMentions.Rename(spec?["template"]?["spec"], old, name) == 0) return;
            (whole["metadata"] as JsonObject)?.Remove("managedFields");
            (_, string? failure) = await _kubectl.TryAsync(["replace", "-f", "-", "--validate=false", "-o", "name"],
                whole.ToJsonString(), ct).ConfigureAwait(false);
            if (failure is null) return;
            OpsException error = await _kubectl.ErrorAsync(failure, ct).ConfigureAwait(false);
            // What controllers count moves all the time.
            if (error.ErrorId != KubectlErrors.Conflict || left <= 1) throw error;
        }
    }

    private async Task<IReadOnlyList<ClusterSecret>> FamilyAsync(string name, CancellationToken ct) =>
        [.. (await ListAsync(ct).ConfigureAwait(false)).Where(s => s.Name == name || s.Declared == name)];

    private async Task<ClusterSecret> SendAsync(ClusterSecret seen, string[] verb, JsonObject whole, CancellationToken ct)
    {
        // A value has no place among arguments, which all can see.
        (string output, string? failure) = await _kubectl.TryAsync([.. verb, "-f", "-", "--validate=false", "-o", "json"],
            whole.ToJsonString(), ct).ConfigureAwait(false);
        return failure is null ? Read(Kubectl.Parse(output)) : throw await ErrorAsync(seen, failure, ct).ConfigureAwait(false);
    }

    private async Task<OpsException> ErrorAsync(ClusterSecret seen, string failure, CancellationToken ct)
    {
        OpsException error = await _kubectl.ErrorAsync(failure, ct).ConfigureAwait(false);
        return error.ErrorId is KubectlErrors.Conflict or KubectlErrors.NotFound ? ClusterSecretErrors.SecretMoved.Make(
            $"The Secret {seen.Name} was changed by somebody else since it was read. Nothing was written.", "Look at it, and begin again.",
            seen.Name, error) : error;
    }

    private static JsonObject With(ClusterSecret seen, string key, byte[] value)
    {
        JsonObject whole = JsonObject.Create(seen.Thing)!.DeepClone().AsObject();
        (whole["metadata"] as JsonObject)?.Remove("managedFields");
        // kubectl keeps what was applied last beside it, with the old value in it.
        if (whole["metadata"]?["annotations"] is JsonObject notes) notes.Remove("kubectl.kubernetes.io/last-applied-configuration");
        if (whole["data"] is not JsonObject data) whole["data"] = data = [];
        data[key] = Convert.ToBase64String(value);
        return whole;
    }

    private static JsonObject Successor(ClusterSecret seen, string key, byte[] value)
    {
        JsonObject whole = With(seen, key, value);
        var metadata = new JsonObject
        {
            ["name"] = $"{seen.Declared}-{Convert.ToHexString(RandomNumberGenerator.GetBytes(4)).ToLowerInvariant()}",
            ["annotations"] = new JsonObject { [InPlaceOf] = seen.Declared },
        };
        if (whole["metadata"]?["labels"] is { } labels) metadata["labels"] = labels.DeepClone();
        whole["metadata"] = metadata;
        return whole;
    }

    private static bool Holds(ClusterSecret one, ClusterSecret seen, string key, byte[] value) =>
        one.Data.TryGetValue(key, out byte[]? has) && has.AsSpan().SequenceEqual(value)
        && one.Data.Keys.Order().SequenceEqual(seen.Data.Keys.Append(key).Distinct().Order())
        && seen.Data.All(d => d.Key == key || one.Data[d.Key].AsSpan().SequenceEqual(d.Value));

    private static ClusterSecret Read(JsonElement thing)
    {
        var data = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (JsonProperty one in thing.Members("data"))
            data[one.Name] = one.Value.ValueKind == JsonValueKind.String && one.Value.TryGetBytesFromBase64(out byte[]? bytes) ? bytes : [];
        string name = thing.Text("metadata", "name") ?? "";
        return new ClusterSecret(thing)
        {
            Name = name, Declared = thing.Text("metadata", "annotations", InPlaceOf) ?? name, Uid = thing.Text("metadata", "uid") ?? "",
            Version = thing.Text("metadata", "resourceVersion") ?? "", IsImmutable = thing.IsTrue("immutable"), Data = data,
        };
    }
}
