namespace OpsModule.Engine.Environments;

/// <summary>One service of a compose file, as far as an environment file is interested.</summary>
internal sealed record ComposeService(string Name)
{
    /// <summary>The image's name without registry, folder, tag and digest.</summary>
    public string Image { get; init; } = "";

    /// <summary>How many containers are wanted; 0 for a service that is started only with its profile.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>Its environment as written, variables not yet replaced; null passes the variable of that name through.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>Full paths of its env files.</summary>
    public IReadOnlyList<string> EnvFiles { get; init; } = [];

    /// <summary>Published TCP ports of the host by port of the container, with the address they can be reached at.</summary>
    public IReadOnlyDictionary<int, (string Host, int Port)> Ports { get; init; } = new Dictionary<int, (string, int)>();

    /// <summary>The words of its health check and its command, as written.</summary>
    public string HealthTest { get; init; } = "";

    /// <inheritdoc cref="HealthTest"/>
    public IReadOnlyList<string> Command { get; init; } = [];
}

/// <summary>A compose file, read without Docker.</summary>
internal sealed class ComposeFile
{
    private readonly YamlMap _root;

    private ComposeFile(string path, YamlMap root, ComposeVariables variables)
    {
        Path = path;
        _root = root;
        Variables = variables;
        Services = ((root["services"] as YamlMap)?.Entries ?? [])
            .Select(e => new ComposeServiceReader(this, e.Value as YamlMap).Read(e.Key.Value)).ToList();
    }

    public string Path { get; }

    public string Directory => System.IO.Path.GetDirectoryName(Path)!;

    public ComposeVariables Variables { get; }

    public IReadOnlyList<ComposeService> Services { get; }

    /// <summary>The project's name where the file says it.</summary>
    public string? Project => _root.Text("name") is { } name ? Variables.Expand(name) : null;

    /// <summary>Full path of the file behind a top-level secret, or null.</summary>
    public string? SecretFile(string name) =>
        ((_root["secrets"] as YamlMap)?[name] as YamlMap)?.Text("file") is { } file ? FullPath(Variables.Expand(file)) : null;

    /// <summary>Reads a compose file and the <c>.env</c> beside it.</summary>
    /// <exception cref="OpsException"><c>ComposeFileInvalid</c>.</exception>
    public static ComposeFile Read(string path)
    {
        var findings = new FindingList(path);
        string? text = TextFile.Read(path, EnvironmentLoader.MaxBytes, findings);
        if (text is null) throw Invalid(path, findings.All[0].Message);
        try
        {
            if (YamlTree.Read(text) is not YamlMap root) throw Invalid(path, $"{path} holds no services.");
            string envFile = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path)!, ".env");
            return new ComposeFile(path, root, new ComposeVariables(ReadEnvFile(envFile)));
        }
        catch (YamlRefusedException e)
        {
            throw Invalid(path, $"{path}({e.Line},{e.Column}): {e.Message}");
        }
    }

    /// <summary>The keys of an env file; none when it is missing, as it may be.</summary>
    public static IReadOnlyDictionary<string, string> ReadEnvFile(string path)
    {
        var findings = new FindingList(path);
        return File.Exists(path) && TextFile.Read(path, EnvironmentLoader.MaxBytes, findings) is { } text
            ? EnvFile.Parse(text)
            : new Dictionary<string, string>();
    }

    public string FullPath(string path) => System.IO.Path.GetFullPath(path.Replace('\0', '_'), Directory);

    private static OpsException Invalid(string path, string message) => new("ComposeFileInvalid", OpsErrorCategory.InvalidData,
        message, "Correct the compose file (docker compose config checks it), or name another one.", path);
}
