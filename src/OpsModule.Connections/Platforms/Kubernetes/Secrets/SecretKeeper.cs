using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Kubernetes.Secrets;

/// <summary>
/// Who makes a Secret out of something else, and keeps it so: what is written into it is taken back within seconds, or with the next
/// release, when the old value counts no more.
/// </summary>
internal static class SecretKeeper
{
    /// <summary>Labels and annotations by which somebody says that a Secret is his, and what is to be changed in its place.</summary>
    private static readonly (string Key, string Who, string Remedy)[] Marks =
    [
        ("reconcile.external-secrets.io/managed", "External Secrets", "the value in the store that the ExternalSecret reads"),
        ("reconcile.external-secrets.io/data-hash", "External Secrets", "the value in the store that the ExternalSecret reads"),
        ("sealedsecrets.bitnami.com/managed", "Sealed Secrets", "the SealedSecret: seal the new value, and apply it"),
        ("meta.helm.sh/release-name", "Helm", "the value of the chart (helm upgrade)"),
        ("helm.toolkit.fluxcd.io/name", "Flux", "what its repository holds"),
        ("kustomize.toolkit.fluxcd.io/name", "Flux", "what its repository holds"),
        ("argocd.argoproj.io/tracking-id", "Argo CD", "what its repository holds"),
        ("argocd.argoproj.io/instance", "Argo CD", "what its repository holds"),
        ("cert-manager.io/certificate-name", "cert-manager", "the Certificate (cmctl renew)"),
        ("secrets-store.csi.k8s.io/managed", "the Secrets Store CSI driver", "the value in the store that it reads"),
        ("app.kubernetes.io/managed-by", "", "what it is made of"),
    ];

    /// <summary>Refuses one that somebody keeps.</summary>
    /// <exception cref="OpsException"><c>ClusterSecretKept</c>.</exception>
    public static void Refuse(ClusterSecret secret)
    {
        (string? who, string remedy) = Find(secret.Thing);
        if (who is null) return;
        throw ClusterSecretErrors.SecretKept.Make(
            $"The Secret {secret.Name} is kept by {who}, which would put the old value back. Nothing was written.",
            $"Change {remedy}, or name a Secret that nobody keeps under uses:.", secret.Name);
    }

    private static (string? Who, string Remedy) Find(JsonElement secret)
    {
        foreach ((string key, string known, string remedy) in Marks)
            if ((secret.Text("metadata", "labels", key) ?? secret.Text("metadata", "annotations", key)) is { Length: > 0 } value
                && value != "false")
                return (known.Length > 0 ? known : value, remedy);
        foreach (JsonElement owner in secret.At("metadata").Items("ownerReferences"))
            return ($"{owner.Text("kind")} {owner.Text("name")}", $"the {owner.Text("kind")} that it is made of");
        return (null, "");
    }
}
