using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OpsModule.Connections.Platforms.Compose.Rollouts;
using OpsModule.Connections.Platforms.Contract.Rollouts;

namespace OpsModule.Connections.Platforms.Docker.Rollouts;

/// <summary>Says whether a container is what Compose would make of its files now, beside its image: key by key.</summary>
internal static partial class ComposeLikeness
{
    private const string Environment = "environment", Command = "command", Entrypoint = "entrypoint", User = "user",
        WorkingDir = "working_dir", Memory = "memory", Cpus = "cpus", Health = "healthcheck", Volumes = "volumes", Ports = "ports";

    /// <summary>The keys in which it differs; what an image says itself counts where the files say nothing.</summary>
    public static IReadOnlyList<string> Differences(InstanceModel model, InstanceFacts instance, ImageFacts? image)
    {
        var all = (JsonObject)JsonNode.Parse(model.Resolved)!;
        var service = (JsonObject)all["services"]![model.Service]!;
        InstanceSettings made = instance.Settings, of = image?.Settings ?? new InstanceSettings();
        HashSet<string> own = [.. image?.Variables ?? []];
        bool[] same =
        [
            model.Variables.All(v => v.Value is null || instance.Variables.GetValueOrDefault(v.Key) == v.Value)
                && instance.Variables.All(v => own.Contains($"{v.Key}={v.Value}") || model.Variables.ContainsKey(v.Key) || v.Key is "PATH"),
            Words(service[Command]) is { } command ? command.SequenceEqual(made.Command) : made.Command.SequenceEqual(of.Command)
                || (service[Entrypoint] is not null && made.Command.Count == 0),
            (Words(service[Entrypoint]) ?? of.Entrypoint).SequenceEqual(made.Entrypoint),
            (ComposeJson.Text(service[User]) ?? of.User) == made.User,
            (ComposeJson.Text(service[WorkingDir]) ?? of.WorkingDirectory).TrimEnd('/') == made.WorkingDirectory.TrimEnd('/'),
            IsLimit(Bytes(ComposeJson.Text(service["mem_limit"])), Bytes(ComposeJson.Text(Limits(service)?["memory"])), made.MemoryBytes),
            IsLimit(Nano(ComposeJson.Text(service["cpus"])), Nano(ComposeJson.Text(Limits(service)?["cpus"])), made.NanoCpus),
            (Test(service[Health] as JsonObject) ?? of.HealthTest).SequenceEqual(made.HealthTest),
            AreMounts(model, all, service, made),
            ArePorts(service, made),
        ];
        string[] keys = [Environment, Command, Entrypoint, User, WorkingDir, Memory, Cpus, Health, Volumes, Ports];
        return [.. keys.Where((_, number) => !same[number])];
    }

    /// <summary>The model with what is known of a container in the place of what the files say now.</summary>
    public static InstanceModel AsMade(InstanceModel model, InstanceFacts instance, ImageFacts? image, IReadOnlyList<string> differs)
    {
        JsonNode all = JsonNode.Parse(model.Resolved)!;
        var service = (JsonObject)all["services"]![model.Service]!;
        InstanceSettings made = instance.Settings, of = image?.Settings ?? new InstanceSettings();
        HashSet<string> own = [.. image?.Variables ?? []];
        Dictionary<string, string?> variables = instance.Variables.Where(v => !own.Contains($"{v.Key}={v.Value}"))
            .ToDictionary(v => v.Key, v => (string?)v.Value);
        service[Environment] = new JsonObject(variables.Select(v => KeyValuePair.Create(v.Key, (JsonNode?)v.Value?.Replace("$", "$$"))));
        void Put(string key, JsonNode? value)
        {
            if (!differs.Contains(key)) return;
            service.Remove(key);
            if (value is not null) service[key] = value;
        }
        Put(Command, made.Command.SequenceEqual(of.Command) ? null : List(made.Command));
        Put(Entrypoint, made.Entrypoint.SequenceEqual(of.Entrypoint) ? null : List(made.Entrypoint));
        Put(User, made.User.Length > 0 && made.User != of.User ? made.User : null);
        Put(WorkingDir, made.WorkingDirectory.Length > 0 && made.WorkingDirectory != of.WorkingDirectory ? made.WorkingDirectory : null);
        Put(Health, made.HealthTest.SequenceEqual(of.HealthTest) ? null : HealthOf(made));
        if (differs.Contains(Memory)) Limit(service, "mem_limit", "memory", made.MemoryBytes > 0
            ? made.MemoryBytes.ToString(CultureInfo.InvariantCulture) : null);
        if (differs.Contains(Cpus)) Limit(service, "cpus", "cpus", made.NanoCpus > 0
            ? (made.NanoCpus / 1e9m).ToString(CultureInfo.InvariantCulture) : null);
        bool has = made.HealthTest is { Count: > 0 } test && test[0] != "NONE";
        return model with
        {
            Resolved = all.ToJsonString(), Variables = variables,
            HasHealthCheck = differs.Contains(Health) ? has && service[Health] is not null : model.HasHealthCheck,
            IsHealthCheckOff = differs.Contains(Health) ? !has : model.IsHealthCheckOff,
        };
    }

    private static JsonArray List(IEnumerable<string> words) => new([.. words.Select(w => (JsonNode?)w.Replace("$", "$$"))]);

    private static JsonObject HealthOf(InstanceSettings made)
    {
        if (made.HealthTest is [] or ["NONE", ..]) return new JsonObject { ["disable"] = true };
        var check = new JsonObject { ["test"] = List(made.HealthTest) };
        if (made.HealthInterval is { } interval && interval > TimeSpan.Zero) check["interval"] = Seconds(interval);
        if (made.HealthTimeout is { } timeout && timeout > TimeSpan.Zero) check["timeout"] = Seconds(timeout);
        return check;
    }

    private static string Seconds(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(span.TotalSeconds):0}s");

    private static void Limit(JsonObject service, string key, string ofDeploy, string? value)
    {
        // Compose refuses both: it stands where the files have it.
        if (Limits(service) is { } limits && limits.ContainsKey(ofDeploy))
        {
            limits.Remove(ofDeploy);
            if (value is not null) limits[ofDeploy] = value;
            return;
        }
        service.Remove(key);
        if (value is not null) service[key] = key == "cpus" ? decimal.Parse(value, CultureInfo.InvariantCulture)
            : long.Parse(value, CultureInfo.InvariantCulture);
    }

    private static JsonObject? Limits(JsonObject service) =>
        ((service["deploy"] as JsonObject)?["resources"] as JsonObject)?["limits"] as JsonObject;

    // The older Compose passes over what stands under deploy.
    private static bool IsLimit(long own, long ofDeploy, long made) => own > 0 ? own == made : made == 0 || ofDeploy == made;

    private static string[]? Words(JsonNode? node) => node switch
    {
        JsonArray list => [.. list.Select(ComposeJson.Text).OfType<string>().Select(w => w.Replace("$$", "$"))],
        JsonValue => [.. Split(ComposeJson.Text(node)!.Replace("$$", "$"))],
        _ => null,
    };

    /// <summary>A line in words, as Compose takes it apart: quotes and backslashes as in a shell, and nothing else of one.</summary>
    internal static IEnumerable<string> Split(string line) => Word().Matches(line).Select(m => Part().Replace(m.Value, p =>
        p.Value[0] == '\'' ? p.Value[1..^1] : p.Value[0] == '\\' ? p.Value[1..] : Escaped().Replace(p.Value[1..^1], "$1")));

    private static string[]? Test(JsonObject? check)
    {
        if (check is null) return null;
        if (ComposeJson.Text(check["disable"]) is "true") return ["NONE"];
        return check["test"] is JsonArray list ? [.. list.Select(ComposeJson.Text).OfType<string>().Select(w => w.Replace("$$", "$"))]
            : ComposeJson.Text(check["test"]) is { } line ? ["CMD-SHELL", line.Replace("$$", "$")] : null;
    }

    private static bool AreMounts(InstanceModel model, JsonObject all, JsonObject service, InstanceSettings made)
    {
        var wanted = new List<string>();
        foreach (ComposeVolume volume in ComposeJson.List(service[Volumes]).Select(ComposeVolume.Of))
        {
            if (volume is not { Source: { } source, Target: { } target } || volume.Type is "tmpfs") continue;
            wanted.Add($"{(Path.IsPathRooted(source) ? source.TrimEnd('/') : Named(model, all, source))}:{target.TrimEnd('/')}");
        }
        // Secrets and configurations are mounted where nobody says so under volumes.
        string[] has = [.. made.Mounts.Where(m => wanted.Contains(m) || !model.MountedFiles.Contains(m.Split(':')[0]))];
        return wanted.ToHashSet().SetEquals(has) || service["volumes_from"] is not null;
    }

    private static string Named(InstanceModel model, JsonObject all, string key)
    {
        var written = (all[Volumes] as JsonObject)?[key] as JsonObject;
        return ComposeJson.Text(written?["name"]) ?? (ComposeJson.Text(written?["external"]) is "true" ? key : $"{model.Project}_{key}");
    }

    private static bool ArePorts(JsonObject service, InstanceSettings made)
    {
        var wanted = new List<(string Published, string Target)>();
        foreach (JsonNode? port in ComposeJson.List(service[Ports]))
        {
            string[] ends = ComposeJson.Text(port)?.Split('/') ?? [];
            string[] parts = ends.ElementAtOrDefault(0)?.Split(':') ?? [];
            string published = port is JsonObject map ? ComposeJson.Text(map["published"]) ?? "" : parts.Length > 1 ? parts[^2] : "";
            string target = port is JsonObject other ? $"{ComposeJson.Text(other["target"])}/{ComposeJson.Text(other["protocol"]) ?? "tcp"}"
                : $"{parts.ElementAtOrDefault(parts.Length - 1)}/{ends.ElementAtOrDefault(1) ?? "tcp"}";
            if (target.Contains('-')) return true; // a range of both: which has which is not told
            wanted.Add((published is "" or "0" || published.Contains('-') ? "*" : published, target));
        }
        return wanted.Count == made.Ports.Count && wanted.All(w => made.Ports.Any(m => m.EndsWith(":" + w.Target, StringComparison.Ordinal)
            && (w.Published == "*" || m == $"{w.Published}:{w.Target}")));
    }

    private static long Bytes(string? text)
    {
        if (text is null || Size().Match(text) is not { Success: true } match) return 0;
        int power = match.Groups[2].Length == 0 ? 0 : "kmgt".IndexOf(char.ToLowerInvariant(match.Groups[2].Value[0])) + 1;
        return (long)(double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * Math.Pow(1024, power));
    }

    private static long Nano(string? text) => decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
        out decimal cpus) ? (long)(cpus * 1_000_000_000) : 0;

    [GeneratedRegex("""(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+""")]
    private static partial Regex Word();

    [GeneratedRegex("""'[^']*'|"(?:\\.|[^"\\])*"|\\.""")]
    private static partial Regex Part();

    [GeneratedRegex("""\\(["\\])""")]
    private static partial Regex Escaped();

    [GeneratedRegex("^([0-9]+(?:[.][0-9]+)?)([kKmMgGtT]?)[iI]?[bB]?$")]
    private static partial Regex Size();
}
