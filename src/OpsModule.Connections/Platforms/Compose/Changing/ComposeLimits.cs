using System.Globalization;
using System.Text;
using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Connections.Platforms.Compose.Changing;

/// <summary>
/// The compose file of ours beside those of a project, which holds the limits that were set from here. Whatever makes containers through
/// this module takes it in, and the labels of those containers name it.
/// </summary>
/// <param name="platform">Where the project is.</param>
public sealed class ComposeLimits(PlatformOptions platform)
{
    private const int MaxBytes = 1024 * 1024;

    private readonly IReadOnlyList<string> _files = ComposeProject.Read(platform).Files;

    /// <summary>Full path of the file.</summary>
    /// <exception cref="OpsException"><c>ComposeFileNotFound</c>: there is no compose file that it could lie beside.</exception>
    public string Path => _files.Count > 0 ? ComposeFileNames.OursIn(System.IO.Path.GetDirectoryName(_files[0])!) : throw new OpsException(
        "ComposeFileNotFound", OpsErrorCategory.ObjectNotFound,
            $"There is no compose file {platform.ComposeFile}, beside which limits could be kept.",
        "Correct platform.compose.file in the environment file.", platform.ComposeFile);

    /// <summary>The files that it lies over, in words for a command: <c>compose.yaml:compose.opsmodule.yaml</c>.</summary>
    public string WithOthers => string.Join(System.IO.Path.PathSeparator, _files.Append(Path).Select(f => System.IO.Path.GetFileName(f))
        .Distinct());

    /// <summary>The limits by service.</summary>
    /// <exception cref="OpsException"><c>ComposeFileInvalid</c>: somebody has made something else of it.</exception>
    public IReadOnlyDictionary<string, ComposeLimit> Read()
    {
        if (!File.Exists(Path)) return new Dictionary<string, ComposeLimit>();
        try
        {
            YamlMap? services = (YamlTree.Read(TextOf(Path)) as YamlMap)?["services"] as YamlMap;
            return (services?.Entries ?? []).ToDictionary(e => e.Key.Value, e => ComposeLimit.Read(e.Value as YamlMap),
                StringComparer.Ordinal);
        }
        catch (Exception e) when (e is YamlRefusedException or FormatException or OverflowException or ArgumentException)
        {
            throw new OpsException("ComposeFileInvalid", OpsErrorCategory.InvalidData,
                $"{Path} is not as this module writes it: {e.Message}",
                "Move what is of yours into another compose file, and remove this one.", Path, e);
        }
    }

    /// <summary>What keeps a limit of a service's output from being set: its log driver knows none; null when nothing does.</summary>
    public string? WhyNoLog(string service) => Driver(service) is { } driver && driver is not ("json-file" or "local") ? driver : null;

    /// <summary>Sets the limits of one service; none takes it out. The file goes with its last service.</summary>
    public void Write(ChangeScope scope, string service, ComposeLimit limit)
    {
        var all = new SortedDictionary<string, ComposeLimit>(Read().ToDictionary(), StringComparer.Ordinal) { [service] = limit };
        if (limit.IsEmpty) all.Remove(service);
        if (all.Count > 0) AtomicFile.Write(Path, Encoding.UTF8.GetBytes(TextOf(all)), AtomicFile.Shared);
        else if (File.Exists(Path)) File.Delete(Path);
    }

    private string TextOf(IReadOnlyDictionary<string, ComposeLimit> all)
    {
        var text = new StringBuilder()
            .Append("# Limits that Set-OpsService has set. OpsModule writes this file anew: what is yours belongs into another one.\n")
            .Append("# 'docker compose up' takes it in where it is named, for example by COMPOSE_FILE in .env:\n")
            .Append(CultureInfo.InvariantCulture, $"#   COMPOSE_FILE={WithOthers}\n");
        // Compose v1 takes no files of different versions.
        if (_files.Select(f => Root(f)?.Text("version")).FirstOrDefault(v =>
            v is not null) is { } version) text.Append(CultureInfo.InvariantCulture, $"version: {Quote(version)}\n");
        text.Append("services:\n");
        foreach ((string service, ComposeLimit limit) in all) Append(text, service, limit);
        return text.ToString();
    }

    /// <summary>Compose refuses a limit that is said in two ways: each stands where the project's own files have it.</summary>
    private void Append(StringBuilder text, string service, ComposeLimit limit)
    {
        (string Name, string Text)[] deployed = [.. Amounts(limit).Where(a => IsDeployed(service, a.Deployed))
            .Select(a => (a.Deployed, a.Text))];
        text.Append(CultureInfo.InvariantCulture, $"  {Quote(service)}:\n");
        foreach ((string name, string inDeploy, string amount) in Amounts(limit).Where(a => !IsDeployed(service, a.Deployed)))
            text.Append(CultureInfo.InvariantCulture, $"    {name}: {amount}\n");
        if (deployed.Length > 0) text.Append("    deploy:\n      resources:\n        limits:\n");
        foreach ((string name, string amount) in deployed) text.Append(CultureInfo.InvariantCulture,
            $"          {name}: {Quote(amount)}\n");
        if (limit is { LogMaxSize: null, LogMaxFile: null }) return;
        text.Append("    logging:\n");
        if (Driver(service) is { } driver) text.Append(CultureInfo.InvariantCulture, $"      driver: {Quote(driver)}\n");
        text.Append("      options:\n");
        if (limit.LogMaxSize is { } size) text.Append(CultureInfo.InvariantCulture, $"        max-size: \"{size}b\"\n");
        if (limit.LogMaxFile is { } files) text.Append(CultureInfo.InvariantCulture, $"        max-file: \"{files}\"\n");
    }

    private static IEnumerable<(string Name, string Deployed, string Text)> Amounts(ComposeLimit limit)
    {
        if (limit.Memory is { } memory) yield return ("mem_limit", "memory", memory.ToString(CultureInfo.InvariantCulture));
        if (limit.Cpus is { } cpus) yield return ("cpus", "cpus", cpus.ToString(CultureInfo.InvariantCulture));
    }

    private bool IsDeployed(string service, string amount) => Services(service)
        .Any(s => (((s["deploy"] as YamlMap)?["resources"] as YamlMap)?["limits"] as YamlMap)?.Has(amount) is true);

    private string? Driver(string service) => Services(service).Select(s => (s["logging"] as YamlMap)?.Text("driver"))
        .LastOrDefault(d => d is not null);

    private IEnumerable<YamlMap> Services(string service) =>
        _files.Where(f => f != Path).Select(f => (Root(f)?["services"] as YamlMap)?[service]).OfType<YamlMap>();

    /// <summary>What cannot be read says nothing here; Compose itself tells what is wrong with it.</summary>
    private static YamlMap? Root(string path)
    {
        try { return YamlTree.Read(TextOf(path)) as YamlMap; }
        catch (Exception e) when (e is YamlRefusedException or OpsException) { return null; }
    }

    private static string TextOf(string path) => TextFile.Read(path, MaxBytes, fault => throw new OpsException("ComposeFileInvalid",
        OpsErrorCategory.InvalidData, fault.Message, "Correct the compose file.", path)) ?? "";

    /// <summary>JSON's texts are YAML's, too.</summary>
    private static string Quote(string text) => JsonSerializer.Serialize(text);
}
