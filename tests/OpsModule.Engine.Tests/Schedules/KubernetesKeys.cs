using System.Text.Json.Nodes;

namespace OpsModule.Engine.Tests.Schedules;

/// <summary>The keys of a CronJob in the API of Kubernetes 1.27 (batch/v1), as far as one of these may have: the type of each, and the rest is none.</summary>
internal static class KubernetesKeys
{
    private static readonly Dictionary<string, (string Key, string Type)[]> Types = new()
    {
        ["CronJob"] = [("apiVersion", "text"), ("kind", "text"), ("metadata", "ObjectMeta"), ("spec", "CronJobSpec")],
        ["ObjectMeta"] = [("name", "text"), ("namespace", "text"), ("labels", "map"), ("annotations", "map"), ("creationTimestamp", "text")],
        ["CronJobSpec"] = [("schedule", "text"), ("timeZone", "text"), ("startingDeadlineSeconds", "number"), ("concurrencyPolicy", "text"), ("suspend", "flag"),
            ("jobTemplate", "JobTemplateSpec"), ("successfulJobsHistoryLimit", "number"), ("failedJobsHistoryLimit", "number")],
        ["JobTemplateSpec"] = [("metadata", "ObjectMeta"), ("spec", "JobSpec")],
        ["JobSpec"] = [("backoffLimit", "number"), ("activeDeadlineSeconds", "number"), ("ttlSecondsAfterFinished", "number"), ("template", "PodTemplateSpec")],
        ["PodTemplateSpec"] = [("metadata", "ObjectMeta"), ("spec", "PodSpec")],
        ["PodSpec"] = [("restartPolicy", "text"), ("terminationGracePeriodSeconds", "number"), ("serviceAccountName", "text"), ("containers", "Container[]"), ("volumes", "Volume[]")],
        ["Container"] = [("name", "text"), ("image", "text"), ("command", "text[]"), ("args", "text[]"), ("env", "EnvVar[]"), ("volumeMounts", "VolumeMount[]"), ("workingDir", "text")],
        ["EnvVar"] = [("name", "text"), ("value", "text"), ("valueFrom", "EnvVarSource")],
        ["EnvVarSource"] = [("secretKeyRef", "SecretKeySelector")],
        ["SecretKeySelector"] = [("name", "text"), ("key", "text"), ("optional", "flag")],
        ["VolumeMount"] = [("name", "text"), ("mountPath", "text"), ("readOnly", "flag"), ("subPath", "text")],
        ["Volume"] = [("name", "text"), ("configMap", "ConfigMapVolumeSource"), ("persistentVolumeClaim", "PersistentVolumeClaimVolumeSource")],
        ["ConfigMapVolumeSource"] = [("name", "text"), ("defaultMode", "number")],
        ["PersistentVolumeClaimVolumeSource"] = [("claimName", "text"), ("readOnly", "flag")],
    };

    public static void Check(JsonNode? node, string type, string path = "")
    {
        if (type.EndsWith("[]", StringComparison.Ordinal))
        {
            foreach (JsonNode? item in Assert.IsType<JsonArray>(node)) Check(item, type[..^2], path + "[]");
        }
        else if (type == "map")
        {
            foreach ((string key, JsonNode? value) in Assert.IsType<JsonObject>(node)) Check(value, "text", $"{path}.{key}");
        }
        else if (!Types.TryGetValue(type, out (string Key, string Type)[]? keys))
        {
            // What kubectl itself adds is null.
            if (node is not null) Assert.True(type == node.GetValueKind() switch
            {
                System.Text.Json.JsonValueKind.String => "text", System.Text.Json.JsonValueKind.Number => "number", System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False => "flag", _ => "",
            }, $"{path} is {node.ToJsonString()}, and {type} was expected");
        }
        else
        {
            foreach ((string key, JsonNode? value) in Assert.IsType<JsonObject>(node))
            {
                (string Key, string Type) known = keys.FirstOrDefault(k => k.Key == key);
                Assert.True(known.Key is not null, $"{type} of Kubernetes has no key {key} ({path})");
                Check(value, known.Type, $"{path}.{key}");
            }
        }
    }
}
