using System.Text.Json;
using System.Text.Json.Nodes;
using OpsModule.Engine.Areas.Schedules.Exporting;
using OpsModule.Engine.Tests.Fixtures.Kubernetes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Schedules;

/// <summary>
/// CronJobs, read by kubectl and held against the keys that Kubernetes 1.27 has; pipelines and templates, of which no Jenkins and no Azure
/// is here: their form, and that a shell hands the line over.
/// </summary>
public sealed class OtherSystemTests : IDisposable
{
    private const string Secret = "databases: { main: { url: \"env:OPS_TEST_EXPORTED\" } }";

    private readonly ExportLab _lab = new();

    public OtherSystemTests() => Environment.SetEnvironmentVariable("OPS_TEST_EXPORTED", "postgres://u:hunter22@h/n");

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("OPS_TEST_EXPORTED", null);
        _lab.Dispose();
    }

    [Fact]
    public void Kubectl_reads_the_cron_job_and_Kubernetes_has_each_of_its_keys()
    {
        using var kube = new KubeLab();
        ScheduleFileRecord file = Assert.Single(_lab.Export("*/15 3 * * 1-5", _lab.Request(ScheduleSystem.KubernetesCronJob) with { Program = "/opt/$(HOME)/pwsh", Module = ExportLab.Odd }, Secret));
        (int code, string said) = ExportLab.Run("kubectl", "--kubeconfig", kube.Kubeconfig, "create", "--dry-run=client", "--validate=false", "-o", "json", "-f", _lab.Write(file.Name, file.Text));
        Assert.True(code == 0, said);
        JsonNode job = JsonNode.Parse(said)!;
        KubernetesKeys.Check(job, "CronJob");
        JsonNode spec = job["spec"]!, pod = spec["jobTemplate"]!["spec"]!["template"]!["spec"]!, container = pod["containers"]![0]!;
        Assert.Equal(("*/15 3 * * 1-5", "Etc/UTC", "Forbid", 300), ((string)spec["schedule"]!, (string)spec["timeZone"]!, (string)spec["concurrencyPolicy"]!, (int)spec["startingDeadlineSeconds"]!));
        Assert.Equal((0, "Never"), ((int)spec["jobTemplate"]!["spec"]!["backoffLimit"]!, (string)pod["restartPolicy"]!));
        Assert.Equal(["tini", "--", "/opt/$$(HOME)/pwsh", "-NoProfile", "-NonInteractive", "-Command",
            $"Import-Module {ExportedSchedule.Quoted(ExportLab.Odd)} -ErrorAction Stop; Invoke-OpsSchedule 'nightly' -Environment '/etc/ops/ops.yaml'"], container["command"]!.AsArray().Select(c => (string)c!));
        JsonNode variable = Assert.Single(container["env"]!.AsArray())!;
        Assert.Equal(("OPS_TEST_EXPORTED", "ops-lab-secrets", "OPS_TEST_EXPORTED"), ((string)variable["name"]!, (string)variable["valueFrom"]!["secretKeyRef"]!["name"]!, (string)variable["valueFrom"]!["secretKeyRef"]!["key"]!));
        Assert.Equal(["/etc/ops", "/var/lib/ops"], container["volumeMounts"]!.AsArray().Select(m => (string)m!["mountPath"]!));
        Assert.DoesNotContain("hunter22", file.Text);
    }

    [Fact]
    public void What_a_pod_lacks_or_Kubernetes_cannot_say_is_refused()
    {
        ScheduleExportRequest request = _lab.Request(ScheduleSystem.KubernetesCronJob);
        Assert.Contains("needs an image", _lab.Refused("0 2 * * *", request with { Image = null }).Message);
        Assert.Contains("Kubernetes does not know L, W and #", _lab.Refused("0 2 * * 5L", request).Message);
        OpsException beside = Assert.Throws<OpsException>(() => _lab.ExportAll("schedule: { a: { at: \"0 2 * * *\", run: x } }", request, e => throw e));
        Assert.Contains("beside itself, where a pod cannot write", beside.Message);
        string name = new('a', 60);
        OpsException longName = Assert.Throws<OpsException>(() => _lab.ExportAll($"state: /var/lib/ops/state\nschedule: {{ {name}: {{ at: \"0 2 * * *\", run: x }} }}", request, e => throw e));
        Assert.Contains("and Kubernetes takes 52", longName.Message);
        OpsException same = Assert.Throws<OpsException>(() => _lab.ExportAll("state: /var/lib/ops/state\nschedule: { a-b: { at: \"0 2 * * *\", run: x }, a.b: { at: \"0 2 * * *\", run: x } }", request, e => throw e));
        Assert.Contains("would have the same name there", same.Message);
    }

    [Fact]
    public void One_entry_that_cannot_be_said_does_not_keep_the_others_back()
    {
        var failed = new List<OpsException>();
        IReadOnlyList<ScheduleFileRecord> files = _lab.ExportAll("schedule: { a: { at: \"0 2 L * *\", run: x }, b: { at: \"0 2 * * *\", run: x } }", _lab.Request(ScheduleSystem.Jenkinsfile), failed.Add);
        Assert.Equal(["b"], Assert.Single(files).Schedules);
        Assert.Equal("a", Assert.Single(failed).Target);
    }

    [Fact]
    public void A_pipeline_hands_its_line_to_the_shell_as_it_was_meant()
    {
        ScheduleFileRecord file = Assert.Single(_lab.Export("0 2 * * *", _lab.Request(ScheduleSystem.Jenkinsfile) with { Program = _lab.Program(), Module = ExportLab.Odd, Agent = "it's" }, Secret));
        string text = file.Text;
        Assert.Equal(text.Count(c => c == '{'), text.Count(c => c == '}'));
        Assert.Contains(@"agent { label 'it\'s' }", text);
        Assert.Contains(@"triggers { cron('TZ=Etc/UTC\n0 2 * * *') }", text);
        Assert.Contains("disableConcurrentBuilds()", text);
        Assert.Contains("OPS_TEST_EXPORTED = credentials('OPS_TEST_EXPORTED')", text);
        Assert.DoesNotContain("hunter22", text);
        string line = text.Split('\n').Single(l => l.Contains("sh '", StringComparison.Ordinal));
        string script = Groovy(line[(line.IndexOf("sh '", StringComparison.Ordinal) + 4)..]);
        Assert.Equal(0, ExportLab.Run("/bin/sh", "-c", script).Code);
        Assert.Equal($"Import-Module {ExportedSchedule.Quoted(ExportLab.Odd)} -ErrorAction Stop; Invoke-OpsSchedule 'nightly' -Environment '{_lab.Folder}/ops.yaml'", _lab.Said[3]);
    }

    [Theory]
    [InlineData("0 2 * * *", "Day 1 02:00")]
    [InlineData("30 2,14 * * *", "Hour 12 02:30")]
    [InlineData("0 * * * *", "Hour 1 00:00")]
    [InlineData("*/30 * * * *", "Hour 1 00:00|Hour 1 00:30")]
    [InlineData("0 */6 * * *", "Hour 6 00:00")]
    [InlineData("0 2,5 * * *", "Day 1 02:00|Day 1 05:00")]
    [InlineData("0 2 * * MON,FRI", "Week 1 02:00 {\"weekDays\":[\"Monday\",\"Friday\"]}")]
    [InlineData("0 2 1,15 * *", "Month 1 02:00 {\"monthDays\":[1,15]}")]
    [InlineData("0 2 L * *", "Month 1 02:00 {\"monthDays\":[-1]}")]
    [InlineData("0 2 * * SUN#1", "Month 1 02:00 {\"monthlyOccurrences\":[{\"occurrence\":1,\"day\":\"Sunday\"}]}")]
    public void Azure_is_told_steps(string at, string steps)
    {
        IReadOnlyList<ScheduleFileRecord> files = _lab.Export(at, _lab.Request(ScheduleSystem.AzureAutomation), Secret);
        Assert.Equal(["ops-lab-nightly.ps1", "ops-lab-nightly.json"], files.Select(f => f.Name));
        Assert.Contains("$env:OPS_TEST_EXPORTED = Get-AutomationVariable -Name 'OPS_TEST_EXPORTED'\n", files[0].Text);
        Assert.DoesNotContain("hunter22", files[0].Text + files[1].Text);
        JsonArray resources = JsonNode.Parse(files[1].Text)!["resources"]!.AsArray();
        Assert.Equal(steps, string.Join('|', resources.Where(r => ((string)r!["type"]!).EndsWith("/schedules", StringComparison.Ordinal)).Select(Step)));
        Assert.All(resources.Where(r => ((string)r!["type"]!).EndsWith("/jobSchedules", StringComparison.Ordinal)), r => Assert.Equal("workers", (string)r!["properties"]!["runOn"]!));

        static string Step(JsonNode? resource)
        {
            JsonNode step = resource!["properties"]!;
            string start = (string)step["startTime"]!;
            Assert.Equal("Etc/UTC", (string)step["timeZone"]!);
            return $"{step["frequency"]} {step["interval"]} {start[(start.IndexOf('T') + 1)..][..5]}{(step["advancedSchedule"] is { } days ? " " + days.ToJsonString(JsonSerializerOptions.Default) : "")}";
        }
    }

    [Theory]
    [InlineData("*/5 * * * *", "it would need 12 schedules for every hour")]
    [InlineData("0 * * * MON", "of some days only")]
    [InlineData("0 2 * 3 *", "cannot name months")]
    [InlineData("0 2 15W * *", "no other such day")]
    [InlineData("0 2 L-2 * *", "no other such day")]
    public void What_Azure_cannot_say_is_refused(string at, string said) => Assert.Contains(said, _lab.Refused(at, _lab.Request(ScheduleSystem.AzureAutomation)).Message);

    [Fact]
    public void Azure_needs_a_hybrid_worker() => Assert.Contains("needs a hybrid worker", _lab.Refused("0 2 * * *", _lab.Request(ScheduleSystem.AzureAutomation) with { WorkerGroup = null }).Message);

    [Fact]
    public void A_file_is_written_whole_and_nobody_elses_is_replaced()
    {
        ScheduleFileRecord file = Assert.Single(_lab.Export("0 2 * * *", _lab.Request(ScheduleSystem.Jenkinsfile)));
        Assert.Equal(file.Text, File.ReadAllText(ScheduleExporter.Write(file, _lab.Folder, force: false).Path!));
        ScheduleExporter.Write(file, _lab.Folder, force: false);
        _lab.Write(file.Name, "mine");
        Assert.Equal("ScheduleFileExists", Assert.Throws<OpsException>(() => ScheduleExporter.Write(file, _lab.Folder, force: false)).ErrorId);
        ScheduleExporter.Write(file, _lab.Folder, force: true);
        Assert.Equal("ScheduleNotWritten", Assert.Throws<OpsException>(() => ScheduleExporter.Write(file, _lab.Folder + "/none", force: false)).ErrorId);
    }

    /// <summary>A text of Groovy between single quotes, up to the one that ends it.</summary>
    private static string Groovy(string text)
    {
        var read = new System.Text.StringBuilder();
        for (int i = 0; text[i] != '\''; i++) read.Append(text[i] != '\\' ? text[i] : text[++i] == 'n' ? '\n' : text[i]);
        return read.ToString();
    }
}
