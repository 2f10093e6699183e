using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Schedules.Exporting;

/// <summary>A CronJob: the environment file out of a ConfigMap, secrets out of a Secret, the state folder on a claim.</summary>
internal static class KubernetesCronJob
{
    /// <summary>Where the image of this module has PowerShell.</summary>
    public const string Program = "/opt/microsoft/powershell/pwsh";

    /// <summary>Where the ConfigMap is mounted, unless somebody says otherwise.</summary>
    public const string EnvironmentFile = "/etc/ops/ops.yaml";

    // Jobs get a suffix of eleven characters, and 63 are the most.
    private const int LongestName = 52;

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <exception cref="OpsException"><c>ScheduleNotExpressible</c>, <c>ScheduleIncomplete</c>.</exception>
    public static ScheduleFileRecord Write(ExportedSchedule schedule, DateTimeOffset now)
    {
        string image = schedule.Request.Image ?? throw ScheduleErrors.ScheduleIncomplete.Make(
            "A CronJob needs an image with PowerShell and this module, and none was named.",
            "Name it with -Image; build/image.ps1 builds one.", schedule.Entry.Name);
        string name = NameOf(schedule), environment = schedule.Environment.Name.ToLowerInvariant().Replace('_', '-').Replace('.', '-');
        string cron = schedule.PlainCron("Kubernetes"), file = schedule.EnvironmentFile;
        int late = (int)Math.Max(60, ScheduleJudge.GraceOf(schedule.Entry, now).TotalSeconds);
        string[] command = ["tini", "--", .. schedule.Arguments.Select(a => a.Replace("$(", "$$(", StringComparison.Ordinal))];
        string text = $"""
            # {schedule.Heading}
            # The folder of the claim is above the state folder, which OpsModule makes itself so that nobody else may write to it.
            apiVersion: batch/v1
            kind: CronJob
            metadata:
              name: {Text(name)}
            {(schedule.Environment.Platform.Namespace is { } space ? $"  namespace: {Text(space)}\n" : "")}  labels:
                app.kubernetes.io/name: opsmodule
                app.kubernetes.io/instance: {Text(environment)}
            spec:
              schedule: {Text(cron)}
              timeZone: Etc/UTC
              concurrencyPolicy: Forbid
              startingDeadlineSeconds: {late.ToString(CultureInfo.InvariantCulture)}
              successfulJobsHistoryLimit: 3
              failedJobsHistoryLimit: 3
              jobTemplate:
                spec:
                  backoffLimit: 0
                  template:
                    metadata:
                      labels:
                        app.kubernetes.io/name: opsmodule
                        app.kubernetes.io/instance: {Text(environment)}
                    spec:
                      restartPolicy: Never
                      terminationGracePeriodSeconds: 30
                      containers:
                        - name: ops
                          image: {Text(image)}
                          command:
            {List(command)}{Variables(schedule, environment)}              volumeMounts:
                            - name: environment
                              mountPath: {Text(FolderOf(file))}
                              readOnly: true
                            - name: state
                              mountPath: {Text(FolderOf(StateOf(schedule)))}
                      volumes:
                        - name: environment
                          configMap:
                            name: {Text($"ops-{environment}")}
                        - name: state
                          persistentVolumeClaim:
                            claimName: {Text($"ops-{environment}-state")}

            """;
        return new ScheduleFileRecord
        {
            Environment = schedule.Environment.Name, System = ScheduleSystem.KubernetesCronJob, Schedules = [schedule.Entry.Name],
                Name = name + ".yaml", Text = text,
            Next = $"Make the ConfigMap ops-{environment} with the environment file (kubectl create configmap ops-{environment} "
                + $"--from-file={System.IO.Path.GetFileName(file)})"
                + (schedule.Variables.Count == 0
                    ? "" : $", the Secret ops-{environment}-secrets with the keys {string.Join(", ", schedule.Variables)}")
                + $", and the claim ops-{environment}-state. Then: kubectl apply -f {name}.yaml",
        };
    }

    private static string NameOf(ExportedSchedule schedule)
    {
        string name = schedule.Name.ToLowerInvariant().Replace('_', '-').Replace('.', '-').TrimEnd('-');
        return name.Length <= LongestName ? name
            : throw schedule.Refused($"its name {name} has {name.Length} characters, and Kubernetes takes {LongestName} for a CronJob",
                "Give the entry or the environment a shorter name.");
    }

    /// <summary>In a pod the environment file is mounted to be read only, and so would be what lies beside it.</summary>
    private static string StateOf(ExportedSchedule schedule)
    {
        if (schedule.State is ['/', ..] state && FolderOf(state) is { Length: > 1 } above
            && above != FolderOf(schedule.EnvironmentFile)) return state.TrimEnd('/');
        throw ScheduleErrors.ScheduleIncomplete.Make(
            $"In a pod the state folder needs a volume, and {schedule.Environment.File} "
                + $"{(schedule.State is { } said ? $"has it at {said}" : "has it beside itself, where a pod cannot write")}.",
            "Say where it is by a full path, in a folder of its own: state: /var/lib/ops/state. The volume is mounted at the folder "
                + "above.", schedule.Entry.Name);
    }

    private static string FolderOf(string path) => path.TrimEnd('/') is var trimmed && trimmed.LastIndexOf('/') is > 0 and var at
        ? trimmed[..at] : "/";

    private static string Variables(ExportedSchedule schedule, string environment) => schedule.Variables.Count == 0 ? ""
        : "              env:\n"
        + string.Concat(schedule.Variables
            .Select(v => $"                - name: {v}\n                  valueFrom:\n                    secretKeyRef:\n"
            + $"                      name: {Text($"ops-{environment}-secrets")}\n                      key: {v}\n"));

    private static string List(IEnumerable<string> texts) => string.Concat(texts.Select(t => $"                - {Text(t)}\n"));

    /// <summary>A text as YAML reads it, whatever stands in it: as JSON writes it.</summary>
    private static string Text(string text) => JsonSerializer.Serialize(text, Json);
}
