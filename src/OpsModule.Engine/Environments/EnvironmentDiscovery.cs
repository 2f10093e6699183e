using System.Text.RegularExpressions;
using OpsModule.Connections.Files;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Vaults;

namespace OpsModule.Engine.Environments;

/// <summary>Finds out from a compose file what there is to operate.</summary>
internal sealed partial class EnvironmentDiscovery
{
    private static readonly string[] PostgresImages =
        ["postgres", "postgresql", "postgis", "timescaledb", "timescaledb-ha", "pgvector", "supabase-postgres", "postgres-ssl"];
    private static readonly string[] RedisImages = ["redis", "valkey", "keydb", "redis-stack", "redis-stack-server", "dragonfly"];

    private const string Entrypoint = "docker-entrypoint.sh";
    private static readonly string[] RedisServers = ["redis-server", "valkey-server", "keydb-server", "dragonfly"];

    /// <summary>What may stand before the program that a shell is to run in the end, and what gives it another user.</summary>
    private static readonly string[] Before = ["exec", "-c", "&&", "||", ";", "then", "--"], Users = ["gosu", "su-exec"];

    private readonly ComposeFile _compose;
    private readonly string _directory;
    private readonly List<string> _notes = [];

    private EnvironmentDiscovery(ComposeFile compose, string directory)
    {
        _compose = compose;
        _directory = directory;
    }

    /// <summary>Drafts the environment file that is to lie in a folder.</summary>
    public static EnvironmentDraft Discover(ComposeFile compose, string directory, string name) => new EnvironmentDiscovery(compose, directory).Draft(name);

    private EnvironmentDraft Draft(string name)
    {
        List<ComposeService> databases = _compose.Services
            .Where(s => PostgresImages.Contains(s.Image) && IsServer(s, "postgres") && !IsClient(s)).ToList();
        List<ComposeService> caches = _compose.Services
            .Where(s => RedisImages.Contains(s.Image) && IsServer(s, RedisServers)).ToList();
        return new EnvironmentDraft(name, Relative(_compose.Path))
        {
            Project = _compose.Project,
            Databases = databases.Select(s => Database(s, databases.Count == 1 ? "main" : s.Name)).ToList(),
            Caches = caches.Select(s => new DraftCache(caches.Count == 1 ? "main" : s.Name, s.Name, CachePassword(s))).ToList(),
            Services = _compose.Services.Except(databases).Except(caches).Select(Service).ToList(),
            Notes = _notes,
        };
    }

    /// <summary>
    /// Whether it runs the server of its image, and not a backup or a script with the image's client programs: nothing else is said to be
    /// run, or options alone, or the server, perhaps by a shell.
    /// </summary>
    private static bool IsServer(ComposeService service, params string[] programs)
    {
        bool direct = service.Entrypoint.Count > 0 && !service.Entrypoint[0].EndsWith(Entrypoint, StringComparison.Ordinal);
        return Runs(service.Entrypoint, programs) && (direct || Runs(service.Command, programs));
    }

    private static bool Runs(IReadOnlyList<string> words, string[] programs)
    {
        string[] all = [.. words.SelectMany(w => w.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Select(w => w.Trim('"',
            '\''))];
        if (all.Length == 0 || all[0].StartsWith('-')) return true;
        return Enumerable.Range(0, all.Length).Any(i => IsProgram(all[i])
            && (i == 0 || Before.Contains(all[i - 1]) || all[i - 1].EndsWith(';') || (i > 1 && Users.Contains(all[i - 2]))));

        bool IsProgram(string word) => word.EndsWith(Entrypoint, StringComparison.Ordinal)
            || programs.Contains(word[(word.LastIndexOf('/') + 1)..]);
    }

    /// <summary>It connects to a server, and says nothing of a database that it would make.</summary>
    private bool IsClient(ComposeService service) => service.Environment.ContainsKey("DATABASE_URL")
        && !service.Environment.Keys.Any(k => k.StartsWith("POSTGRES", StringComparison.Ordinal)) && FromEnvFiles(service,
            "POSTGRES_PASSWORD") is null;

    private DraftService Service(ComposeService service)
    {
        string? health = null, suggested = null;
        Match url = LocalUrl().Match(_compose.Variables.Expand(service.HealthTest));
        int inside = url.Success && url.Groups[2].Success && int.TryParse(url.Groups[2].Value, out int given) ? given : 80;
        if (url.Success && service.Ports.TryGetValue(inside, out (string Host, int Port) published))
            health = $"{url.Groups[1].Value}://{Bracket(published.Host)}:{published.Port}{url.Groups[3].Value}";
        else if (service.Ports.Count > 0 && service.Ports.Values.First() is var first)
            suggested = $"http://{Bracket(first.Host)}:{first.Port}/health";
        return new DraftService(service.Name, health, suggested, service.EnvFiles.Where(File.Exists).Select(Relative).FirstOrDefault());
    }

    private DraftDatabase Database(ComposeService service, string name)
    {
        string user = Value(service, "POSTGRES_USER", "POSTGRESQL_USERNAME") ?? "postgres";
        string database = Value(service, "POSTGRES_DB", "POSTGRESQL_DATABASE") ?? user;
        bool trust = Value(service, "POSTGRES_HOST_AUTH_METHOD") == "trust";
        string? password = trust ? null : SecretOf(service, "POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD", "POSTGRES_PASSWORD_FILE");
        if (password is null && !trust)
            _notes.Add($"The compose file does not say where the password of {service.Name} comes from; databases.{name} has none yet.");
        return new DraftDatabase(name, service.Name, database, user, password);
    }

    private string? CachePassword(ComposeService service)
    {
        if (SecretOf(service, "REDIS_PASSWORD", "VALKEY_PASSWORD", "REDIS_PASSWORD_FILE") is { } reference) return reference;
        int option = service.Command.ToList().FindIndex(word => word.Trim('"', '\'') == "--requirepass");
        if (option < 0 || option + 1 >= service.Command.Count) return null;
        return Reference(service, "REDIS_PASSWORD", service.Command[option + 1].Trim('"', '\''));
    }

    /// <summary>A value that is no secret, with its variables replaced.</summary>
    private string? Value(ComposeService service, params string[] keys)
    {
        foreach (string key in keys)
        {
            string? value = service.Environment.TryGetValue(key, out string? written)
                ? written is null ? _compose.Variables.Find(key) : _compose.Variables.Expand(written)
                : FromEnvFiles(service, key)?.Value;
            if (!string.IsNullOrEmpty(value)) return value;
        }
        return null;
    }

    /// <summary>Where the secret comes from; the secret itself is never copied.</summary>
    private string? SecretOf(ComposeService service, params string[] keys)
    {
        foreach (string key in keys)
        {
            if (service.Environment.TryGetValue(key, out string? written))
                return key.EndsWith("_FILE", StringComparison.Ordinal) ? MountedSecret(written) : Reference(service, key, written);
            if (FromEnvFiles(service, key) is { } found) return $"file:{Relative(found.File)}#{(service.RawEnvFiles.Contains(found.File) ? SecretReference.Raw : "")}{key}";
        }
        return null;
    }

    private string Reference(ComposeService service, string key, string? written)
    {
        string? variable = written is null ? key : ComposeVariables.OnlyVariable(written);
        if (variable is null)
        {
            _notes.Add($"{key} of {service.Name} stands in the compose file itself. It was not copied: move it to an env file, or set the environment variable {key}.");
            return "env:" + key;
        }
        if (_compose.Variables.EnvFile.ContainsKey(variable)) return $"file:{Relative(Path.Combine(_compose.Directory, ".env"))}#{variable}";
        if (_compose.Variables.Find(variable) is null)
            _notes.Add($"{variable}, the source of {key} of {service.Name}, is set neither in .env nor in this environment; set it before the first backup.");
        return "env:" + variable;
    }

    /// <summary><c>/run/secrets/NAME</c> is mounted from a file that the top-level secrets name.</summary>
    private string? MountedSecret(string? path) =>
        path is not null && _compose.SecretFile(path[(path.LastIndexOf('/') + 1)..]) is { } file ? "file:" + Relative(file) : null;

    private (string File, string Value)? FromEnvFiles(ComposeService service, string key)
    {
        foreach (string file in service.EnvFiles.Reverse())
            if (ComposeFile.ReadEnvFile(file, _compose.Variables.EnvFile, service.RawEnvFiles.Contains(file)).Values.TryGetValue(key,
                out string? value)) return (file, value);
        return null;
    }

    private string Relative(string path) => Path.GetRelativePath(_directory, path);

    private static string Bracket(string host) => host.Contains(':') ? $"[{host}]" : host;

    [GeneratedRegex(@"(https?)://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::([0-9]{1,5}))?(/[^\s""'|;&)]*)?")]
    private static partial Regex LocalUrl();
}
