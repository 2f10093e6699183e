using OpsModule.Connections.Files;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Connections.Platforms.Compose;

/// <summary>One service of a compose file, as far as an environment file is interested.</summary>
public sealed record ComposeService(string Name)
{
    /// <summary>The image's name without registry, folder, tag and digest.</summary>
    public string Image { get; init; } = "";

    /// <summary>How many containers are wanted; 0 for a service that is started only with its profile.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>The same of Compose v1, which passes <c>deploy:</c> over.</summary>
    public int ReplicasInFirst { get; init; } = 1;

    /// <summary>True when it has profiles and none of them is active: it is started only by its name.</summary>
    public bool IsOptional { get; init; }

    /// <summary>The services that it needs, and how.</summary>
    public IReadOnlyList<ServiceDependency> DependsOn { get; init; } = [];

    /// <summary>True when it publishes or exposes ports, or has a health check: it is there to be asked.</summary>
    public bool Serves { get; init; }

    /// <summary>Its environment as written, variables not yet replaced; null passes the variable of that name through.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>Full paths of its env files.</summary>
    public IReadOnlyList<string> EnvFiles { get; init; } = [];

    /// <summary>Those of the env files that are read to the letter (<c>format: raw</c>).</summary>
    public IReadOnlyCollection<string> RawEnvFiles { get; init; } = [];

    /// <summary>The names of variables that anything in it takes in, its <c>environment</c> left out.</summary>
    public IReadOnlySet<string> Mentions { get; init; } = new HashSet<string>();

    /// <summary>The same of what it is built with; a build argument without a value takes in the variable of its name.</summary>
    public IReadOnlySet<string> BuildMentions { get; init; } = new HashSet<string>();

    /// <summary>Files and folders of this machine that it is given: its secrets, its configs, what is mounted from a path.</summary>
    public IReadOnlyList<ServiceFile> Files { get; init; } = [];

    /// <summary>Published TCP ports of the host by port of the container, with the address they can be reached at.</summary>
    public IReadOnlyDictionary<int, (string Host, int Port)> Ports { get; init; } = new Dictionary<int, (string, int)>();

    /// <summary>The name that its one container is to have; null for names of Compose's.</summary>
    public string? ContainerName { get; init; }

    /// <summary>How many containers its ports of the host are enough for, and the port that is the fewest of; null without such
    /// ports.</summary>
    public (int Most, string Port)? HostPorts { get; init; }

    /// <summary>The words of its health check, its entry point and its command, as written.</summary>
    public string HealthTest { get; init; } = "";

    /// <inheritdoc cref="HealthTest"/>
    public IReadOnlyList<string> Entrypoint { get; init; } = [];

    /// <inheritdoc cref="HealthTest"/>
    public IReadOnlyList<string> Command { get; init; } = [];
}

/// <summary>The compose files of a project, read without Docker and put together as Compose does: overrides, <c>include</c>, <c>extends</c>.</summary>
public sealed class ComposeFile
{
    /// <summary>Files that include one another in a circle come to an end here.</summary>
    private const int MaxDepth = 8;

    private const int MaxBytes = 1024 * 1024;

    private readonly YamlMap _root;
    private readonly List<string> _unread = [];

    private ComposeFile(string path, IReadOnlyList<string> files, YamlMap root, ComposeVariables variables, int depth)
    {
        Path = path;
        Files = files;
        _root = root;
        Variables = variables;
        List<ComposeService> services = [.. ((root["services"] as YamlMap)?.Entries ?? [])
            .Select(e => new ComposeServiceReader(this, Extended(e.Value as YamlMap, depth)).Read(e.Key.Value))];
        foreach (ComposeFile included in Included(depth))
        {
            services.AddRange(included.Services.Where(s => !services.Exists(known => known.Name == s.Name)));
            _unread.AddRange(included.Unread);
        }
        Services = services;
    }

    /// <summary>The file that was named.</summary>
    public string Path { get; }

    /// <summary>Full paths of all files that Compose is given, in its order.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>The folder that relative paths start from: that of the first file.</summary>
    public string Directory => System.IO.Path.GetDirectoryName(Files[0])!;

    /// <summary>The variables that the texts of the files are expanded with.</summary>
    public ComposeVariables Variables { get; }

    /// <summary>The services of all files together. The files themselves go before what they include when both name a service.</summary>
    public IReadOnlyList<ComposeService> Services { get; }

    /// <summary>What is included from elsewhere, by URL, and was not read.</summary>
    public IReadOnlyList<string> Unread => _unread;

    /// <summary>The project's name where the file says it.</summary>
    public string? Project => _root.Text("name") is { } name ? Variables.Expand(name) : null;

    /// <summary>Full path of the file behind a top-level secret, or null.</summary>
    public string? SecretFile(string name) =>
        ((_root["secrets"] as YamlMap)?[name] as YamlMap)?.Text("file") is { } file ? FullPath(Variables.Expand(file)) : null;

    /// <summary>A top-level secret or config of a service's, as it is written; null when there is none.</summary>
    /// <param name="kind"><c>secrets</c> or <c>configs</c>.</param>
    /// <param name="name">Its name.</param>
    internal YamlMap? Shared(string kind, string name) => (_root[kind] as YamlMap)?[name] as YamlMap;

    /// <summary>Reads a compose file with what Compose reads beside it: overrides, the files of COMPOSE_FILE, and <c>.env</c>.</summary>
    /// <exception cref="OpsException"><c>ComposeFileInvalid</c>, <c>EnvFileInvalid</c>.</exception>
    public static ComposeFile Read(string path)
    {
        string env = ComposeFileNames.EnvFileOf(path);
        ComposeEnvFile own = ReadEnvFile(env);
        if (own.Fault is { } fault) throw new OpsException("EnvFileInvalid", OpsErrorCategory.InvalidData,
            $"Compose refuses {env}: {fault}.",
            "Correct that line, or put the value in quotes.", env);
        return Read(path, ComposeFileNames.Of(path, own.Values), new ComposeVariables(own.Values), 0);
    }

    /// <summary>Reads the files that a project was made of, with its variables.</summary>
    /// <exception cref="OpsException"><c>ComposeFileInvalid</c>.</exception>
    public static ComposeFile Read(ComposeSource source)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string env in source.EnvFiles.Count > 0 ? source.EnvFiles : [System.IO.Path.Combine(source.Folder, ".env")])
            foreach ((string name, string value) in ReadEnvFile(env, values).Values) values[name] = value;
        return Read(source.Files[0], source.Files, new ComposeVariables(values), 0);
    }

    /// <summary>An env file; nothing stands in one that is missing, as it may be.</summary>
    /// <param name="path">Its full path.</param>
    /// <param name="project">Values of the project's own <c>.env</c>, for a file that is not that one.</param>
    /// <param name="raw">True reads it to the letter, as one with <c>format: raw</c>.</param>
    public static ComposeEnvFile ReadEnvFile(string path, IReadOnlyDictionary<string, string>? project = null, bool raw = false)
    {
        string text = File.Exists(path) ? TextFile.Read(path, MaxBytes, _ => { }) ?? "" : "";
        return raw ? ComposeEnvFile.Read(text, EnvDialect.Raw, project) : ComposeEnvFile.Read(text, project);
    }

    internal string FullPath(string path) => System.IO.Path.GetFullPath(path.Replace('\0', '_'), Directory);

    private static ComposeFile Read(string path, IReadOnlyList<string> files, ComposeVariables variables, int depth) =>
        new(path, files, files.Select(Root).Aggregate(ComposeMerge.Merge), variables, depth);

    private static YamlMap Root(string path)
    {
        string? text = TextFile.Read(path, MaxBytes, fault => throw Invalid(path, fault.Expected is { } expected ? $"{fault.Message} Expected: {expected}." : fault.Message));
        try
        {
            return YamlTree.Read(text!) as YamlMap ?? throw Invalid(path, $"{path} holds no services.");
        }
        catch (YamlRefusedException e)
        {
            throw Invalid(path, $"{path}({e.Line},{e.Column}): {e.Message}");
        }
    }

    private List<ComposeFile> Included(int depth)
    {
        var found = new List<ComposeFile>();
        foreach (YamlItem item in depth < MaxDepth ? ComposeServiceReader.Many(_root["include"]) : [])
        {
            string[] paths = [.. ComposeServiceReader.Many(item is YamlMap map ? map["path"] : item).OfType<YamlText>().Select(t => Variables.Expand(t.Value))];
            if (Array.Find(paths, p => p.Contains("://", StringComparison.Ordinal) || p.StartsWith("git@", StringComparison.Ordinal)) is { } elsewhere) _unread.Add(elsewhere);
            else if (paths.Length > 0) found.Add(Read(FullPath(paths[0]), [.. paths.Select(FullPath)], Variables, depth + 1));
        }
        return found;
    }

    /// <summary>A service over the one that it extends.</summary>
    private YamlMap? Extended(YamlMap? service, int depth)
    {
        string? name = service?["extends"] is YamlMap map ? map.Text("service") : service?.Text("extends");
        if (name is null || depth >= MaxDepth) return service;
        string? file = (service!["extends"] as YamlMap)?.Text("file");
        YamlMap root = file is null ? _root : Root(FullPath(Variables.Expand(file)));
        return (root["services"] as YamlMap)?[name] is YamlMap extended ? ComposeMerge.Merge(Extended(extended, depth + 1)!, service) : service;
    }

    private static OpsException Invalid(string path, string message) => new("ComposeFileInvalid", OpsErrorCategory.InvalidData,
        message, "Correct the compose file (docker compose config checks it), or name another one.", path);
}
