using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Configuration.Settings;
using OpsModule.Engine.Areas.Rollouts.Proxies;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Files.Anchored;

namespace OpsModule.Engine.Areas.Configuration.Sources;

/// <summary>Finds what belongs to the configuration: what the environment names, and where it does so.</summary>
internal sealed class ConfigurationSources
{
    private const string UsualNginx = "/etc/nginx";
    private const int MostHops = 16;

    private readonly OpsEnvironment _environment;
    private readonly Dictionary<string, ConfigurationSource> _found = new(StringComparer.Ordinal);
    private readonly List<string> _leftOut = [];

    private ConfigurationSources(OpsEnvironment environment)
    {
        _environment = environment;
        Here = RealFolder(environment.Directory);
        Never = FindNever();
    }

    /// <summary>All of them, in the order of their paths.</summary>
    public IReadOnlyList<ConfigurationSource> All => [.. _found.Values.OrderBy(s => s.Path, StringComparer.Ordinal)];

    /// <summary>What the environment names and what is not taken all the same, in words.</summary>
    public IReadOnlyList<string> LeftOut => _leftOut;

    /// <summary>The folder of the environment file, without links.</summary>
    public string Here { get; }

    /// <summary>Files and folders that are never taken, and why: keys of the backups, our own state, the backups themselves.</summary>
    public IReadOnlyDictionary<string, string> Never { get; }

    /// <summary>Looks.</summary>
    /// <exception cref="OpsException"><c>ConfigurationUnsupported</c>.</exception>
    public static ConfigurationSources Find(OpsContext context)
    {
        if (!AnchoredFolder.IsPossible)
            throw ConfigurationErrors.Unsupported.Make("Folders can be walked without following links of others on 64-bit Linux only.",
                "Run it on the Linux host whose configuration it is.", context.Environment.Name);
        var found = new ConfigurationSources(context.Environment);
        if (context.Environment.File is { } file) found.Add(file, "the environment file");
        found.AddDeclared();
        found.AddCompose();
        foreach (ServiceSettings service in context.Environment.Services.Values)
            if (service.EnvFile is { } env) found.Add(env, $"services.{service.Name}.env");
        found.AddProxies();
        found.AddCertificates();
        found.AddSecrets();
        return found;
    }

    /// <summary>Whether the environment names a path now.</summary>
    public bool Means(string path) => _found.Values.Any(s => PathParts.Means(s, path)) && WhyNever(path) is null;

    /// <summary>Whether the whole of a file is one secret, whoever else names it or the folder that it lies in.</summary>
    public bool IsSecret(string path) => Secrets.Any(s => PathParts.Means(s, path));

    /// <summary>Those whose files are each one secret.</summary>
    public IReadOnlyList<ConfigurationSource> Secrets => field ??= [.. All.Where(s => s.IsSecret)];

    /// <summary>Why a path is never taken; null when it may be.</summary>
    public string? WhyNever(string path) => Never.FirstOrDefault(n =>
        path == n.Key || path.StartsWith(n.Key + "/", StringComparison.Ordinal)).Value;

    private void AddDeclared()
    {
        foreach (string written in _environment.Section<ConfigurationSettings>().Files)
        {
            bool isPattern = !Path.Exists(written) && PathPattern.HasWildcard(written);
            Add(written, "configuration.files", s => s with { TakesFolders = true, IsPattern = isPattern });
        }
    }

    private void AddCompose()
    {
        if (_environment.Platform is not { Kind: PlatformKind.Compose, ComposeFile: { } path }) return;
        Add(path, "platform.compose.file");
        Add(ComposeFileNames.OursIn(Path.GetDirectoryName(path)!), "limits of services", s => s with { IsOptional = true });
        Add(ComposeFileNames.EnvFileOf(path), "variables of the compose file", s => s with { IsOptional = true });
        ComposeFile file;
        try
        {
            if (!File.Exists(path)) return;
            file = ComposeFile.Read(path);
        }
        catch (OpsException e)
        {
            _leftOut.Add($"what {path} names: {e.Message.TrimEnd('.')}");
            return;
        }
        foreach (string other in file.Files) Add(other, "the compose files");
        _leftOut.AddRange(file.Unread.Select(u => $"{u}, which the compose file includes from elsewhere"));
        foreach (ComposeService service in file.Services)
        {
            foreach (string env in service.EnvFiles) Add(env, $"env_file of {service.Name}", s => s with { IsOptional = true });
            foreach (ServiceFile given in service.Files) AddMounted(service.Name, given);
        }
    }

    /// <summary>A file beside the environment file is configuration; what lies elsewhere, and a folder, may be anything.</summary>
    private void AddMounted(string service, ServiceFile given)
    {
        bool isSecret = given.Inside.StartsWith("/run/secrets/", StringComparison.Ordinal);
        string real = PathParts.Real(given.Path);
        bool isBeside = real.StartsWith(Here + "/", StringComparison.Ordinal);
        if (!Path.Exists(given.Path))
        {
            // It may be in a backup, which brings it back.
            if (isSecret || isBeside) Add(given.Path, $"given to {service}", s => s with { IsSecret = isSecret, IsOptional = true });
            return;
        }
        if (File.Exists(given.Path) && FileFacts.Of(given.Path) is { IsFile: true } or { IsLink: true }
            && (isSecret || isBeside))
            Add(given.Path, isSecret ? $"a secret of {service}" : $"mounted into {service}", s => s with { IsSecret = isSecret });
        else if (Path.Exists(given.Path) && FileFacts.Of(given.Path) is { IsFolder: true } or { IsFile: true }
            && !_found.Values.Any(s => PathParts.Means(s, real)))
            _leftOut.Add($"{given.Path}, which is mounted into {service}: name it under configuration.files if it is configuration");
    }

    private void AddProxies()
    {
        foreach (ProxySettings proxy in _environment.Section<ProxiesSettings>().Entries.Values)
        {
            string why = $"proxies.{proxy.Name}";
            if (proxy.Kind == ProxyKind.Nginx && proxy.Service is not null)
                _leftOut.Add($"the configuration of {why} as {proxy.Service} sees it: name its files here under configuration.files");
            else if (proxy.Configuration is { } file) Add(file, why + ".configuration");
            else if (proxy.Kind == ProxyKind.Nginx && Directory.Exists(UsualNginx))
                Add(UsualNginx, why, s => s with { TakesFolders = true });
            if (proxy is { Kind: ProxyKind.Nginx, Service: null, Upstreams: { } upstreams })
                Add(upstreams, why + ".upstreams", s => s with { TakesFolders = true, IsOptional = true });
        }
    }

    private void AddCertificates()
    {
        foreach (CertificateSettings certificate in _environment.Certificates.Values)
        {
            string why = $"certificates.{certificate.Name}";
            if (certificate.File is { } file) Add(file, why + ".file", s => s with { IsOptional = true });
            if (certificate.CaFile is { } authorities) Add(authorities, why + ".ca", s => s with { IsOptional = true });
            if (certificate.CertbotService is { } service)
            {
                _leftOut.Add($"what certbot in {service} keeps for {why}: name its files here under configuration.files");
                continue;
            }
            foreach (string folder in (string[])["live", "archive"])
                Add(Path.Combine(certificate.ConfigFolder, folder, certificate.Lineage), why, s =>
                    s with { TakesFolders = true, IsOptional = true });
            Add(Path.Combine(certificate.ConfigFolder, "renewal", certificate.Lineage + ".conf"), why, s => s with { IsOptional = true });
        }
    }

    private void AddSecrets()
    {
        foreach ((SecretReference? secret, string path) in EnvironmentReferences.SecretsOf(_environment))
            if (secret?.FilePath is { } file)
                Add(file, path, s => s with { IsSecret = secret.IsWholeFile, IsOptional = true });
    }

    private void Add(string path, string why, Func<ConfigurationSource, ConfigurationSource>? more = null)
    {
        string real = PathParts.Real(path);
        ConfigurationSource source = new(real, why);
        source = more?.Invoke(source) ?? source;
        if (_found.TryGetValue(real, out ConfigurationSource? known))
        {
            _found[real] = known with
            {
                TakesFolders = known.TakesFolders || source.TakesFolders, IsSecret = known.IsSecret || source.IsSecret,
                IsOptional = known.IsOptional && source.IsOptional, IsPattern = known.IsPattern && source.IsPattern,
            };
            if (source.IsSecret && !known.IsSecret) AddTargets(real, _found[real], 0);
            return;
        }
        _found[real] = source;
        AddTargets(real, source, 0);
    }

    /// <summary>What is named may be a link, and what counts is behind it, as long as whoever made the link could read that.</summary>
    private void AddTargets(string path, ConfigurationSource source, int hops)
    {
        if (hops > MostHops || FileFacts.Of(path) is not { IsLink: true } || new FileInfo(path).LinkTarget is not { } target) return;
        string next = PathParts.Real(Path.GetFullPath(target, Path.GetDirectoryName(path)!));
        bool isFolder = source.TakesFolders && Directory.Exists(next) && Trust.Doubt(path) is null;
        if (!isFolder && !ForeignFile.IsForWildcards(path))
        {
            _leftOut.Add($"what {path} leads to ({next}): it is no file, or a link of another user");
            return;
        }
        if (_found.TryGetValue(next, out ConfigurationSource? known))
        {
            // What it leads to was named before, and is a secret all the same.
            if (!source.IsSecret || known.IsSecret) return;
            _found[next] = known with { IsSecret = true };
            AddTargets(next, _found[next], hops + 1);
            return;
        }
        _found[next] = source with { Path = next, Why = $"what {path} leads to", IsPattern = false };
        AddTargets(next, source, hops + 1);
    }

    private Dictionary<string, string> FindNever()
    {
        var never = new Dictionary<string, string>(StringComparer.Ordinal);
        Add(_environment.StateDirectory, "it is the state folder, whose key the fingerprints are made with");
        Add(_environment.Backups.IdentityFile, "it opens the backup that it would lie in");
        foreach (SecretReference? key in (SecretReference?[])[_environment.Backups.Signing?.Key, _environment.Backups.Signing?.Previous])
            if (key?.IsWholeFile is true) Add(key.FilePath, "it signs the backup that it would lie in");
        foreach (StoreSettings store in _environment.Backups.Stores.Values) Add(store.Path, $"it is the store {store.Name}");
        return never;

        void Add(string? path, string why)
        {
            if (path is null) return;
            never.TryAdd(PathParts.Real(path), why);
            if (FileFacts.Of(path) is { IsLink: true } && new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true) is { } target)
                never.TryAdd(PathParts.Real(target.FullName), why);
        }
    }

    private static string RealFolder(string folder) => Path.GetDirectoryName(PathParts.Real(Path.Combine(folder, "_")))!;
}
